//! Bodies, contract by contract. The first byte chooses the endpoint, and what the body says to be.

use serde_json::Value;

use crate::world::{Answer, Request, World};

/// Function, method and path.
type Endpoint = (&'static str, &'static str, &'static str);

pub(crate) fn api_key(data: &[u8]) {
    ask(data, &[("api-key", "POST", "/user/signin"), ("api-key", "POST", "/user/signout")]);
}

pub(crate) fn cookie(data: &[u8]) {
    let endpoints = [
        ("cookie", "POST", "/api/v1/user/register/"),
        ("cookie", "POST", "/api/v1/user/login/"),
        ("cookie", "POST", "/api/v1/user/logout"),
    ];
    ask(data, &endpoints);
}

pub(crate) fn contact(data: &[u8]) {
    let endpoints = [
        ("email", "POST", "/email/users"),
        ("email", "POST", "/email/token"),
        ("email", "DELETE", "/email/token"),
        ("email", "POST", "/email/users/active/ann@example.com/0"),
        ("phone", "POST", "/phone/users"),
        ("phone", "POST", "/phone/token"),
        ("phone", "DELETE", "/phone/token"),
    ];
    ask(data, &endpoints);
}

pub(crate) fn tenant(data: &[u8]) {
    let endpoints = [
        ("tenant", "POST", "/api/user/signin"),
        ("tenant", "POST", "/api//user/signup"),
        ("tenant", "POST", "/api/user/signout"),
        ("tenant", "PUT", "/api/user/update_password"),
    ];
    ask(data, &endpoints);
}

pub(crate) fn users(data: &[u8]) {
    let endpoints = [
        ("users", "POST", "/users/sign_in"),
        ("users", "POST", "/users"),
        ("users", "DELETE", "/users"),
        ("users", "PATCH", "/users"),
        ("users", "PATCH", "/users/password"),
    ];
    if let Some((answer, (_, method, path))) = ask(data, &endpoints) {
        let body = answer.json();
        assert_eq!((&body["url"], &body["method"]), (&Value::from(path), &Value::from(method)));
    }
}

/// Sends a body to one of these. What is no object in JSON reaches no directory.
fn ask(data: &[u8], endpoints: &[Endpoint]) -> Option<(Answer, Endpoint)> {
    let (choice, body) = data.split_first()?;
    let choice = usize::from(choice.wrapping_sub(b'0'));
    let endpoint = endpoints[choice % endpoints.len()];
    let (function, method, path) = endpoint;
    let mut request = Request::new(function, method, path);
    let types = ["application/json", "application/json; charset=UTF-8", "text/plain", ""];
    let content_type = types[choice / endpoints.len() % types.len()];
    request.headers = vec![("content-type", content_type)];
    request.body = body;
    let answer = World::get().answer(&request);
    let is_object = serde_json::from_slice::<Value>(body).is_ok_and(|body| body.is_object());
    if !is_object || !content_type.contains("json") {
        let asked = World::get().asked();
        assert!(asked.is_empty(), "{function} asked for {asked:?} because of no parameters at all");
    }
    // Nothing of what was sent comes back: it may be a password.
    let texts = serde_json::from_slice::<Value>(body).map(|body| long_texts(&body));
    for text in texts.unwrap_or_default() {
        assert!(!answer.body.contains(&text), "{function} repeats {text:?}");
    }
    Some((answer, endpoint))
}

/// The texts in it that are so long that no reply has them by chance.
fn long_texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.chars().count() > 40 => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(long_texts).collect(),
        Value::Object(fields) => fields.values().flat_map(long_texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
