//! Why the directory did not do what it was asked to.
//!
//! No transport and no contract here: which status, code and words a reason gets is decided by
//! each contract's [envelope](crate::envelope), whose matches are exhaustive, so that a new reason
//! stops every contract from compiling until it has an answer.

use std::{fmt, time::Duration};

/// The outcome of an operation of the directory that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request was understood and refused.
    #[error("{0}")]
    Denied(Reason),
    /// A budget is used up.
    #[error("too many requests, retry after {} s", retry_after.as_secs())]
    Throttled {
        /// How long until the budget has room again.
        retry_after: Duration,
    },
    /// The database (or another service that Atrium stands on) did not do its part.
    ///
    /// Never to be folded into a [`Reason`]: an outage must not look like a wrong password.
    #[error("{0}")]
    Unavailable(#[from] Outage),
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::Denied(reason)
    }
}

/// A reason that at least one contract tells its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A parameter is missing, has the wrong type, or has a form that nothing could have.
    Malformed,
    /// The email address is none that Atrium accepts.
    EmailInvalid,
    /// The username has too few or too many characters.
    UsernameLength,
    /// The new password has too few or too many characters.
    PasswordLength,
    /// The new password is one of those that are guessed first.
    PasswordTooEasy,
    /// The new password and its repetition differ.
    PasswordsDiffer,
    /// Another account holds the email address.
    EmailTaken,
    /// Another account holds the username.
    UsernameTaken,
    /// No account has the identifier.
    AccountUnknown,
    /// The account exists, the password is not its password.
    PasswordWrong,
    /// The password is right, the account is banned.
    Banned,
    /// The request carries no live credential.
    NotSignedIn,
    /// The phone number is none.
    PhoneInvalid,
    /// The phone number is one of a country, or of a kind, to which no text messages are sent.
    PhoneNotSupported,
    /// Another account holds the phone number.
    PhoneTaken,
    /// So many mails or text messages went to this recipient of late that no other one goes now.
    SentTooOften,
    /// The code is not the one that was sent to the number, or is used up, or too old.
    CodeWrong,
    /// The link is not one that was mailed to the address, or is too old, or was taken back.
    LinkInvalid,
    /// The request comes with a tenant's credentials that are none, or the tenant is disabled.
    TenantUnauthenticated,
    /// The browser comes from an identity provider to which it was not sent a moment ago, or has not
    /// signed in there.
    ArrivalInvalid,
}

impl Reason {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 20] = [
        Self::Malformed,
        Self::EmailInvalid,
        Self::UsernameLength,
        Self::PasswordLength,
        Self::PasswordTooEasy,
        Self::PasswordsDiffer,
        Self::EmailTaken,
        Self::UsernameTaken,
        Self::AccountUnknown,
        Self::PasswordWrong,
        Self::Banned,
        Self::NotSignedIn,
        Self::PhoneInvalid,
        Self::PhoneNotSupported,
        Self::PhoneTaken,
        Self::SentTooOften,
        Self::CodeWrong,
        Self::LinkInvalid,
        Self::TenantUnauthenticated,
        Self::ArrivalInvalid,
    ];
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed request",
            Self::EmailInvalid => "email invalid",
            Self::UsernameLength => "username length",
            Self::PasswordLength => "password length",
            Self::PasswordTooEasy => "password too easy",
            Self::PasswordsDiffer => "passwords differ",
            Self::EmailTaken => "email taken",
            Self::UsernameTaken => "username taken",
            Self::AccountUnknown => "account unknown",
            Self::PasswordWrong => "password wrong",
            Self::Banned => "account banned",
            Self::NotSignedIn => "not signed in",
            Self::PhoneInvalid => "phone invalid",
            Self::PhoneNotSupported => "phone not supported",
            Self::PhoneTaken => "phone taken",
            Self::SentTooOften => "sent too often",
            Self::CodeWrong => "code wrong",
            Self::LinkInvalid => "link invalid",
            Self::TenantUnauthenticated => "tenant unauthenticated",
            Self::ArrivalInvalid => "arrival invalid",
        })
    }
}

/// What failed underneath, for the log: names of operations and error codes, never data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Outage(String);

impl Outage {
    /// An outage described by `cause`, which must not contain identifiers, addresses or secrets.
    #[must_use]
    pub fn new(cause: impl Into<String>) -> Self {
        Self(cause.into())
    }
}
