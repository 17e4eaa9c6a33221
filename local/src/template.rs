//! What `template.yaml` says, as far as a machine without AWS needs it.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow, bail};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::policy::Policy;

/// The template that deploys Atrium.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// Routes, policies, tables and settings of the deployment.
#[derive(Clone, Debug)]
pub struct Template {
    /// Every route of the API.
    pub routes: Vec<Route>,
    /// What each function may do, by its folder under `functions/`.
    pub policies: HashMap<String, Policy>,
    /// Every table.
    pub tables: Vec<TableSchema>,
    /// The environment of the functions, with the parameters' defaults.
    pub environment: HashMap<String, String>,
    /// What a function has in its environment besides, by its folder under `functions/`. A function is
    /// named by its folder there, too.
    pub own_environments: HashMap<String, HashMap<String, String>>,
    /// Which origins' pages may call, and what with, if the gateway is told of any.
    pub cors: Cors,
    /// The routes that the gateway throttles by themselves, as `METHOD /path`.
    pub throttled: Vec<String>,
}

/// What the gateway answers to pages of the origins that may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// The methods that they may ask by.
    pub methods: Vec<String>,
    /// The headers that they may send.
    pub headers: Vec<String>,
    /// The headers that they may read.
    pub exposed_headers: Vec<String>,
    /// For how many seconds browsers keep the answer to a preflight.
    pub max_age: String,
}

/// A route of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, or `ANY`.
    pub method: String,
    /// The path, in which `{name}` stands for a segment and `{name+}` for the rest; or `$default`.
    pub path: String,
    /// The function that answers: its folder under `functions/`.
    pub function: String,
}

/// The path of the route that is taken when no other one matches.
const DEFAULT: &str = "$default";

impl Route {
    /// Whether this is the route that is taken when no other one matches.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.path == DEFAULT
    }

    /// What the gateway calls it.
    #[must_use]
    pub fn key(&self) -> String {
        if self.is_default() {
            return DEFAULT.to_owned();
        }
        format!("{} {}", self.method, self.path)
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// Its name on this machine. On AWS the stack makes one up.
    pub name: String,
    /// The attribute that is the partition key.
    pub partition_key: String,
    /// The attribute that is the sort key, if it has one.
    pub sort_key: Option<String>,
    /// The attribute that says when an item expires, if items do.
    pub time_to_live: Option<String>,
}

impl Template {
    /// Reads the template that this program was built with.
    ///
    /// # Errors
    ///
    /// When it says something that this machine cannot do.
    pub fn load() -> Result<Self> {
        Self::parse(TEMPLATE).context("template.yaml")
    }

    fn parse(text: &str) -> Result<Self> {
        let documents = Yaml::load_from_str(text)?;
        let document = documents.first().ok_or_else(|| anyhow!("it is empty"))?;
        let template = to_json(document)?;
        let resources = object(&template, "/Resources")?;
        let mut routes = Vec::new();
        let mut policies = HashMap::new();
        let mut tables = Vec::new();
        let mut own_environments = HashMap::new();
        for (id, resource) in resources {
            let properties = &resource["Properties"];
            match resource["Type"].as_str() {
                Some("AWS::Serverless::Function") => {
                    let function = function(properties).with_context(|| id.clone())?;
                    routes.extend(read_routes(function, properties)?);
                    let policy = Policy::read(properties).with_context(|| id.clone())?;
                    policies.insert(function.to_owned(), policy);
                    if let Some(own) = properties.pointer("/Environment/Variables") {
                        let own = read_environment(&template, own).with_context(|| id.clone())?;
                        own_environments.insert(function.to_owned(), own);
                    }
                }
                Some("AWS::DynamoDB::Table") => tables.push(read_table(id, properties)?),
                _ => {}
            }
        }
        let environment = template.pointer("/Globals/Function/Environment/Variables");
        let environment = environment.ok_or_else(|| anyhow!("there is no environment"))?;
        let environment = read_environment(&template, environment)?;
        let throttled = object(&template, "/Resources/Api/Properties/RouteSettings")?;
        let throttled = throttled.keys().cloned().collect();
        let cors = read_cors(&template).context("CorsConfiguration")?;
        Ok(Self { routes, policies, tables, environment, own_environments, cors, throttled })
    }
}

