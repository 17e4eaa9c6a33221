//! The function `phone` on AWS Lambda.

use shared::{app::Service, envelope::Contact};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<Contact>(phone::router(), &[Service::Sms]).await
}
