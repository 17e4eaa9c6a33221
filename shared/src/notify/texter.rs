//! Text messages by Amazon SNS.

use aws_sdk_sns::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
    types::MessageAttributeValue,
};

use super::{Language, compose, outage::not_composed};
use crate::{aws_call::unavailable, error::Error, identifier::Phone};

/// Sends text messages. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Texter {
    client: Client,
    settings: TexterSettings,
}

/// How text messages are sent.
#[derive(Clone, Debug)]
pub struct TexterSettings {
    /// The sender that phones show, in countries that allow one.
    pub sender_id: Option<String>,
    /// What one message may cost, in US dollars. SNS drops one that would cost more.
    pub max_price_usd: String,
}

/// What became of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsOutcome {
    /// SNS has taken it.
    Sent,
    /// Nothing was sent: the owner of the number wants no messages.
    OptedOut,
}

impl Texter {
    /// A texter with these settings.
    #[must_use]
    pub const fn new(client: Client, settings: TexterSettings) -> Self {
        Self { client, settings }
    }

    /// Hands a message with the code to SNS, which may still fail to deliver it.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when SNS does not say that it has taken the message.
    pub async fn send_code(
        &self,
        to: &Phone,
        code: &str,
        minutes: u32,
        language: Language,
    ) -> Result<SmsOutcome, Error> {
        let message =
            compose::code(code, minutes, language).map_err(|_| not_composed("Publish"))?;
        let mut publish = self
            .client
            .publish()
            .phone_number(to.as_str())
            .message(message)
            .message_attributes("AWS.SNS.SMS.SMSType", attribute("String", "Transactional")?)
            .message_attributes(
                "AWS.SNS.SMS.MaxPrice",
                attribute("Number", &self.settings.max_price_usd)?,
            );
        if let Some(sender) = &self.settings.sender_id {
            publish =
                publish.message_attributes("AWS.SNS.SMS.SenderID", attribute("String", sender)?);
        }
        match publish.send().await {
            Ok(_) => Ok(SmsOutcome::Sent),
            Err(error) if is_opted_out(&error) => {
                tracing::warn!("a phone number has opted out of text messages");
                Ok(SmsOutcome::OptedOut)
            }
            Err(error) => Err(unavailable("Publish", &error).into()),
        }
    }
}

/// Whether SNS refused the message because of its recipient's wish. It may as well take such a
/// message and drop it, which only its delivery log tells.
fn is_opted_out<R>(error: &SdkError<PublishError, R>) -> bool {
    match error.code() {
        Some("OptedOut") => true,
        Some("InvalidParameter") => {
            let message = error.message().unwrap_or_default().to_ascii_lowercase();
            message.contains("opted out")
        }
        _ => false,
    }
}

fn attribute(data_type: &str, value: &str) -> Result<MessageAttributeValue, Error> {
    MessageAttributeValue::builder()
        .data_type(data_type)
        .string_value(value)
        .build()
        .map_err(|_| not_composed("Publish"))
}
