//! Requests that no client of a contract should send, and that some do.

use http::Method;
use serde_json::{Value, json};

use super::Door;
use crate::{exchange::Exchange, random::Random};

/// Bodies that are no object with the texts that a sign-in needs.
const BODIES: [&str; 7] = [
    "",
    "not json",
    "[]",
    "{}",
    r#"{"user":"ann","email":"ann@example.com","username":"ann"}"#,
    r#"{"user":{"email":null,"password":7},"email":null,"username":null,"password":7}"#,
    r#"{"email":"a@b.cc","email":"a@b.cc","username":"a","username":"a","password":"12345678"}"#,
];

/// One byte more than a body may have.
const TOO_LARGE: usize = 64 * 1024 + 1;

/// What is wrong with a request.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Path,
    Method,
    Size,
    Type,
    Body(&'static str),
}

/// A request with something wrong about it.
pub(crate) fn request(door: Door, random: &mut Random) -> Exchange {
    // A body more often than not.
    let wrong = match random.below(8) {
        0 => Wrong::Path,
        1 => Wrong::Method,
        2 => Wrong::Size,
        3 => Wrong::Type,
        _ => {
            let body = BODIES.get(random.index(BODIES.len()));
            Wrong::Body(body.copied().unwrap_or_default())
        }
    };
    let (kind, path) = match door {
        Door::ApiKey => ("api_key: malformed", "/user/signin"),
        Door::Cookie => ("cookie: malformed", "/api/v1/user/login/"),
        Door::Users => ("users: malformed", "/users/sign_in"),
    };
    let path =
        if matches!(wrong, Wrong::Path) { format!("{path}/nowhere") } else { path.to_owned() };
    let method = if matches!(wrong, Wrong::Method) { Method::PUT } else { Method::POST };
    let (status, expected) = match door {
        Door::ApiKey => api_key(wrong),
        Door::Cookie => cookie(wrong),
        Door::Users => users(wrong, &path, &method),
    };
    let mut exchange = Exchange::new(kind, method, path).expect(status, expected);
    match wrong {
        Wrong::Path | Wrong::Method => {}
        Wrong::Size => exchange.body = "x".repeat(TOO_LARGE),
        Wrong::Type => exchange.content_type = "text/plain",
        Wrong::Body(body) => exchange.body = body.to_owned(),
    }
    exchange
}

fn api_key(wrong: Wrong) -> (u16, Value) {
    let (status, name) = match wrong {
        Wrong::Path => (404, "not found"),
        Wrong::Method => (405, "method not allowed"),
        Wrong::Size => (413, "body too large"),
        Wrong::Type => (415, "unsupported media type"),
        Wrong::Body(_) => (403, "lack of parameters"),
    };
    (status, json!({ "error_name": name }))
}

fn cookie(wrong: Wrong) -> (u16, Value) {
    let (status, code, description) = match wrong {
        Wrong::Path => (404, 111, "not found"),
        Wrong::Method => (405, 111, "not found"),
        Wrong::Size => (413, 103, "invalid parameters"),
        Wrong::Type => (415, 103, "invalid parameters"),
        Wrong::Body(_) => (200, 103, "invalid parameters"),
    };
    (status, json!({ "status": "failed", "desc": description, "error_code": code }))
}

fn users(wrong: Wrong, path: &str, method: &Method) -> (u16, Value) {
    let (status, code, message) = match wrong {
        Wrong::Path => (404, 404, "Not Found"),
        Wrong::Method => (405, 405, "Method Not Allowed"),
        Wrong::Size => (413, 413, "Payload Too Large"),
        Wrong::Type => (415, 415, "Unsupported Media Type"),
        Wrong::Body(_) => (400, 0, "Bad parameter."),
    };
    let error = json!({ "code": code, "message": message });
    let method = method.as_str();
    (status, json!({ "result": "Failed", "url": path, "method": method, "error": error }))
}
