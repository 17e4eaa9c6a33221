//! The function `fallback` on AWS Lambda.

use std::convert::Infallible;

use fallback::Aliases;
use lambda_runtime::{LambdaEvent, service_fn, tracing::init_default_subscriber};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    init_default_subscriber();
    shared::lambda::log_panics();
    let aliases = Aliases::from_env().await.inspect_err(|error| {
        tracing::error!(%error, "this function does not start");
    })?;
    let answer = |event: LambdaEvent<Value>| {
        let aliases = aliases.clone();
        async move { Ok::<_, Infallible>(fallback::answer(&event.payload, &aliases).await) }
    };
    lambda_runtime::run(service_fn(answer)).await
}
