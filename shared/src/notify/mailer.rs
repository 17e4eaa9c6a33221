//! Mails by Amazon SES.

use aws_sdk_ses::{Client, primitives::Blob, types::RawMessage};

use super::{Language, Mail, compose, outage::not_composed};
use crate::{aws_call::unavailable, clock::Clock, error::Error, identifier::Email};

/// Sends mails. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Mailer {
    client: Client,
    from: Sender,
    configuration_set: Option<String>,
    clock: Clock,
}

impl Mailer {
    /// A mailer whose mails come from `from`: an address, or a name and the address in angle
    /// brackets. SES reports what becomes of them to the `configuration_set`.
    ///
    /// # Errors
    ///
    /// [`InvalidSender`].
    pub fn new(
        client: Client,
        from: &str,
        configuration_set: Option<String>,
        clock: Clock,
    ) -> Result<Self, InvalidSender> {
        let from = Sender::parse(from).ok_or(InvalidSender)?;
        Ok(Self { client, from, configuration_set, clock })
    }

    /// Hands the mail to SES, which may still fail to deliver it.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when SES does not say that it has taken the mail.
    pub async fn send(&self, to: &Email, mail: &Mail<'_>, language: Language) -> Result<(), Error> {
        let message = compose::message(&self.from, to, *mail, language, self.clock.now())?;
        let message = RawMessage::builder()
            .data(Blob::new(message))
            .build()
            .map_err(|_| not_composed("SendRawEmail"))?;
        self.client
            .send_raw_email()
            .source(&self.from.address)
            // Said here, the recipient is not taken from the message's headers.
            .destinations(to.as_str())
            .set_configuration_set_name(self.configuration_set.clone())
            .raw_message(message)
            .send()
            .await
            .map_err(|error| unavailable("SendRawEmail", &error))?;
        Ok(())
    }
}

/// The sender is not one that a mail can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender must be an email address, or a name and an address in angle brackets")]
pub struct InvalidSender;

/// Whom a mail comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) name: Option<String>,
    pub(super) address: String,
}

impl Sender {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(text) => text.rsplit_once('<')?,
            None => ("", text),
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if name.contains(|c: char| c.is_control() || "<>\"\\".contains(c)) {
            return None;
        }
        let canonical = Email::parse(address)?;
        let (local, _) = address.rsplit_once('@')?;
        let (_, domain) = canonical.as_str().rsplit_once('@')?;
        Some(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            // SES tells cases apart in the local part of the addresses that it has verified.
            address: format!("{local}@{domain}"),
        })
    }

    pub(super) fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}
