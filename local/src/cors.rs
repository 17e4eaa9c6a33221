//! What the gateway adds for pages of other origins: an HTTP API with a `CorsConfiguration` ([AWS]).
//!
//! It answers preflights by itself, whatever the path, and replaces what functions say of CORS.
//! Without origins there is no such configuration: preflights go to the functions.
//!
//! [AWS]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html

use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use crate::template::Cors;

/// The gateway's configuration.
#[derive(Clone, Debug)]
pub(crate) struct CorsRules {
    origins: Vec<String>,
    cors: Cors,
}

/// Every header by which functions could speak of CORS.
const HEADERS: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

impl CorsRules {
    /// The rules of the template for these origins; none without any.
    pub(crate) fn new(cors: &Cors, origins: &[String]) -> Option<Self> {
        (!origins.is_empty()).then(|| Self { origins: origins.to_vec(), cors: cors.clone() })
    }

    /// The origin of a request, if its pages may call.
    pub(crate) fn origin<B>(&self, request: &Request<B>) -> Option<HeaderValue> {
        let origin = request.headers().get(header::ORIGIN)?;
        let text = origin.to_str().ok()?;
        let is_allowed = self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(text));
        is_allowed.then(|| origin.clone())
    }

    /// The answer to a preflight, and `None` for any other request. An origin that may not call gets
    /// one without permission.
    pub(crate) fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let is_preflight = request.method() == Method::OPTIONS
            && asks
            && request.headers().contains_key(header::ORIGIN);
        if !is_preflight {
            return None;
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if let Some(origin) = self.origin(request) {
            let headers = response.headers_mut();
            permit(headers, origin);
            list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.cors.methods);
            list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.cors.headers);
            let max_age = std::slice::from_ref(&self.cors.max_age);
            list(headers, header::ACCESS_CONTROL_MAX_AGE, max_age);
        }
        Some(response)
    }

    /// Adds to a response what pages of `origin` need to read it.
    pub(crate) fn apply(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        for name in HEADERS {
            headers.remove(name);
        }
        if let Some(origin) = origin {
            permit(headers, origin);
            list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.cors.exposed_headers);
        }
    }
}

fn permit(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let yes = HeaderValue::from_static("true");
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    // A cache must not hand one origin's answer to another one.
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let Ok(values) = HeaderValue::from_str(&values.join(",")) {
        headers.insert(name, values);
    }
}
