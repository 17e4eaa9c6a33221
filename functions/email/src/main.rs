//! The function `email` on AWS Lambda.

use shared::{app::Service, envelope::Contact};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<Contact>(email::router(), &[Service::Mail]).await
}
