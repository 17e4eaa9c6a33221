//! Running a function on AWS Lambda.

use axum::Router;

use crate::{
    app::{App, Service, StartError},
    http::{Contract, Door, Entry},
};

/// Starts a function that sends by these services: reads the settings, connects, and answers events
/// until Lambda stops it.
///
/// # Errors
///
/// When a setting is missing or bad, or the Lambda runtime fails.
pub async fn run<C: Contract>(
    router: Router<App>,
    services: &[Service],
) -> Result<(), lambda_runtime::Error> {
    let app = start(services).await?;
    lambda_runtime::run(Entry::new(Door::<C>::new(router, app))).await
}

/// What a function does before its first event: begins to log, reads the settings, connects to these
/// services.
///
/// # Errors
///
/// [`StartError`].
pub async fn start(services: &[Service]) -> Result<App, StartError> {
    lambda_runtime::tracing::init_default_subscriber();
    log_panics();
    App::from_env(services).await.inspect_err(|error| {
        tracing::error!(%error, "this function does not start");
    })
}

/// Has panics logged by where they happened. Their messages can quote data, so they are left out.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panicked");
    }));
}
