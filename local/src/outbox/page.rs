//! The page that shows the outbox to a person.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header};

use super::Outbox;

/// The page runs its own script and shows mails in frames, and that is all.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// A mail may have styles of its own, runs nothing, loads nothing, and opens its links elsewhere.
/// It is a document of its own, not the frame's `srcdoc`: that would be under the page's policy,
/// which forbids the `style` attributes that mails are made of.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'; \
     sandbox allow-popups allow-popups-to-escape-sandbox";

pub(super) fn router() -> Router<Outbox> {
    let style = async || file("text/css; charset=utf-8", include_str!("page.css"));
    let script = async || file("text/javascript; charset=utf-8", include_str!("page.js"));
    let icon = async || file("image/svg+xml", include_str!("page.svg"));
    Router::new()
        .route("/_local/outbox", get(async || html(PAGE_POLICY, include_str!("page.html"))))
        .route("/_local/outbox.css", get(style))
        .route("/_local/outbox.js", get(script))
        .route("/_local/outbox.svg", get(icon))
        .route("/_local/outbox/{id}", get(mail))
}

/// `GET /_local/outbox/{id}`: the HTML of a mail.
/// `GET /_local/outbox/{id}.eml`: the mail as it was sent.
async fn mail(State(outbox): State<Outbox>, Path(name): Path<String>) -> Response {
    let found = match name.strip_suffix(".eml") {
        Some(id) => raw(&outbox, id),
        None => rendered(&outbox, &name),
    };
    found.unwrap_or_else(|| (StatusCode::NOT_FOUND, "There is no such mail").into_response())
}

fn rendered(outbox: &Outbox, id: &str) -> Option<Response> {
    let mail = outbox.html(id.parse().ok()?)?;
    // What is put before the mail makes its links open a page of their own. The mail's own
    // `<!doctype>` and `<html>` do no harm behind it.
    Some(html(MAIL_POLICY, format!("<!doctype html><base target=\"_blank\">{mail}")))
}

fn raw(outbox: &Outbox, id: &str) -> Option<Response> {
    let id = id.parse().ok()?;
    let mail = file("message/rfc822", outbox.raw(id)?);
    // The number, not what the request calls it.
    let saved = [(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.eml\""))];
    Some((saved, mail).into_response())
}

fn html(policy: &'static str, text: impl IntoResponse) -> Response {
    let mut response = file("text/html; charset=utf-8", text);
    let policy = HeaderValue::from_static(policy);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn file(kind: &'static str, text: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}
