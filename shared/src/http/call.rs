//! What a handler may know of a request beside its parameters.

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, header, request::Parts};

use super::{Fault, Refusal};
use crate::{credential::Token, directory::Client};

/// A request, as the gateway handed it over.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path, as the client sent it (and the gateway decoded it).
    pub path: String,
    /// The route that the path belongs to, once that is known; `{…}` stands for its parameters.
    pub route: Option<String>,
    /// Who asks.
    pub client: Client,
    cookies: Vec<String>,
}

impl Call {
    pub(super) fn new(method: Method, path: String, client: Client, headers: &HeaderMap) -> Self {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .map(|cookie| cookie.trim().to_owned())
            .collect();
        Self { method, path, route: None, client, cookies }
    }

    /// The token in the cookie `name`, if there is one and it can be a token.
    ///
    /// Two cookies of one name with different values are none: one of them may have been planted
    /// from a neighbouring host, and nothing tells which.
    #[must_use]
    pub fn session_token(&self, name: &str) -> Option<Token> {
        let mut values = self
            .cookies
            .iter()
            .filter_map(|cookie| cookie.split_once('='))
            .filter(|(candidate, _)| *candidate == name)
            .map(|(_, value)| value);
        let value = values.next()?;
        if values.any(|other| other != value) {
            return None;
        }
        Token::parse(value)
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The door puts it there before it asks the router.
        let call = parts.extensions.get::<Self>().cloned();
        call.ok_or_else(|| Fault::Internal.into())
    }
}
