//! The function `users` on AWS Lambda.

use shared::{app::Service, envelope::Users};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<Users>(users::router(), &[Service::Mail]).await
}
