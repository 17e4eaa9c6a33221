//! What Atrium sends, kept instead of sent: stand-ins for Amazon SES and Amazon SNS, and the outbox
//! that they fill.
//!
//! The stand-ins speak the AWS Query protocol, so that the SDK's own clients send here as they do
//! in production, with nothing but another endpoint. They accept more than AWS does: no address is
//! verified, nothing is throttled, and nothing ever leaves this machine.

mod extract;
mod page;
mod query;
mod ses;
mod sns;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_types::date_time::{DateTime, Format};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    middleware::from_fn,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use shared::clock::Clock;

use crate::{gateway::MAX_BODY_BYTES, guard::refuse_other_sites};

/// Where the stand-in for Amazon SES answers.
pub(crate) const SES_PATH: &str = "/_local/ses";

/// Where the stand-in for Amazon SNS answers.
pub(crate) const SNS_PATH: &str = "/_local/sns";

/// How many messages are kept; the oldest make room.
const CAPACITY: usize = 1_000;

/// A message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Counts up from 1, also when the outbox is emptied in between.
    pub id: u64,
    /// How it was sent.
    pub kind: Kind,
    /// An e-mail address without a display name, or a phone number.
    pub to: String,
    /// A mail's subject.
    pub subject: Option<String>,
    /// The text. Empty if a mail has none besides its HTML.
    pub text: String,
    /// The HTML, if it is a mail that has some.
    pub html: Option<String>,
    /// Every address of a web page in it, once: those of the text, then those of the HTML alone.
    pub links: Vec<String>,
    /// The first number of six digits in an SMS.
    pub code: Option<String>,
    /// When it was sent, as RFC 3339 has it, in UTC.
    pub sent_at: String,
    /// A mail byte for byte, if it was sent as a whole. It has an address of its own.
    #[serde(skip)]
    pub raw: Option<Bytes>,
}

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By Amazon SES.
    Mail,
    /// By Amazon SNS.
    Sms,
}

/// The last messages. Clones share them.
#[derive(Clone, Debug)]
pub struct Outbox {
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Newest first.
    messages: VecDeque<Message>,
    sent: u64,
}

/// What a mail says.
#[derive(Clone, Debug, Default)]
struct Mail {
    subject: String,
    text: String,
    html: Option<String>,
    raw: Option<Bytes>,
}

impl Kept {
    /// An entity tag. The time in it tells this outbox from one of before a restart.
    fn tag(&self) -> String {
        let newest = self.messages.front();
        let (id, sent_at) = newest.map_or((0, ""), |newest| (newest.id, newest.sent_at.as_str()));
        format!("\"{id}-{sent_at}-{}\"", self.messages.len())
    }
}

impl Outbox {
    /// An empty outbox that tells the time by this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, kept: Arc::default() }
    }

    /// What is in it, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.kept().messages.iter().cloned().collect()
    }

    /// Empties it.
    pub fn clear(&self) {
        self.kept().messages.clear();
    }

    /// The stand-ins, the outbox as JSON, and the page that shows it.
    pub fn router(&self) -> Router {
        // The SDK's clients put the path of the operation, `/`, behind that of the endpoint.
        Router::new()
            .route(SES_PATH, post(ses::answer))
            .route(&format!("{SES_PATH}/"), post(ses::answer))
            .route(SNS_PATH, post(sns::answer))
            .route(&format!("{SNS_PATH}/"), post(sns::answer))
            .route("/_local/outbox.json", get(list).delete(empty))
            .merge(page::router())
            .route_layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .route_layer(from_fn(refuse_other_sites))
            .with_state(self.clone())
    }

    fn keep_mail(&self, to: &str, Mail { subject, text, html, raw }: Mail) -> u64 {
        let links = extract::links(&text, html.as_deref());
        self.keep(|id, sent_at| Message {
            id,
            kind: Kind::Mail,
            to: to.to_owned(),
            subject: Some(subject),
            text,
            html,
            links,
            code: None,
            sent_at,
            raw,
        })
    }

    fn keep_sms(&self, to: &str, text: &str) -> u64 {
        self.keep(|id, sent_at| Message {
            id,
            kind: Kind::Sms,
            to: to.to_owned(),
            subject: None,
            text: text.to_owned(),
            html: None,
            links: extract::links(text, None),
            code: extract::code(text),
            sent_at,
            raw: None,
        })
    }

    fn keep(&self, message: impl FnOnce(u64, String) -> Message) -> u64 {
        let now = DateTime::from_secs(self.clock.now()).fmt(Format::DateTime).unwrap_or_default();
        let mut kept = self.kept();
        kept.sent += 1;
        let id = kept.sent;
        kept.messages.push_front(message(id, now));
        kept.messages.truncate(CAPACITY);
        id
    }

    /// The HTML of a mail.
    fn html(&self, id: u64) -> Option<String> {
        let kept = self.kept();
        kept.messages.iter().find(|message| message.id == id)?.html.clone()
    }

    /// A mail as it was sent.
    fn raw(&self, id: u64) -> Option<Bytes> {
        let kept = self.kept();
        kept.messages.iter().find(|message| message.id == id)?.raw.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /_local/outbox.json`
///
/// Who asks again and again names the tag of the last answer, and gets the next one when it differs.
async fn list(State(outbox): State<Outbox>, headers: HeaderMap) -> Response {
    let kept = outbox.kept();
    let tag = kept.tag();
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let Ok(json) = serde_json::to_vec(&kept.messages) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ETAG, &tag),
    ];
    (headers, json).into_response()
}

/// `DELETE /_local/outbox.json`
async fn empty(State(outbox): State<Outbox>) -> StatusCode {
    outbox.clear();
    StatusCode::NO_CONTENT
}
