//! How people are reached.

use phonenumber::country;

use super::{ConfigError, vars::Vars};

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `MAIL_FROM`: the sender, an address or `Name <address>`, which Amazon SES must have
    /// verified.
    pub from: String,
    /// `MAIL_CONFIGURATION_SET`: the SES configuration set, if one is used.
    pub configuration_set: Option<String>,
}

/// How text messages are sent.
#[derive(Clone, Debug)]
pub struct SmsConfig {
    /// `ALLOWED_PHONE_COUNTRIES`: the countries to whose numbers text messages are sent, as
    /// two-letter codes separated by commas. `CN` unless set.
    pub allowed_countries: Vec<country::Id>,
    /// `SMS_SENDER_ID`: the sender's name, where a country shows one.
    pub sender_id: Option<String>,
    /// `SMS_MAX_PRICE_USD`: what one message may cost at most. 0.50 unless set.
    pub max_price_usd: String,
}

impl MailConfig {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Option<Self> {
        let from = vars.optional("MAIL_FROM")?;
        Some(Self { from, configuration_set: vars.optional("MAIL_CONFIGURATION_SET") })
    }
}

impl SmsConfig {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        let max_price_usd = vars.optional("SMS_MAX_PRICE_USD").unwrap_or("0.50".to_owned());
        let is_plain = max_price_usd.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !is_plain || !max_price_usd.parse::<f64>().is_ok_and(|price| price > 0.0) {
            return Err(ConfigError::Invalid {
                name: "SMS_MAX_PRICE_USD",
                expected: "a price in US dollars, such as 0.50".to_owned(),
            });
        }
        let sender_id = vars.optional("SMS_SENDER_ID");
        if sender_id.as_deref().is_some_and(|id| !is_sender_id(id)) {
            return Err(ConfigError::Invalid {
                name: "SMS_SENDER_ID",
                expected: "1 to 11 letters and digits, one of them a letter".to_owned(),
            });
        }
        Ok(Self {
            allowed_countries: vars.regions("ALLOWED_PHONE_COUNTRIES")?,
            sender_id,
            max_price_usd,
        })
    }
}

/// What SNS takes as a sender ([SMS message attributes]).
///
/// [SMS message attributes]: https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
fn is_sender_id(id: &str) -> bool {
    (1..=11).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}
