//! What a function may do, as its policy in the template says: enforced on this machine as IAM does
//! on AWS, so that a call that nobody has allowed fails here before it fails there.

use std::{collections::HashSet, sync::Arc};

use anyhow::{Context as _, Result, anyhow, bail};
use aws_sdk_dynamodb::{
    Client as DynamoDb,
    config::{ConfigBag, Intercept, interceptors::BeforeSerializationInterceptorContextRef},
    error::BoxError,
    operation::{
        batch_get_item::BatchGetItemInput, batch_write_item::BatchWriteItemInput,
        delete_item::DeleteItemInput, get_item::GetItemInput, put_item::PutItemInput,
        query::QueryInput, scan::ScanInput, transact_write_items::TransactWriteItemsInput,
        update_item::UpdateItemInput,
    },
    types::TransactWriteItem,
};
use serde_json::Value;
use shared::app::{App, StartError};

use crate::{
    Clients,
    template::{local_function_name, local_secret_name, local_table_name},
};

/// What a function is allowed to do.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Each action, with what it may be done to: a table, a secret, a function, or `*`.
    allowed: Arc<HashSet<(String, String)>>,
}

impl Policy {
    /// Reads the policy of a function's properties.
    pub(crate) fn read(properties: &Value) -> Result<Self> {
        let mut allowed = HashSet::new();
        let policies = properties["Policies"].as_array().into_iter().flatten();
        for statement in policies.filter_map(|policy| policy["Statement"].as_array()).flatten() {
            // What is denied is denied on resources that there are none of here.
            if statement["Effect"] != "Allow" {
                continue;
            }
            let on = resources(&statement["Resource"])?;
            for action in actions(&statement["Action"])? {
                allowed.extend(on.iter().map(|on| (action.clone(), on.clone())));
            }
        }
        Ok(Self { allowed: Arc::new(allowed) })
    }

    fn allows(&self, action: &str, table: &str) -> bool {
        let allowed = |on: &str| self.allowed.contains(&(action.to_owned(), on.to_owned()));
        allowed(table) || allowed("*")
    }

    /// Whether it may invoke this function.
    #[must_use]
    pub fn may_invoke(&self, function: &str) -> bool {
        self.allows("lambda:InvokeFunction", function)
    }

    /// The app with nothing but what the policy allows: calls to the database are checked, and mails
    /// and messages are sent only by those who may.
    ///
    /// # Errors
    ///
    /// When the settings of mail are bad.
    pub fn confine(&self, app: App, db: &DynamoDb, to: &Clients) -> Result<App, StartError> {
        let config = db.config().to_builder().interceptor(self.clone()).build();
        let mut app = app.with_database(DynamoDb::from_conf(config));
        if self.allows("ses:SendRawEmail", "*") {
            app = app.with_mail(to.ses.clone())?;
        }
        if self.allows("sns:Publish", "*") {
            app = app.with_sms(to.sns.clone());
        }
        let secrets = app.config.secrets.clone();
        let may_read = |secret: Option<String>| {
            secret.is_some_and(|name| self.allows("secretsmanager:GetSecretValue", &name))
        };
        if may_read(secrets.signing_keys) {
            app = app.with_signing_keys(to.secrets.clone())?;
        }
        if may_read(secrets.oauth_providers) {
            app = app.with_providers(to.secrets.clone())?;
        }
        Ok(app)
    }
}

fn actions(action: &Value) -> Result<Vec<String>> {
    let one = |action: &Value| action.as_str().map(str::to_owned).context("an action is no text");
    match action {
        Value::Array(actions) => actions.iter().map(one).collect(),
        action => Ok(vec![one(action)?]),
    }
}

/// What the statement is about. Its condition is not read: those that there are say by which services
/// the key is used and who sends mail, and there is neither here.
fn resources(on: &Value) -> Result<Vec<String>> {
    match on {
        Value::Array(several) => several.iter().map(resource).collect(),
        one => Ok(vec![resource(one)?]),
    }
}

/// The name of a table, a secret or a function on this machine, or `*` for what there is none of.
fn resource(resource: &Value) -> Result<String> {
    if let Some(attribute) = resource["Fn::GetAtt"].as_str() {
        // Nothing is encrypted here, and the key's name is no table's.
        if attribute == "Key.Arn" {
            return Ok("key".to_owned());
        }
        let table = attribute.strip_suffix("Table.Arn");
        let table = table.ok_or_else(|| anyhow!("{attribute} is no table"))?;
        return Ok(local_table_name(table));
    }
    if let Some(id) = resource["Ref"].as_str() {
        let function = local_function_name(id);
        let secret = || id.ends_with("Secret").then(|| local_secret_name(id));
        return function.or_else(secret).ok_or_else(|| anyhow!("{id} is not supported here"));
    }
    if resource == "*" || resource["Fn::Sub"].is_string() {
        return Ok("*".to_owned());
    }
    bail!("the resource {resource} is not supported here");
}

impl Intercept for Policy {
    fn name(&self) -> &'static str {
        "Policy"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        for (action, table) in needed(context)? {
            if !self.allows(action, table) {
                tracing::error!(action, table, "the function's policy does not allow this");
                return Err(format!("{action} on {table} is not allowed").into());
            }
        }
        Ok(())
    }
}

