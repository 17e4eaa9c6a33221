//! Events that the gateway would not send.

use serde_json::{Value, json};

use super::{Member, Slot, answer, event, refused};
use crate::support::TestApp;

/// The event with the value at `pointer` replaced.
fn with(event: &Value, pointer: &str, value: Value) -> Value {
    let mut event = event.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

#[tokio::test]
async fn what_is_no_event_of_an_authorizer_is_refused() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let good = event(&[(Slot::ApiKey, &member.api_key)]);
    assert_eq!(answer(&app, good.clone()).await, member.authorized(Slot::ApiKey));
    app.meter.take();
    for event in [json!({}), json!([]), json!("event"), json!(5), Value::Null] {
        assert_eq!(answer(&app, event.clone()).await, refused(), "{event}");
    }
    for (pointer, value) in [
        ("/version", json!("1.0")),
        ("/version", json!(2.0)),
        ("/version", Value::Null),
        ("/type", json!("TOKEN")),
        ("/type", json!(["REQUEST"])),
        ("/type", Value::Null),
        ("/headers", Value::Null),
        ("/headers", json!([])),
        ("/headers", json!("x-api-key")),
        ("/headers/accept", json!(5)),
        ("/headers/x-api-key", json!([member.api_key])),
        ("/headers/x-api-key", json!({ "value": member.api_key })),
        ("/headers/x-api-key", Value::Null),
        ("/headers/x-api-key", json!(format!("{}\r\nx: y", member.api_key))),
        ("/headers/x-api-key", json!(format!("{}\0", member.api_key))),
        ("/headers/X-Api-Key", json!("x\n")),
        ("/headers/cookie", json!("a\r\n=b")),
        ("/headers/authorization", json!("bearer \n")),
        ("/cookies", json!("_session=x")),
        ("/cookies", json!({})),
        ("/cookies", json!([5])),
        ("/cookies", json!(["x\r\ny=z"])),
        ("/requestContext", json!([5])),
        ("/requestContext", json!("context")),
        ("/requestContext/requestId", json!(5)),
    ] {
        let event = with(&good, pointer, value.clone());
        assert_eq!(answer(&app, event).await, refused(), "{pointer} {value}");
    }
    assert_eq!(app.meter.take().operations, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_looked_at_does_not_matter() {
    let app = TestApp::new().await;
    let member = Member::join(&app, "ann").await;
    let good = event(&[(Slot::ApiKey, &member.api_key)]);
    for (pointer, value) in [
        ("/headers/x y", json!("a\r\nb")),
        ("/headers/é", json!("")),
        ("/headers/host", json!("é".repeat(100_000))),
        ("/headers/authorization", json!("bearer \u{1f680}")),
        ("/headers/authorization", json!("a".repeat(100_000))),
        ("/cookies", json!(["", "=", ";", "_session", "_session=", "é=é", "=x"])),
        ("/cookies", Value::Null),
        ("/rawPath", json!("/../x")),
        ("/routeArn", json!(5)),
        ("/identitySource", json!({ "a": 5 })),
        ("/queryStringParameters", json!([])),
        ("/requestContext", Value::Null),
        ("/requestContext", json!({})),
        ("/requestContext/http", json!(5)),
        ("/requestContext/requestId", Value::Null),
    ] {
        let event = with(&good, pointer, value.clone());
        let answer = answer(&app, event).await;
        assert_eq!(answer, member.authorized(Slot::ApiKey), "{pointer} {value:.99}");
    }
}
