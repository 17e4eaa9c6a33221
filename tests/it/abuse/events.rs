//! Sign-ins as the gateway hands them to the functions, to be changed into what it would not send.

use serde_json::{Value, json};

use super::holder::Way;
use crate::support::TestApp;

/// A sign-in by this way.
pub(super) fn sign_in(way: Way, identifier: &str, password: &str) -> Value {
    json!({
        "version": "2.0",
        "rawPath": way.path(),
        "rawQueryString": "",
        "headers": { "content-type": "application/json", "host": "api.test" },
        "requestContext": {
            "http": { "method": "POST", "path": way.path(), "sourceIp": "198.51.100.7" },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": way.credentials(identifier, password).to_string(),
        "isBase64Encoded": false,
    })
}

/// The status and the body that the function of this way answers.
pub(super) async fn answer(app: &TestApp, way: Way, event: Value) -> (u64, Value) {
    let function = match way {
        Way::ApiKey => "api-key",
        Way::Cookie => "cookie",
        Way::Users => "users",
        Way::WebApp | Way::ClientApp => "tenant",
        Way::Email => "email",
        Way::Phone => "phone",
    };
    let answer = app.function(function).answer(event).await;
    let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), body)
}
