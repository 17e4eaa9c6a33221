//! The way to DynamoDB and Secrets Manager, and the words for when it does not lead there.

use std::{collections::HashMap, net::IpAddr};

use anyhow::{Context as _, anyhow, ensure};
use aws_config::{ConfigLoader, Region};
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_sdk_dynamodb::Client;
use shared::{
    app::App,
    clock::Clock,
    config::{Config, process_environment},
    error::{Error, Outage, Reason},
    secret,
    store::sdk_config_loader,
};

use crate::{Cli, Command};

/// What commands work on.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The directory.
    pub app: App,
    /// Where the signing keys are.
    pub secrets: aws_sdk_secretsmanager::Client,
}

/// The directory in the tables that `cli` names, and the secrets, where the environment says that
/// DynamoDB and Secrets Manager are.
///
/// A server on this machine is enough of an address: it gets a region and credentials that open
/// nothing, unless the environment has others.
///
/// # Errors
///
/// When a setting is bad, or region or credentials are missing. Nothing is called yet.
pub async fn connect(cli: &Cli) -> anyhow::Result<Connection> {
    let mut environment = process_environment();
    for (name, table) in
        [("ACCOUNTS_TABLE", &cli.accounts_table), ("TOKENS_TABLE", &cli.tokens_table)]
    {
        environment.insert(name.to_owned(), table.clone());
    }
    let config = Config::from_vars(&environment)?;
    // A command calls one of the two.
    let endpoint = match cli.command {
        Command::Keys(_) => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        Command::User(_)
        | Command::Tenant(_)
        | Command::Mail(_)
        | Command::Emoji(_)
        | Command::Audit { .. } => "AWS_ENDPOINT_URL_DYNAMODB",
    };
    let sdk = loader(&environment, endpoint).load().await;
    ensure!(sdk.region().is_some(), "no AWS region is set (AWS_REGION)");
    let credentials = sdk.credentials_provider().context("no AWS credentials are set")?;
    // The SDK would report missing credentials as a failed connection, which sends the operator
    // looking in the wrong place.
    credentials.provide_credentials().await.context("there are no usable AWS credentials")?;
    let app = App::new(config, Client::new(&sdk), Clock::system())?;
    Ok(Connection { app, secrets: secret::client(&sdk) })
}

fn loader(environment: &HashMap<String, String>, endpoint: &str) -> ConfigLoader {
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let endpoint = set(endpoint).or_else(|| set("AWS_ENDPOINT_URL"));
    let mut loader = sdk_config_loader();
    // Without these the SDK would spend seconds asking for an EC2 instance's metadata.
    if endpoint.is_some_and(|url| is_on_this_machine(url)) {
        if set("AWS_ACCESS_KEY_ID").is_none() {
            let credentials = Credentials::from_keys("local", "local", None);
            loader = loader.credentials_provider(credentials);
        }
        if set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")).is_none() {
            loader = loader.region(Region::from_static("us-east-1"));
        }
    }
    loader
}

fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A failure of the directory in the operator's words.
pub(crate) fn explain(error: &Error, config: &Config) -> anyhow::Error {
    let outage = match error {
        Error::Denied(Reason::AccountUnknown) => return anyhow!("no such account"),
        Error::Denied(_) | Error::Throttled { .. } => return anyhow!("{error}"),
        Error::Unavailable(outage) => outage.to_string(),
    };
    // An outage names the operation, then the kind of failure: `GetItem: no connection`.
    match outage.rsplit(": ").next() {
        Some("no connection" | "timed out") => anyhow!("DynamoDB cannot be reached ({outage})"),
        Some("ResourceNotFoundException") => anyhow!(
            "DynamoDB has no such table ({outage}): --accounts-table (ACCOUNTS_TABLE) is `{}`, \
             --tokens-table (TOKENS_TABLE) is `{}`",
            config.accounts_table,
            config.tokens_table
        ),
        _ => anyhow!("the directory is unavailable ({outage})"),
    }
}

/// A failure of Secrets Manager in the operator's words.
pub(crate) fn explain_secret(outage: &Outage, secret: &str) -> anyhow::Error {
    let outage = outage.to_string();
    match outage.rsplit(": ").next() {
        Some("no connection" | "timed out") => {
            anyhow!("Secrets Manager cannot be reached ({outage})")
        }
        Some("ResourceNotFoundException") => anyhow!(
            "Secrets Manager has no such secret ({outage}): --secret (SIGNING_KEYS_SECRET) is \
             `{secret}`"
        ),
        _ => anyhow!("Secrets Manager did not do it ({outage})"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn only_loopback_addresses_are_on_this_machine() {
        for url in [
            "http://127.0.0.1:8000",
            "http://127.8.8.8:8000/",
            "http://localhost:8000",
            "http://LOCALHOST",
            "http://[::1]:8000",
        ] {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "",
            "/path",
            "https://dynamodb.eu-west-1.amazonaws.com",
            "http://localhost.example.com:8000",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://10.0.0.1:8000",
            "http://[2001:db8::1]:8000",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }
}
