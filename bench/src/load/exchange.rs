//! A request and the reply that must come.

use http::Method;
use serde_json::Value;

use crate::client::Reply;

/// Stands in an expected body for any account's number.
pub(crate) const ANY_ID: &str = "<id>";

/// Stands in an expected body for any `api_key`.
pub(crate) const ANY_KEY: &str = "<key>";

/// A request and the reply that must come.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// What is asked for, by which the times are sorted.
    pub(crate) kind: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
    status: u16,
    expected: Value,
    sets: Option<&'static str>,
}

impl Exchange {
    /// A request without a body or a cookie, and a reply with status 200 and an empty object.
    pub(crate) fn new(kind: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            kind,
            method,
            path: path.into(),
            content_type: "application/json",
            cookie: None,
            body: String::new(),
            status: 200,
            expected: Value::Object(serde_json::Map::new()),
            sets: None,
        }
    }

    /// With this body.
    pub(crate) fn json(self, body: &Value) -> Self {
        Self { body: body.to_string(), ..self }
    }

    /// With this cookie, if there is one.
    pub(crate) fn cookie(self, name: &str, value: Option<&str>) -> Self {
        Self { cookie: value.map(|value| format!("{name}={value}")), ..self }
    }

    /// What must come.
    pub(crate) fn expect(self, status: u16, expected: Value) -> Self {
        Self { status, expected, ..self }
    }

    /// The cookie that must come too.
    pub(crate) fn sets(self, cookie: &'static str) -> Self {
        Self { sets: Some(cookie), ..self }
    }

    /// Compares.
    ///
    /// # Errors
    ///
    /// With what should have come.
    pub(crate) fn verify(&self, reply: &Reply) -> Result<(), String> {
        let (status, expected) = (self.status, &self.expected);
        if reply.status != status || !matches(expected, &reply.body) {
            return Err(format!("not {status} {expected}"));
        }
        match self.sets {
            Some(cookie) if reply.cookie(cookie).is_none() => Err(format!("no cookie {cookie}")),
            _ => Ok(()),
        }
    }
}

fn matches(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(any), _) if any == ANY_ID => {
            actual.as_u64().is_some_and(|id| (1..1 << 53).contains(&id))
        }
        (Value::String(any), Value::String(key)) if any == ANY_KEY => {
            key.len() >= 40 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        (Value::Object(expected), Value::Object(actual)) => {
            let mut fields = expected.iter();
            expected.len() == actual.len()
                && fields.all(|(name, expected)| {
                    actual.get(name).is_some_and(|actual| matches(expected, actual))
                })
        }
        _ => expected == actual,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ANY_ID, ANY_KEY, matches};

    #[test]
    fn what_is_any_still_has_a_form() {
        let expected = json!({ "api_key": ANY_KEY, "user_id": ANY_ID });
        let key = "0123456789abcdef0123456789abcdef01234567";
        assert!(matches(&expected, &json!({ "api_key": key, "user_id": 1 })));
        for other in [
            json!({ "api_key": key, "user_id": "1" }),
            json!({ "api_key": key, "user_id": 0 }),
            json!({ "api_key": "0123", "user_id": 1 }),
            json!({ "api_key": key }),
            json!({ "api_key": key, "user_id": 1, "more": true }),
        ] {
            assert!(!matches(&expected, &other), "{other}");
        }
    }
}
