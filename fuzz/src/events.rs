//! Events as whole, of the gateway, of its authorizer, and of what Amazon SES tells.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;
use shared::identifier::Email;

use crate::world::{self, World};

/// Every event is answered in the envelope of its function's contract: as what it is, or as none. An
/// event goes to the function that its path says, else to one that its length chooses.
pub(crate) fn gateway(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    let path = event["rawPath"].as_str().unwrap_or_default();
    // One slash too many has the fallback tell whose it is.
    let functions = ["api-key", "cookie", "email", "oauth", "phone", "tenant", "users"];
    let owner = fallback::owner(&format!("/{path}/"));
    let function = owner.unwrap_or(functions[data.len() % functions.len()]);
    if serde_json::from_value::<ApiGatewayV2httpRequest>(event.clone()).is_ok() {
        World::get().ask(function, event);
    } else {
        World::get().ask_with_none(function, event);
    }
}

/// Nobody is let in where nobody is. Only an outage is an error.
pub(crate) fn authorizer(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    let world = World::get();
    world.forget();
    match world::wait_for(world.authorizer.answer(event)) {
        Ok(answer) => assert_eq!(answer, serde_json::json!({ "isAuthorized": false })),
        Err(outage) => panic!("an outage where there is none: {outage}"),
    }
    assert!(!world.was_refused(), "the authorizer writes");
    world.assert_idle();
}

/// The topic that the events in `events/bounces` are of.
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";

/// What comes of another topic marks nobody, and what marks somebody names an address in full.
pub(crate) fn bounces(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    let world = World::get();
    world.forget();
    let marked = world::wait_for(bounces::mark(&event, TOPIC, &world.app.directory));
    let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
    if marked.is_ok() {
        assert!(!records.is_empty());
        assert!(!world.was_refused(), "what could not be written down was dealt with");
    }
    let ours = records.iter().filter(|record| record["Sns"]["TopicArn"] == TOPIC);
    let messages: Vec<_> = ours.filter_map(|record| record["Sns"]["Message"].as_str()).collect();
    if !world.asked().is_empty() {
        let names_somebody = |message: &&str| {
            let message = serde_json::from_str::<Value>(message).unwrap_or_default();
            texts(&message).iter().any(|text| Email::parse(text.trim()).is_some())
        };
        assert!(messages.iter().any(names_somebody), "somebody was marked whom nobody named");
    }
    world.assert_idle();
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
