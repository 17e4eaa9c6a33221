//! What an SDK error becomes.

use aws_sdk_ses::{config::http::HttpResponse, error::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Error, Outage};

/// An outage that names the operation, the kind of failure and the service's code for it. The
/// message is left out: SES and SNS quote the recipient in it.
pub(super) fn unavailable<E: ProvideErrorMetadata>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "not sent",
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timed out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable response",
        _ => error.code().unwrap_or("failed"),
    };
    Outage::new(format!("{operation}: {kind}")).into()
}

/// An outage before there was anything to send.
pub(super) fn not_composed(operation: &str) -> Error {
    Outage::new(format!("{operation}: not composed")).into()
}
