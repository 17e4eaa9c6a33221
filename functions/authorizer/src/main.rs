//! The function `authorizer` on AWS Lambda.

use authorizer::Authorizer;
use futures::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use shared::app::Service;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let authorizer = Authorizer::new(shared::lambda::start(&[Service::SigningKeys]).await?);
    let answer = |event: LambdaEvent<Value>| {
        let authorizer = authorizer.clone();
        // An outage is an error of the invocation, which the gateway answers as one.
        async move { authorizer.answer(event.payload).await.map_err(Error::from) }.boxed()
    };
    run(service_fn(answer)).await
}
