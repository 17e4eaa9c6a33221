//! Pages for people.

use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::Refusal;
use crate::error::Reason;

/// A page: no script, nothing from elsewhere, its forms only to ourselves.
#[derive(Clone, Debug)]
pub struct Page {
    html: String,
    policy: Option<HeaderValue>,
    refusal: Option<Refusal>,
}

/// A refusal that a page has put into words already.
#[derive(Clone)]
pub(super) struct Worded(pub(super) Refusal);

impl Page {
    /// A page whose only style is `style`, which `html` contains as it is in its one `<style>`.
    #[must_use]
    pub fn new(html: String, style: &str) -> Self {
        let style = BASE64.encode(&Sha256::digest(style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        Self { html, policy: HeaderValue::try_from(policy).ok(), refusal: None }
    }

    /// The same page, which tells of this refusal.
    #[must_use]
    pub fn refusing(self, refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..self }
    }
}

/// People read the page, their programs the status.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Denied(Reason::LinkInvalid) => StatusCode::NOT_FOUND,
        Refusal::Denied(Reason::EmailTaken) => StatusCode::CONFLICT,
        Refusal::Denied(_) => StatusCode::BAD_REQUEST,
        Refusal::Answered(answer) => answer.status,
        Refusal::Fault(fault) => fault.status(),
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let status = self.refusal.as_ref().map_or(StatusCode::OK, status);
        let mut response = (status, Html(self.html)).into_response();
        if let Some(policy) = self.policy {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // Under `no-referrer` a browser would send the page's form with `Origin: null` (Fetch
        // standard, section 3.1), which is nobody's own.
        let referrer = HeaderValue::from_static("same-origin");
        response.headers_mut().insert(header::REFERRER_POLICY, referrer);
        if let Some(refusal) = self.refusal {
            response.extensions_mut().insert(Worded(refusal));
        }
        response
    }
}
