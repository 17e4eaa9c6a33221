//! The function `bounces`: what Amazon SES tells of mails that came back, or were called spam, and has
//! SNS deliver. It is no door: no route leads to it, and nobody waits for an answer.
//!
//! The addresses are marked, and nothing is mailed to them any more. An event that cannot be read or
//! written down is an error, so that Lambda tries again, and then puts it into the queue of what is
//! left over. SNS delivers at least once and in any order; the directory keeps the newest.
//!
//! Only SNS may invoke the function, for one topic, and only SES may publish there. That the topic is
//! that one is looked at here, too.

use aws_smithy_types::{DateTime, date_time::Format};
use serde_json::Value;
use shared::{
    directory::{Directory, MailMark, MailState},
    error::Error,
    identifier::Email,
};

/// Why an event was not dealt with. Says nothing of what was in it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It is not what SES publishes through SNS.
    #[error("the event cannot be read: {0}")]
    Malformed(&'static str),
    /// It comes from another topic.
    #[error("the event is of another topic")]
    ForeignTopic,
    /// It could not be written down.
    #[error("the address could not be marked: {0}")]
    Unmarked(#[source] Error),
}

/// Marks the addresses of an event's records. If one of the records fails, the others are dealt with
/// all the same, and again when the event comes again.
///
/// # Errors
///
/// [`Failure`], the first.
pub async fn mark(event: &Value, topic: &str, directory: &Directory) -> Result<(), Failure> {
    let records = event["Records"].as_array().filter(|records| !records.is_empty());
    let records = records.ok_or(Failure::Malformed("it has no records"))?;
    let mut outcome = Ok(());
    for record in records {
        if let Err(failure) = mark_record(record, topic, directory).await {
            tracing::error!(%failure, "a record was not dealt with");
            outcome = outcome.and(Err(failure));
        }
    }
    outcome
}

async fn mark_record(record: &Value, topic: &str, directory: &Directory) -> Result<(), Failure> {
    let Some(report) = read(record, topic)? else { return Ok(()) };
    let mut outcome = Ok(());
    for address in &report.addresses {
        match directory.mark_undeliverable(address, report.mark).await {
            Ok(is_new) => {
                let state = report.mark.state.as_str();
                tracing::info!(state, is_new, "nothing is mailed to an address any more");
            }
            Err(error) => outcome = outcome.and(Err(Failure::Unmarked(error))),
        }
    }
    outcome
}

/// What SES has told of a mail.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    addresses: Vec<Email>,
    mark: MailMark,
}

/// What SES publishes once, when it is told of the topic, to see whether it may.
const TRIAL: &str = "Successfully validated SNS topic for Amazon SES event publishing.";

/// Reads a record: none if it marks nobody. [Contents of an event].
///
/// [Contents of an event]: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
fn read(record: &Value, topic: &str) -> Result<Option<Report>, Failure> {
    let sns = &record["Sns"];
    if sns["TopicArn"] != topic {
        return Err(Failure::ForeignTopic);
    }
    let message = sns["Message"].as_str().ok_or(Failure::Malformed("it has no message"))?;
    if message.trim() == TRIAL {
        return Ok(None);
    }
    let event: Value =
        serde_json::from_str(message).map_err(|_| Failure::Malformed("its message is no JSON"))?;
    let (state, at, recipients) = match text(&event, "/eventType") {
        Some("Bounce") => match text(&event, "/bounce/bounceType") {
            Some("Permanent") => {
                (MailState::Bounced, "/bounce/timestamp", "/bounce/bouncedRecipients")
            }
            // A full mailbox, a message too large: the next mail may arrive.
            Some("Transient" | "Undetermined") => {
                tracing::warn!("a mail came back, but not for good");
                return Ok(None);
            }
            _ => return Err(Failure::Malformed("it has no type of bounce")),
        },
        Some("Complaint") => {
            (MailState::Complained, "/complaint/timestamp", "/complaint/complainedRecipients")
        }
        Some(_) => {
            tracing::info!("an event that marks nobody");
            return Ok(None);
        }
        None => return Err(Failure::Malformed("it has no type")),
    };
    let at = text(&event, at).and_then(|at| DateTime::from_str(at, Format::DateTime).ok());
    let at_ms =
        at.and_then(|at| at.to_millis().ok()).ok_or(Failure::Malformed("it has no time"))?;
    let addresses = addresses(&event, recipients)?;
    Ok(Some(Report { addresses, mark: MailMark { state, at_ms } }))
}

/// Where the mail went. Atrium writes to one address at a time, so that is the one: who has answered
/// may be another, that the mail was forwarded to.
fn addresses(event: &Value, recipients: &str) -> Result<Vec<Email>, Failure> {
    let texts: Vec<_> = match list(event, "/mail/destination") {
        [only] => vec![only],
        _ => {
            let recipients = list(event, recipients).iter();
            recipients.map(|one| one.get("emailAddress").unwrap_or(&Value::Null)).collect()
        }
    };
    let parse = |text: &Value| Email::parse(text.as_str()?.trim());
    let addresses: Option<Vec<_>> = texts.into_iter().map(parse).collect();
    let addresses = addresses.filter(|addresses| !addresses.is_empty());
    addresses.ok_or(Failure::Malformed("it names no address that is written to"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
