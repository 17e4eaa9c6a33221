//! What an SDK error becomes, and how one that passes is waited for.

use std::{future::Future, time::Duration};

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use super::ATTEMPTS;
use crate::error::{Error, Outage};

/// An outage that names the operation, the kind of failure and DynamoDB's code for it. The
/// message is left out: it can quote keys, which contain identifiers.
pub(super) fn unavailable<E: ProvideErrorMetadata>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "not sent",
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable response",
        _ => error.code().unwrap_or("failed"),
    };
    Outage::new(format!("{operation}: {kind}")).into()
}

/// Makes a call again as long as a transaction has the item that it writes: the SDK does not wait
/// for that.
pub(super) async fn after_transactions<T, E, F>(
    call: impl Fn() -> F,
) -> Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    for attempt in 1..ATTEMPTS {
        let answer = call().await;
        let code = answer.as_ref().err().and_then(ProvideErrorMetadata::code);
        if code != Some("TransactionConflictException") {
            return answer;
        }
        pause(attempt - 1).await;
    }
    call().await
}

/// Waits before another attempt: longer each time, and never as long as the neighbours, so that
/// those who collided do not collide again.
pub(crate) async fn pause(attempt: u32) {
    let ceiling = 20_u32 << attempt.min(5);
    let jitter = getrandom::u32().unwrap_or(ceiling / 2) % ceiling;
    tokio::time::sleep(Duration::from_millis(u64::from(ceiling / 2 + jitter / 2))).await;
}
