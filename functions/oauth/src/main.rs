//! The function `oauth` on AWS Lambda.

use shared::{app::Service, envelope::Tenant};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run::<Tenant>(oauth::router(), &[Service::Providers]).await
}