/// The actions that a call needs, and the tables that it needs them for.
fn needed<'a>(
    context: &'a BeforeSerializationInterceptorContextRef<'_>,
) -> Result<Vec<(&'static str, &'a str)>, BoxError> {
    let input = context.input();
    macro_rules! of_one_table {
        ($($input:ty => $action:literal),*) => {
            $(if let Some(input) = input.downcast_ref::<$input>() {
                return Ok(vec![($action, input.table_name().unwrap_or_default())]);
            })*
        };
    }
    of_one_table!(
        GetItemInput => "dynamodb:GetItem",
        PutItemInput => "dynamodb:PutItem",
        UpdateItemInput => "dynamodb:UpdateItem",
        DeleteItemInput => "dynamodb:DeleteItem",
        QueryInput => "dynamodb:Query",
        ScanInput => "dynamodb:Scan"
    );
    if let Some(input) = input.downcast_ref::<BatchGetItemInput>() {
        let tables = input.request_items().into_iter().flatten();
        return Ok(tables.map(|(table, _)| ("dynamodb:BatchGetItem", table.as_str())).collect());
    }
    if let Some(input) = input.downcast_ref::<BatchWriteItemInput>() {
        let tables = input.request_items().into_iter().flatten();
        return Ok(tables.map(|(table, _)| ("dynamodb:BatchWriteItem", table.as_str())).collect());
    }
    if let Some(input) = input.downcast_ref::<TransactWriteItemsInput>() {
        return Ok(input.transact_items().iter().flat_map(of_write).collect());
    }
    Err("a call that no policy speaks of".into())
}

/// A transaction needs what each of its writes needs ([IAM and transactions]).
///
/// [IAM and transactions]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
fn of_write(write: &TransactWriteItem) -> impl Iterator<Item = (&'static str, &str)> {
    let put = write.put().map(|put| ("dynamodb:PutItem", put.table_name()));
    let update = write.update().map(|update| ("dynamodb:UpdateItem", update.table_name()));
    let delete = write.delete().map(|delete| ("dynamodb:DeleteItem", delete.table_name()));
    let check = write.condition_check();
    let check = check.map(|check| ("dynamodb:ConditionCheckItem", check.table_name()));
    [put, update, delete, check].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::Credentials;
    use aws_sdk_dynamodb::{Client, config::Builder, types::AttributeValue};

    use crate::Template;

    const FUNCTIONS: [&str; 10] = [
        "api-key",
        "authorizer",
        "bounces",
        "cookie",
        "email",
        "fallback",
        "oauth",
        "phone",
        "tenant",
        "users",
    ];

    /// The functions that may do this.
    fn who_may(action: &str, on: &str) -> Vec<&'static str> {
        let policies = Template::load().unwrap().policies;
        FUNCTIONS.into_iter().filter(|function| policies[*function].allows(action, on)).collect()
    }

    #[test]
    fn every_function_has_a_policy() {
        let mut names: Vec<_> = Template::load().unwrap().policies.into_keys().collect();
        names.sort_unstable();
        assert_eq!(names, FUNCTIONS);
    }

    #[test]
    fn mails_and_messages_are_sent_by_those_who_need_to() {
        assert_eq!(who_may("ses:SendRawEmail", "*"), ["email", "tenant", "users"]);
        assert_eq!(who_may("sns:Publish", "*"), ["phone"]);
    }

    #[test]
    fn secrets_are_read_by_those_who_need_to() {
        let read = "secretsmanager:GetSecretValue";
        assert_eq!(who_may(read, "signing-keys"), ["authorizer", "tenant"]);
        assert_eq!(who_may(read, "providers"), ["oauth"]);
        assert_eq!(who_may(read, "*"), [""; 0]);
    }

    #[test]
    fn functions_are_invoked_by_the_fallback_alone() {
        let behind = Template::load().unwrap().routes;
        for function in FUNCTIONS {
            let is_behind =
                behind.iter().any(|route| route.function == function && !route.is_default());
            let callers: &[_] = if is_behind { &["fallback"] } else { &[] };
            assert_eq!(who_may("lambda:InvokeFunction", function), callers, "{function}");
        }
    }

    #[test]
    fn tables_are_not_touched_by_the_fallback() {
        for table in ["accounts", "tokens"] {
            for action in ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"] {
                let may = who_may(&format!("dynamodb:{action}"), table);
                assert!(!may.contains(&"fallback"), "{action} on {table}");
            }
        }
    }

    #[tokio::test]
    async fn a_call_that_the_policy_does_not_allow_is_not_made() {
        let policy = Template::load().unwrap().policies["api-key"].clone();
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::from_keys("local", "local", None))
            // Nobody listens there: what is allowed fails later.
            .endpoint_url("http://127.0.0.1:1")
            .interceptor(policy);
        let db = Client::from_conf(config.build());
        let key = AttributeValue::S("account#1".to_owned());
        for (table, is_refused) in [("accounts", true), ("tokens", false)] {
            let deleted = db.delete_item().table_name(table).key("pk", key.clone()).send().await;
            let error = format!("{:?}", deleted.unwrap_err());
            assert_eq!(error.contains("is not allowed"), is_refused, "{table}: {error}");
        }
    }
}
