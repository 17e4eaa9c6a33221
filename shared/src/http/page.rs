//! Pages for people.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::Refusal;
use crate::{error::Reason, notify::Language};

/// A page: no script, nothing from elsewhere, its forms only to ourselves.
#[derive(Clone, Debug)]
pub struct Page {
    language: Language,
    heading: &'static str,
    text: &'static str,
    more: String,
    refusal: Option<Refusal>,
}

/// A refusal that a page has put into words already.
#[derive(Clone)]
pub(super) struct Worded(pub(super) Refusal);

/// The style of every page.
const STYLE: &str = include_str!("../../templates/page/page.css");

/// What all pages have in common.
#[derive(Template)]
#[template(path = "page/page.html")]
struct Layout<'a> {
    language: &'static str,
    style: &'static str,
    heading: &'static str,
    text: &'static str,
    more: &'a str,
}

impl Page {
    /// A page with this heading and this text below it.
    #[must_use]
    pub const fn new(language: Language, heading: &'static str, text: &'static str) -> Self {
        Self { language, heading, text, more: String::new(), refusal: None }
    }

    /// The same page, which ends with `more`: HTML without a style of its own.
    #[must_use]
    pub fn with(self, more: &impl Template) -> Self {
        // The templates have nothing that could fail.
        Self { more: more.render().unwrap_or_default(), ..self }
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

fn policy() -> String {
    let style = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = Layout {
            language: self.language.tag(),
            style: STYLE,
            heading: self.heading,
            text: self.text,
            more: &self.more,
        };
        let html = Html(html.render().unwrap_or_default());
        let status = self.refusal.as_ref().map_or(StatusCode::OK, status);
        let mut response = (status, html).into_response();
        if let Ok(policy) = HeaderValue::try_from(policy()) {
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