fn read_environment(template: &Value, variables: &Value) -> Result<HashMap<String, String>> {
    let variables = variables.as_object().ok_or_else(|| anyhow!("an environment is no mapping"))?;
    variables
        .iter()
        .filter_map(|(name, value)| {
            let resolved = resolve(template, value).transpose()?;
            Some(resolved.map(|value| (name.clone(), value)))
        })
        .collect()
}

/// What the gateway is told where there are origins: the configuration stands in an `!If`.
fn read_cors(template: &Value) -> Result<Cors> {
    let cors = template.pointer("/Resources/Api/Properties/CorsConfiguration/Fn::If/1");
    let cors = cors.ok_or_else(|| anyhow!("it is no !If"))?;
    let list = |name: &str| -> Result<Vec<String>> {
        let values = cors[name].as_array().ok_or_else(|| anyhow!("{name} is no list"))?;
        let values = values.iter().filter_map(|value| resolve(template, value).transpose());
        values.collect()
    };
    let max_age = scalar(&cors["MaxAge"]).ok_or_else(|| anyhow!("MaxAge is missing"))?;
    Ok(Cors {
        methods: list("AllowMethods")?,
        headers: list("AllowHeaders")?,
        exposed_headers: list("ExposeHeaders")?,
        max_age,
    })
}

/// A function's folder under `functions/`.
fn function(properties: &Value) -> Result<&str> {
    let code = text(properties, "CodeUri")?;
    Ok(code.trim_end_matches('/').rsplit('/').next().unwrap_or(code))
}

fn read_routes(function: &str, properties: &Value) -> Result<Vec<Route>> {
    let Some(events) = properties["Events"].as_object() else {
        return Ok(Vec::new());
    };
    events
        .values()
        .filter(|event| event["Type"] == "HttpApi")
        .map(|event| {
            let properties = &event["Properties"];
            Ok(Route {
                method: text(properties, "Method")?.to_uppercase(),
                path: text(properties, "Path")?.to_owned(),
                function: function.to_owned(),
            })
        })
        .collect()
}

fn read_table(id: &str, properties: &Value) -> Result<TableSchema> {
    let key = |kind: &str| {
        let keys = properties["KeySchema"].as_array().into_iter().flatten();
        let mut keys = keys.filter(|key| key["KeyType"] == kind);
        keys.next().and_then(|key| key["AttributeName"].as_str().map(str::to_owned))
    };
    let ttl = properties.pointer("/TimeToLiveSpecification/AttributeName");
    Ok(TableSchema {
        name: local_table_name(id),
        partition_key: key("HASH").ok_or_else(|| anyhow!("{id} has no partition key"))?,
        sort_key: key("RANGE"),
        time_to_live: ttl.and_then(Value::as_str).map(str::to_owned),
    })
}

/// `AccountsTable` is `accounts` on this machine.
pub(crate) fn local_table_name(id: &str) -> String {
    id.trim_end_matches("Table").to_lowercase()
}

/// `SigningKeysSecret` is `signing-keys` on this machine.
pub(crate) fn local_secret_name(id: &str) -> String {
    kebab(id.trim_end_matches("Secret"))
}

/// `ApiKeyFunction`, and `ApiKeyFunction.Alias`, are `api-key` on this machine.
pub(crate) fn local_function_name(id: &str) -> Option<String> {
    let id = id.strip_suffix(".Alias").unwrap_or(id);
    id.strip_suffix("Function").map(kebab)
}

