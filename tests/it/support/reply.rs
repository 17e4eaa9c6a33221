//! Replies, and how they are shown in snapshots.

use std::fmt;

use axum::body::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::Value;

/// A reply of the product. Shown as its status line, the headers that differ from reply to reply,
/// and its body.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(super) fn new(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Self { status: parts.status, headers: parts.headers, text }
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The names and values of the cookies that it sets.
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        cookies
            .map(|cookie| {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }

    /// Asserts status and body.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: Value) -> &Self {
        assert_eq!((self.status.as_u16(), self.json()), (status, body));
        self
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for name in ["allow", "retry-after"] {
            if let Some(value) = self.header(name) {
                write!(f, "\n{name}: {value}")?;
            }
        }
        for cookie in self.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let value = if value.is_empty() { "" } else { session(value) };
            write!(f, "\nset-cookie: {name}={value};{attributes}")?;
        }
        let mut body = self.json();
        redact(&mut body);
        write!(f, "\n\n{body}")
    }
}

/// Hides what is random, and asserts that it has the form that it must have.
fn redact(body: &mut Value) {
    let Value::Object(fields) = body else { return };
    for (name, value) in fields {
        match name.as_str() {
            "api_key" => *value = api_key(value).into(),
            "user_id" | "uid" | "id" => *value = id(value).into(),
            _ => redact(value),
        }
    }
}

/// The value is an `api_key`.
pub(crate) fn api_key(value: &Value) -> &'static str {
    session(value.as_str().unwrap());
    "[key]"
}

/// The value is an account's id, as a number or as a string.
pub(crate) fn id(value: &Value) -> &'static str {
    let (number, shown) = match value {
        Value::String(text) => (text.parse().unwrap(), "[id as a string]"),
        _ => (value.as_u64().unwrap(), "[id]"),
    };
    assert!((1..1 << 53).contains(&number), "{number}");
    shown
}

/// The value is a token: an account's id and 256 random bits, in lower-case hexadecimal.
pub(crate) fn session(value: &str) -> &'static str {
    assert_eq!(value.len(), 80, "{value}");
    assert!(value.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{value}");
    "[token]"
}
