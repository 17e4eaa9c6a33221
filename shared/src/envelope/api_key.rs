//! The contract `api_key`: `{"error_name": …}`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    error::Reason,
    http::{Answer, Call, Contract, Fault},
};

/// The contract `api_key`.
#[derive(Clone, Copy, Debug)]
pub struct ApiKey;

impl Contract for ApiKey {
    const NAME: &'static str = "api_key";

    fn denied(_: &Call, reason: Reason) -> Answer {
        let name = match reason {
            Reason::Malformed => "lack of parameters",
            Reason::EmailInvalid
            | Reason::UsernameLength
            | Reason::PasswordLength
            | Reason::PasswordTooEasy
            | Reason::PasswordsDiffer
            | Reason::EmailTaken
            | Reason::UsernameTaken
            | Reason::AccountUnknown
            | Reason::PasswordWrong
            | Reason::Banned
            | Reason::NotSignedIn
            | Reason::PhoneInvalid
            | Reason::PhoneNotSupported
            | Reason::PhoneTaken
            | Reason::SentTooOften
            | Reason::CodeWrong
            | Reason::LinkInvalid
            | Reason::TenantUnauthenticated
            | Reason::ArrivalInvalid => "does not match",
        };
        // The document names no status; the server that it describes answers 403.
        Answer { status: StatusCode::FORBIDDEN, body: error(name) }
    }

    fn fault(_: &Call, fault: &Fault) -> Value {
        error(fault.words())
    }
}

fn error(name: &str) -> Value {
    json!({ "error_name": name })
}
