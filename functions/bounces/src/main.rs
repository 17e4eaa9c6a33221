//! The function `bounces` on AWS Lambda.

use lambda_runtime::{LambdaEvent, service_fn, tracing::init_default_subscriber};
use serde_json::Value;
use shared::{
    app::App,
    config::{ConfigError, process_environment},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    init_default_subscriber();
    shared::lambda::log_panics();
    let topic = process_environment().remove("MAIL_EVENTS_TOPIC");
    let topic = topic.ok_or(ConfigError::Missing("MAIL_EVENTS_TOPIC")).inspect_err(|error| {
        tracing::error!(%error, "this function does not start");
    })?;
    let app = App::from_env(&[]).await.inspect_err(|error| {
        tracing::error!(%error, "this function does not start");
    })?;
    let (topic, directory) = (topic.as_str(), &app.directory);
    let mark = async |event: LambdaEvent<Value>| {
        let marked = bounces::mark(&event.payload, topic, directory).await;
        marked.map_err(lambda_runtime::Error::from)
    };
    lambda_runtime::run(service_fn(mark)).await
}
