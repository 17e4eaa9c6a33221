//! The function `api-key` on AWS Lambda.

use shared::envelope::ApiKey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<ApiKey>(api_key::router(), &[]).await
}
