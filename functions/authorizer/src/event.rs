//! The event of an authorizer ([payload format 2.0][AWS]), as far as it is looked at.
//!
//! [AWS]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::Value;

/// Where a key of the contract `api_key` is presented.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The headers that are looked at.
const NAMES: [HeaderName; 3] = [API_KEY, header::AUTHORIZATION, header::COOKIE];

/// A request that asks to be let in.
pub(crate) struct Event {
    /// Those of its headers that are looked at, cookies among them.
    pub(crate) headers: HeaderMap,
    request_id: String,
}

/// The event as it comes. What has another type than the gateway's is not the gateway's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent {
    version: String,
    r#type: String,
    headers: Option<HashMap<String, String>>,
    cookies: Option<Vec<String>>,
    request_context: Option<WireContext>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireContext {
    request_id: Option<String>,
}

impl Event {
    /// Reads an event; `None` unless it is one of an authorizer in payload format 2.0. Another format
    /// names headers otherwise, and takes another answer.
    pub(crate) fn read(event: Value) -> Option<Self> {
        let event: WireEvent = serde_json::from_value(event).ok()?;
        if event.version != "2.0" || event.r#type != "REQUEST" {
            return None;
        }
        let mut headers = HeaderMap::new();
        for (name, value) in event.headers.unwrap_or_default() {
            let known = NAMES.into_iter().find(|known| name.eq_ignore_ascii_case(known.as_str()));
            if let Some(known) = known {
                headers.append(known, HeaderValue::try_from(value).ok()?);
            }
        }
        // The gateway takes the cookies out of the headers, or leaves them there as well.
        for cookie in event.cookies.unwrap_or_default() {
            headers.append(header::COOKIE, HeaderValue::try_from(cookie).ok()?);
        }
        let request_id = event.request_context.and_then(|context| context.request_id);
        Some(Self { headers, request_id: request_id.unwrap_or_default() })
    }

    /// The gateway's id for the request.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}
