//! What calls to AWS have in common that are not for the database.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_sns::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, http::HttpResponse,
        interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::{BoxError, ProvideErrorMetadata, SdkError},
};

use crate::error::Outage;

/// Short: somebody waits for the reply meanwhile.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(4))
        .build()
}

/// An outage that names the operation, the kind of failure and the service's code for it. The message
/// is left out: SES and SNS quote the recipient in it, and nobody promises that others do not quote.
pub fn unavailable<E: ProvideErrorMetadata>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
) -> Outage {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "not sent",
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timed out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable response",
        _ => error.code().unwrap_or("failed"),
    };
    Outage::new(format!("{operation}: {kind}"))
}

/// Has a client keep no connection, for calls that must not be made twice: one that was kept while
/// the function was frozen is often dead, and would make the one attempt fail.
#[derive(Clone, Copy, Debug)]
pub struct FreshConnection;

impl Intercept for FreshConnection {
    fn name(&self) -> &'static str {
        "fresh connection"
    }

    /// Comes after signing: a proxy may drop the header, which the signature must survive.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("connection", "close");
        Ok(())
    }
}
