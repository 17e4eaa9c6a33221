//! Sending a browser elsewhere.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::{Fault, Refusal};

/// A success that sends the browser to another address.
#[derive(Clone, Debug)]
pub struct Redirect {
    location: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
}

impl Redirect {
    /// To this URL, in which nothing may stand that a request says.
    #[must_use]
    pub fn to(url: &str) -> Self {
        let location = HeaderValue::try_from(url).ok().map(|mut location| {
            // One to an identity provider has secrets in its query.
            location.set_sensitive(true);
            location
        });
        Self { location, cookie: None }
    }

    /// The same, which also sets a cookie.
    #[must_use]
    pub fn with_cookie(self, cookie: impl Into<Option<HeaderValue>>) -> Self {
        Self { cookie: cookie.into(), ..self }
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let Some(location) = self.location else {
            return Refusal::from(Fault::Internal).into_response();
        };
        let mut response = StatusCode::FOUND.into_response();
        response.headers_mut().insert(header::LOCATION, location);
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}
