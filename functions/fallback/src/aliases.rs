//! The other functions on AWS Lambda.

use std::{collections::HashMap, time::Duration};

use aws_sdk_lambda::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::ProvideErrorMetadata as _,
    primitives::Blob,
    types::InvocationType,
};
use serde_json::Value;
use shared::{aws_call::FreshConnection, config::process_environment, store::sdk_config_loader};

use crate::{Failure, Invoke, owners};

/// The functions behind their aliases. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Aliases {
    client: Client,
    arns: HashMap<&'static str, String>,
}

/// A variable that names a function is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not set")]
pub struct MissingAlias(pub String);

impl Aliases {
    /// The functions that the environment names: `API_KEY_FUNCTION` and so on.
    ///
    /// # Errors
    ///
    /// [`MissingAlias`].
    pub async fn from_env() -> Result<Self, MissingAlias> {
        let sdk = sdk_config_loader().load().await;
        let environment = process_environment();
        let config = aws_sdk_lambda::config::Builder::from(&sdk);
        Self::new(config, |name| environment.get(name).cloned())
    }

    /// The functions that `variable` names, called by a client with these settings.
    ///
    /// It never tries again: the function may have done what it was asked for. So each call goes over a
    /// connection of its own.
    ///
    /// # Errors
    ///
    /// [`MissingAlias`].
    pub fn new(
        config: aws_sdk_lambda::config::Builder,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MissingAlias> {
        // A function has ten seconds, and this one fifteen.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .read_timeout(Duration::from_secs(12))
            .operation_attempt_timeout(Duration::from_secs(12))
            .operation_timeout(Duration::from_secs(12))
            .build();
        let config = config
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .interceptor(FreshConnection);
        let arns = owners().map(|function| {
            let name = variable_of(function);
            let arn = variable(&name).filter(|arn| !arn.trim().is_empty());
            arn.map(|arn| (function, arn)).ok_or(MissingAlias(name))
        });
        Ok(Self {
            arns: arns.collect::<Result<_, _>>()?,
            client: Client::from_conf(config.build()),
        })
    }
}

/// The variable that names a function: `API_KEY_FUNCTION` for `api-key`.
fn variable_of(function: &str) -> String {
    format!("{}_FUNCTION", function.to_ascii_uppercase().replace('-', "_"))
}

impl Invoke for Aliases {
    async fn invoke(&self, function: &'static str, event: &Value) -> Result<Value, Failure> {
        let call = self
            .client
            .invoke()
            .set_function_name(self.arns.get(function).cloned())
            .invocation_type(InvocationType::RequestResponse)
            .payload(Blob::new(event.to_string()));
        let output = call.send().await.map_err(|error| {
            // The code alone: what else an error says may quote the request.
            let cause = error.code().unwrap_or("no answer");
            tracing::error!(function, cause, "a function was not invoked");
            Failure::Unavailable
        })?;
        let answer = output.payload().map(Blob::as_ref).unwrap_or_default();
        if output.function_error().is_some() {
            tracing::error!(function, "a function that was invoked has broken down");
            return Err(Failure::Broken);
        }
        serde_json::from_slice(answer).map_err(|_| {
            tracing::error!(function, "a function that was invoked has answered with no JSON");
            Failure::Broken
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{Aliases, MissingAlias};

    #[test]
    fn an_alias_that_is_missing_is_named() {
        let config = || {
            aws_sdk_lambda::Config::builder()
                .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        };
        let all = |name: &str| Some(format!("arn:{name}"));
        assert_eq!(Aliases::new(config(), all).unwrap().arns["api-key"], "arn:API_KEY_FUNCTION");
        for missing in [None, Some(" ".to_owned())] {
            let but_one =
                |name: &str| if name == "OAUTH_FUNCTION" { missing.clone() } else { all(name) };
            let error = Aliases::new(config(), but_one).unwrap_err();
            assert_eq!(error, MissingAlias("OAUTH_FUNCTION".to_owned()));
        }
    }
}
