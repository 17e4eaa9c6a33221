//! The stand-in for Amazon SES.

use axum::{body::Bytes, extract::State, response::Response};
use data_encoding::BASE64;
use mail_parser::{Address, MessageParser, PartType};

use super::{
    Mail, Outbox,
    query::{Parameters, Refusal, reply},
};

const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

/// `POST /_local/ses`
pub(super) async fn answer(State(outbox): State<Outbox>, body: Bytes) -> Response {
    let parameters = Parameters::parse(&body);
    match parameters.get("Action") {
        Some(action @ "SendRawEmail") => {
            reply(NAMESPACE, action, send_raw_email(&outbox, &parameters))
        }
        Some(action @ "SendEmail") => reply(NAMESPACE, action, send_email(&outbox, &parameters)),
        _ => reply(NAMESPACE, "", Err(Refusal::unknown_action(&parameters))),
    }
}

fn send_raw_email(outbox: &Outbox, parameters: &Parameters) -> Result<u64, Refusal> {
    let unreadable = || Refusal::new("MessageRejected", "the mail cannot be read");
    let raw = parameters.get("RawMessage.Data").ok_or_else(unreadable)?;
    let raw = Bytes::from(BASE64.decode(raw.as_bytes()).map_err(|_| unreadable())?);
    let parsed = MessageParser::default().parse(&raw).ok_or_else(unreadable)?;
    if parameters.get("Source").is_none() && parsed.from().is_none() {
        return Err(Refusal::new("InvalidParameterValue", "the mail has no sender"));
    }

    let mut recipients: Vec<_> = parameters.members("Destinations").map(bare).collect();
    if recipients.is_empty() {
        let headers = [parsed.to(), parsed.cc(), parsed.bcc()].into_iter().flatten();
        recipients =
            headers.flat_map(Address::iter).filter_map(|recipient| recipient.address()).collect();
    }
    // A part that is not there is not made up from the other one: a mail without a text has none.
    let text = parsed.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(with_plain_line_ends(text)),
        _ => None,
    });
    let html = parsed.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(with_plain_line_ends(html)),
        _ => None,
    });
    let subject = parsed.subject().unwrap_or_default().to_owned();
    let text = text.unwrap_or_default();
    deliver(outbox, &recipients, &Mail { subject, text, html, raw: Some(raw.clone()) })
}

fn send_email(outbox: &Outbox, parameters: &Parameters) -> Result<u64, Refusal> {
    if parameters.get("Source").is_none() {
        return Err(Refusal::new("InvalidParameterValue", "the mail has no sender"));
    }
    let lists = ["Destination.ToAddresses", "Destination.CcAddresses", "Destination.BccAddresses"];
    let recipients = lists.into_iter().flat_map(|list| parameters.members(list)).map(bare);
    let text = |name| parameters.get(name).map(str::to_owned);
    let mail = Mail {
        subject: text("Message.Subject.Data").unwrap_or_default(),
        text: text("Message.Body.Text.Data").unwrap_or_default(),
        html: text("Message.Body.Html.Data"),
        raw: None,
    };
    deliver(outbox, &recipients.collect::<Vec<_>>(), &mail)
}

/// Keeps the mail once for each recipient, and tells the id of the first.
fn deliver(outbox: &Outbox, recipients: &[&str], mail: &Mail) -> Result<u64, Refusal> {
    let ids = recipients.iter().map(|recipient| outbox.keep_mail(recipient, mail.clone()));
    let nobody = || Refusal::new("InvalidParameterValue", "the mail has no recipient");
    ids.reduce(|first, _| first).ok_or_else(nobody)
}

/// `ann@example.com` of `Ann <ann@example.com>`.
fn bare(recipient: &str) -> &str {
    let inside = recipient.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or(recipient, |(address, _)| address).trim()
}

/// Lines end with CRLF on the wire alone.
fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}
