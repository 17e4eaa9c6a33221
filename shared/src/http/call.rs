//! What a handler may know of a request beside its parameters.

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, Method, header, request::Parts};

use super::{Cookies, Fault, Fields, Refusal};
use crate::{
    credential::{BareToken, Token},
    directory::Client,
    error::Reason,
};

/// How many different tokens one cookie may come with: far more than there are places to set it
/// from, far fewer than a transaction has room for.
const MAX_TOKENS: usize = 32;

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
    /// Whether the client asks for a page: it is a person's browser, or looks like one.
    pub wants_page: bool,
    query: String,
    cookies: Cookies,
}

impl Call {
    /// A request for this path, decoded, with this query, as it came. Its route is not known yet.
    #[must_use]
    pub fn new(
        method: Method,
        (path, query): (String, String),
        client: Client,
        headers: &HeaderMap,
    ) -> Self {
        Self {
            method,
            path,
            route: None,
            client,
            wants_page: text(headers, &header::ACCEPT).is_some_and(accepts_html),
            query,
            cookies: Cookies::of(headers),
        }
    }

    /// The parameters in the query.
    #[must_use]
    pub fn query(&self) -> Fields {
        Fields::from_query(&self.query)
    }

    /// The token in the cookie `name`, if there is one and it can be a token.
    #[must_use]
    pub fn session_token(&self, name: &str) -> Option<Token> {
        self.cookies.value(name).and_then(Token::parse)
    }

    /// The token of a browser without a session in the cookie `name`, under the same conditions.
    #[must_use]
    pub fn bare_token(&self, name: &str) -> Option<BareToken> {
        self.cookies.value(name).and_then(BareToken::parse)
    }

    /// Every token in a cookie `name`: what a sign-in has to end, whichever of them was planted.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`] for more of them than a browser comes by.
    pub fn session_tokens(&self, name: &str) -> Result<Vec<Token>, Reason> {
        let values = self.cookies.values(name);
        let tokens: Vec<_> = values.into_iter().filter_map(Token::parse).collect();
        if tokens.len() > MAX_TOKENS { Err(Reason::Malformed) } else { Ok(tokens) }
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

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether `Accept` names `text/html`, and not to refuse it ([RFC 9110, section 12.5.1]).
///
/// [RFC 9110, section 12.5.1]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let is_html = parts.next().is_some_and(|kind| kind == "text/html");
        let refused = parts.any(|part| {
            part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
        });
        is_html && !refused
    })
}
