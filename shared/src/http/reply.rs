//! How a contract answers.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{Call, Fault};
use crate::error::Reason;

/// A wire contract: how it words what went wrong. Both functions are total, so that no reason can
/// reach a client in another contract's envelope, or in none.
pub trait Contract: Send + Sync + 'static {
    /// Its name, for the log.
    const NAME: &'static str;

    /// The answer to a call that the directory denied.
    fn denied(call: &Call, reason: Reason) -> Answer;

    /// The body of the answer to a fault, which has the fault's own status.
    fn fault(call: &Call, fault: &Fault) -> Value;
}

/// What a client gets to see of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

/// A success.
#[derive(Clone, Debug)]
pub struct Reply {
    body: Value,
    cookie: Option<HeaderValue>,
}

impl Reply {
    /// A success with this body.
    #[must_use]
    pub fn new(body: Value) -> Self {
        Self { body, cookie: None }
    }

    /// The same, which also sets a cookie.
    #[must_use]
    pub fn with_cookie(self, cookie: impl Into<Option<HeaderValue>>) -> Self {
        Self { cookie: cookie.into(), ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::OK, &self.body).map(axum::body::Body::from);
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

pub(super) fn json(status: StatusCode, body: &Value) -> http::Response<String> {
    let mut response = http::Response::new(body.to_string());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
