//! How much anyone may do.

use super::{ConfigError, DAY, HOUR, MINUTE, vars::Vars};
use crate::clock::Seconds;

/// So many events in the window that the first of them opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// How long the window is.
    pub window: Seconds,
}

/// How much anyone may do. A success gives back what it took from the guess budgets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `LIMIT_GUESSES_PER_ACCOUNT`: wrong passwords for one account in 15 minutes. 10 unless set.
    pub guesses_per_account: Limit,
    /// `LIMIT_GUESSES_PER_ADDRESS`: wrong passwords from one client address in 15 minutes. 100
    /// unless set.
    pub guesses_per_address: Limit,
    /// `LIMIT_SIGN_UPS_PER_ADDRESS`: sign-ups from one client address in an hour. 20 unless set.
    pub sign_ups_per_address: Limit,
    /// `LIMIT_DISCLOSURES_PER_ADDRESS`: replies to one client address in an hour that reveal
    /// whether an account exists. 100 unless set.
    pub disclosures_per_address: Limit,
    /// `LIMIT_GUESSES_PER_TENANT`: wrong passwords in 15 minutes through one tenant's client apps,
    /// which count here and not by their addresses. 10000 unless set.
    pub guesses_per_tenant: Limit,
    /// `LIMIT_SIGN_UPS_PER_TENANT`: sign-ups in an hour through one tenant's client apps. 2000
    /// unless set.
    pub sign_ups_per_tenant: Limit,
    /// `LIMIT_DISCLOSURES_PER_TENANT`: replies in an hour to one tenant's client apps that reveal
    /// whether an account exists. 10000 unless set.
    pub disclosures_per_tenant: Limit,
    /// `LIMIT_OAUTH_STARTS_PER_ADDRESS`: how often one client address is sent to an identity
    /// provider in an hour. 100 unless set.
    pub oauth_starts_per_address: Limit,
    /// `LIMIT_MAILS_PER_RECIPIENT`: mails that strangers cause to one address in a day, notices not
    /// counted. 5 unless set.
    pub mails_per_recipient: Limit,
    /// `LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS`: those of them that one client address causes. 2
    /// unless set.
    pub mails_per_recipient_and_address: Limit,
    /// `MAIL_INTERVAL_SECONDS`: one mail to one address in so many seconds. 60 unless set.
    pub mail_interval: Limit,
    /// `LIMIT_NOTICES_PER_ACCOUNT`: notices to one account in a day. 20 unless set.
    pub notices_per_account: Limit,
    /// `SMS_INTERVAL_SECONDS`: one text message to one number in so many seconds. 60 unless set.
    pub sms_interval: Limit,
    /// `LIMIT_SMS_PER_NUMBER`: text messages to one number in a day. 5 unless set.
    pub sms_per_number: Limit,
    /// `LIMIT_SMS_PER_ADDRESS`: text messages that one client address causes in a day. 20 unless
    /// set.
    pub sms_per_address: Limit,
    /// `LIMIT_SMS_PER_DAY`: text messages to anyone in a day. 1000 unless set.
    pub sms_per_day: Limit,
    /// `LIMIT_CODE_TRIES`: wrong codes for one number in an hour. 5 unless set.
    pub code_tries: Limit,
    /// `KNOWN_ADDRESS_DAYS`: for so many days after a sign-in its client address has a guess
    /// budget of its own for that account. 30 unless set.
    pub known_address: Seconds,
}

impl Limits {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        let limit = |name, default, window| {
            let count = vars.number(name, default, 1..=1_000_000_000)?;
            Ok(Limit { count, window })
        };
        let interval = |name| {
            let window = vars.number(name, 60, 1..=86_400)?.into();
            Ok(Limit { count: 1, window })
        };
        Ok(Self {
            guesses_per_account: limit("LIMIT_GUESSES_PER_ACCOUNT", 10, 15 * MINUTE)?,
            guesses_per_address: limit("LIMIT_GUESSES_PER_ADDRESS", 100, 15 * MINUTE)?,
            sign_ups_per_address: limit("LIMIT_SIGN_UPS_PER_ADDRESS", 20, HOUR)?,
            disclosures_per_address: limit("LIMIT_DISCLOSURES_PER_ADDRESS", 100, HOUR)?,
            guesses_per_tenant: limit("LIMIT_GUESSES_PER_TENANT", 10_000, 15 * MINUTE)?,
            sign_ups_per_tenant: limit("LIMIT_SIGN_UPS_PER_TENANT", 2000, HOUR)?,
            disclosures_per_tenant: limit("LIMIT_DISCLOSURES_PER_TENANT", 10_000, HOUR)?,
            oauth_starts_per_address: limit("LIMIT_OAUTH_STARTS_PER_ADDRESS", 100, HOUR)?,
            mails_per_recipient: limit("LIMIT_MAILS_PER_RECIPIENT", 5, DAY)?,
            mails_per_recipient_and_address: limit(
                "LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS",
                2,
                DAY,
            )?,
            mail_interval: interval("MAIL_INTERVAL_SECONDS")?,
            notices_per_account: limit("LIMIT_NOTICES_PER_ACCOUNT", 20, DAY)?,
            sms_interval: interval("SMS_INTERVAL_SECONDS")?,
            sms_per_number: limit("LIMIT_SMS_PER_NUMBER", 5, DAY)?,
            sms_per_address: limit("LIMIT_SMS_PER_ADDRESS", 20, DAY)?,
            sms_per_day: limit("LIMIT_SMS_PER_DAY", 1000, DAY)?,
            code_tries: limit("LIMIT_CODE_TRIES", 5, HOUR)?,
            known_address: vars.days("KNOWN_ADDRESS_DAYS", 30)?,
        })
    }
}
