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
async fn mail(State(outbox): State<Outbox>, Path(id): Path<String>) -> Response {
    match id.parse().ok().and_then(|id| outbox.html(id)) {
        // What is put before the mail makes its links open a page of their own. The mail's own
        // `<!doctype>` and `<html>` do no harm behind it.
        Some(mail) => html(MAIL_POLICY, format!("<!doctype html><base target=\"_blank\">{mail}")),
        None => (StatusCode::NOT_FOUND, "There is no such mail").into_response(),
    }
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
