//! Requests, as the gateway hands them to a function.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use super::NOW;

/// A request to a function. A part that is not told is as a plain client has it.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) function: &'static str,
    pub(crate) method: &'a str,
    /// As the gateway has decoded it.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) cookies: Vec<&'a str>,
    pub(crate) body: &'a [u8],
}

impl<'a> Request<'a> {
    /// A request without a body to this path, which belongs to this function.
    pub(crate) fn new(function: &'static str, method: &'a str, path: &'a str) -> Self {
        let (headers, cookies) = (vec![("content-type", "application/json")], Vec::new());
        Self { function, method, path, query: "", headers, cookies, body: b"" }
    }

    /// The event in payload format 2.0.
    pub(super) fn event(&self) -> Value {
        let mut headers = Map::from_iter([("host".to_owned(), json!("api.test"))]);
        for (name, value) in &self.headers {
            // The gateway joins headers of one name.
            let value = match headers.get(&name.to_ascii_lowercase()).and_then(Value::as_str) {
                Some(first) if *name != "host" && *name != "content-type" => {
                    format!("{first},{value}")
                }
                _ => (*value).to_owned(),
            };
            headers.insert(name.to_ascii_lowercase(), value.into());
        }
        let (body, is_base64) = match std::str::from_utf8(self.body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (BASE64.encode(self.body), true),
        };
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "cookies": self.cookies,
            "headers": headers,
            "requestContext": {
                "domainName": "api.test",
                "http": {
                    "method": self.method,
                    "path": self.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "198.51.100.7",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "stage": "$default",
                "timeEpoch": NOW * 1000,
            },
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }
}
