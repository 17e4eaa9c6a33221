//! How the SDK is to behave towards SES and SNS.

use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_ses::config::{
    interceptors::InterceptorContext,
    retry::{ClassifyRetry, RetryAction},
};

use crate::aws_call::{FreshConnection, timeouts};

/// A client of SES.
///
/// It tries again once, for connections break whenever a function thaws and a mail that arrives
/// twice does no harm. But not after a timeout, which is when the mail was probably accepted and
/// the request has no time left.
#[must_use]
pub fn ses(config: &SdkConfig) -> aws_sdk_ses::Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(2)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_millis(500));
    let config = aws_sdk_ses::config::Builder::from(config)
        .timeout_config(timeouts())
        .retry_config(retries)
        .retry_classifier(NotAfterTimeout);
    aws_sdk_ses::Client::from_conf(config.build())
}

/// A client of SNS.
///
/// It never tries again: a second message would cost money and confuse its reader, and who waits
/// for a code asks for another one. So that it need not, every message goes over a connection of
/// its own: one that was kept while the function was frozen is often dead.
#[must_use]
pub fn sns(config: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(config)
        .timeout_config(timeouts())
        .retry_config(RetryConfig::disabled())
        .interceptor(FreshConnection);
    aws_sdk_sns::Client::from_conf(config.build())
}

#[derive(Debug)]
struct NotAfterTimeout;

impl ClassifyRetry for NotAfterTimeout {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let in_connector = error.as_connector_error().is_some_and(|error| error.is_timeout());
        if error.is_timeout_error() || in_connector {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "not after a timeout"
    }
}