fn kebab(id: &str) -> String {
    let mut name = String::new();
    for (place, letter) in id.char_indices() {
        if letter.is_uppercase() && place > 0 {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// The value of a variable: a constant, a parameter's default, or a table's, a secret's or a function's
/// name. None for a parameter without a default, which whoever deploys has to give, and for what this
/// machine has no counterpart of.
fn resolve(template: &Value, value: &Value) -> Result<Option<String>> {
    let Some(name) = value["Ref"].as_str() else {
        return scalar(value).map(Some).ok_or_else(|| anyhow!("{value} is not supported here"));
    };
    if let Some(parameter) = template["Parameters"].get(name) {
        return Ok(parameter.get("Default").and_then(scalar));
    }
    let resource = name.strip_suffix(".Alias").unwrap_or(name);
    match template.pointer(&format!("/Resources/{resource}/Type")).and_then(Value::as_str) {
        Some("AWS::Serverless::Function") => Ok(local_function_name(name)),
        Some("AWS::SES::ConfigurationSet" | "AWS::SNS::Topic") => Ok(None),
        Some("AWS::DynamoDB::Table") => Ok(Some(local_table_name(name))),
        Some("AWS::SecretsManager::Secret") => Ok(Some(local_secret_name(name))),
        _ => bail!("{name} is nothing that this machine knows"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn object<'a>(template: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>> {
    let found = template.pointer(pointer).and_then(Value::as_object);
    found.ok_or_else(|| anyhow!("{pointer} is missing"))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().ok_or_else(|| anyhow!("{name} is missing"))
}

/// The document as JSON, in which `!Ref x` is `{"Ref": "x"}` and `!Sub x` is `{"Fn::Sub": "x"}`.
fn to_json(node: &Yaml<'_>) -> Result<Value> {
    Ok(match node {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(flag) => (*flag).into(),
            Scalar::Integer(number) => (*number).into(),
            Scalar::FloatingPoint(number) => number.into_inner().into(),
            Scalar::String(text) => text.as_ref().into(),
        },
        Yaml::Sequence(items) => items.iter().map(to_json).collect::<Result<_>>()?,
        Yaml::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key = key.as_str().ok_or_else(|| anyhow!("a key that is no text"))?;
                Ok((key.to_owned(), to_json(value)?))
            });
            Value::Object(entries.collect::<Result<_>>()?)
        }
        Yaml::Tagged(tag, inner) => {
            let function = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                "Condition" => "Condition".to_owned(),
                other => format!("Fn::{other}"),
            };
            Value::Object([(function, to_json(inner)?)].into_iter().collect())
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => bail!("unreadable YAML"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Route, Template};

    #[test]
    fn the_template_says_what_this_machine_needs() {
        let template = Template::load().unwrap();
        let sign_in = Route {
            method: "POST".to_owned(),
            path: "/user/signin".to_owned(),
            function: "api-key".to_owned(),
        };
        assert!(template.routes.contains(&sign_in));
        let default = template.routes.iter().find(|route| route.is_default()).unwrap();
        assert_eq!((default.function.as_str(), default.key().as_str()), ("fallback", "$default"));
        assert_eq!(template.own_environments["fallback"]["API_KEY_FUNCTION"], "api-key");
        assert_eq!(template.environment.get("MAIL_CONFIGURATION_SET"), None);
        assert!(template.cors.headers.contains(&"starcedu-tenant-authorization".to_owned()));
        assert!(template.throttled.contains(&"POST /user/signin".to_owned()));
        assert_eq!(template.environment["ACCOUNTS_TABLE"], "accounts");
        assert_eq!(template.environment["LIMIT_GUESSES_PER_ACCOUNT"], "10");
        let tables: Vec<_> = template
            .tables
            .iter()
            .map(|table| {
                (table.name.as_str(), table.sort_key.as_deref(), table.time_to_live.as_deref())
            })
            .collect();
        assert_eq!(tables, [("accounts", Some("sk"), None), ("tokens", None, Some("ttl"))]);
    }
}
