//! The function `api-key` with one route more, which panics. It is built and started as the functions
//! are, so that what becomes of its panics is what becomes of theirs. Nothing deploys it.

#![expect(clippy::panic, reason = "that is what it is for")]

use axum::routing::post;
use shared::envelope::ApiKey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let panics = post(async || -> &'static str { panic!("a secret: hunter42") });
    shared::lambda::run::<ApiKey>(api_key::router().route("/user/panic", panics), &[]).await
}
