//! What a function has answered.

use std::collections::BTreeMap;

use serde_json::Value;

/// A response in the gateway's payload format 2.0.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    function: &'static str,
}

/// The headers that every reply has.
const HEADERS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];

impl Answer {
    /// Reads a response, which must be one that the gateway understands.
    pub(super) fn read(function: &'static str, answer: &Value) -> Self {
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..600).contains(&status), "{status}");
        assert_eq!(answer["isBase64Encoded"], false);
        // Nothing is handed out, so no cookie is set.
        assert_eq!(answer["cookies"].as_array().map(Vec::len), Some(0), "{answer}");
        let headers = answer["headers"].as_object().unwrap().iter().map(|(name, value)| {
            let value = value.as_str().unwrap();
            assert!(!value.contains(['\r', '\n', '\0']), "{name}: {value:?}");
            (name.to_ascii_lowercase(), value.to_owned())
        });
        let headers: BTreeMap<_, _> = headers.collect();
        assert!(!headers.contains_key("set-cookie"), "{answer}");
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        Self { status, headers, body, function }
    }

    /// It is a reply of its contract to somebody whom nobody knows. Only an outage is an outage.
    pub(super) fn assert_harmless(&self, is_outage: bool) {
        let Self { status, headers, body, function } = self;
        match status {
            200 | 400 | 401 | 403 | 404 | 405 | 413 | 415 => {}
            503 => {
                assert!(is_outage, "{function} speaks of an outage where there is none");
                assert_eq!(headers["retry-after"], "1");
            }
            _ => panic!("{function} answered {status}: {body}"),
        }
        for (name, value) in HEADERS {
            assert_eq!(headers.get(name).map(String::as_str), Some(value), "{function}: {name}");
        }
        let is_page = headers.get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        // A page's form would otherwise be sent as nobody's.
        let referrer = if is_page { "same-origin" } else { "no-referrer" };
        assert_eq!(headers["referrer-policy"], referrer);
        let policy = &headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        if body.is_empty() {
            return;
        }
        match headers["content-type"].as_str() {
            "application/json; charset=utf-8" => self.assert_worded(),
            "text/html; charset=utf-8" => {
                assert!(["email", "oauth"].contains(function), "{function} has no pages");
                assert!(body.starts_with("<!DOCTYPE html>"), "{body}");
                assert!(!body.contains("<script"), "{body}");
            }
            other => panic!("{function} answered with {other}"),
        }
    }

    /// The body, which is JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The body is in the envelope of the function's contract. Of successes there are few where
    /// nobody is: signing out, in the contracts that do not mind who, and public documents.
    pub(super) fn assert_worded(&self) {
        let Self { status, function, .. } = self;
        let body = self.json();
        let fields: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let is_fault = matches!(status, 404 | 405 | 413 | 415 | 500 | 503);
        match *function {
            "api-key" if *status == 200 => assert!(fields.is_empty(), "{body}"),
            "api-key" => assert_eq!(fields, ["error_name"]),
            "cookie" => {
                assert_eq!(fields, ["status", "desc", "error_code"]);
                assert_eq!(body["status"], "failed");
            }
            "users" => {
                assert_eq!(fields, ["result", "url", "method", "error"]);
                assert_eq!(body["result"], "Failed");
                assert!(body["error"]["code"].is_u64() && body["error"]["message"].is_string());
            }
            "email" | "phone" => {
                assert!(matches!(fields[..], ["state", "msg"] | ["content", "state", "msg"]));
                assert_ne!(body["state"], 200, "{function} did something for nobody: {body}");
                assert!(!is_fault || body["state"] == *status, "{status} {body}");
                assert!(*status == 200 || is_fault || *status == 403, "{status} {body}");
            }
            "tenant" if *status == 200 => {
                let keys = fields == ["keys"];
                assert!(keys || fields == ["issuer", "jwks_uri"], "{body}");
            }
            "tenant" | "oauth" => match status {
                400 => assert_eq!(fields, ["message"]),
                _ => {
                    assert_eq!(fields, ["code", "message"]);
                    assert_eq!(body["code"], *status);
                }
            },
            _ => panic!("{function} has no contract"),
        }
    }

    /// Whether there is nothing at the path.
    pub(crate) fn is_nowhere(&self) -> bool {
        match self.function {
            // An id that nobody has is a path all the same.
            "users" => self.status == 404 && self.json()["error"]["code"] == 404,
            _ => self.status == 404,
        }
    }
}
