//! The function `cookie` on AWS Lambda.

use shared::envelope::Cookie;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<Cookie>(cookie::router(), &[]).await
}
