//! The contract `tenant`: `{"message": …}` with status 400 for what its document refuses, and
//! `{"code": …, "message": …}` for everything else.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    error::Reason,
    http::{Answer, Call, Contract, Fault, Refusal, Reply},
};

/// The contract `tenant`.
#[derive(Clone, Copy, Debug)]
pub struct Tenant;

impl Tenant {
    /// The cookie of the web app, also on its way to an identity provider and back.
    pub const COOKIE: &'static str = "connect.sid";

    /// A success.
    #[must_use]
    pub fn success(data: Value, message: &str) -> Reply {
        Reply::new([("data", data), ("message", message.into())].into_iter().collect())
    }

    /// What is said to a parameter that is missing.
    #[must_use]
    pub fn empty(parameter: &str) -> Refusal {
        Refusal::Answered(bad_request(&format!("{parameter} empty")))
    }

    /// What is said to a parameter that is there and cannot be one. "Illigal" is how the contract
    /// spells it.
    #[must_use]
    pub fn illegal(parameter: &str) -> Refusal {
        Refusal::Answered(bad_request(&format!("provided {parameter} illigal")))
    }
}

impl Contract for Tenant {
    const NAME: &'static str = "tenant";

    fn denied(_: &Call, reason: Reason) -> Answer {
        match reason {
            // What is wrong with a parameter, its handler says: see `empty` and `illegal`.
            Reason::Malformed
            | Reason::EmailInvalid
            | Reason::UsernameLength
            | Reason::PasswordLength
            | Reason::PasswordTooEasy
            | Reason::PasswordsDiffer
            | Reason::PhoneInvalid
            | Reason::PhoneNotSupported
            | Reason::SentTooOften
            | Reason::CodeWrong
            | Reason::LinkInvalid => bad_request("request illigal"),
            Reason::ArrivalInvalid => bad_request("oauth request illigal"),
            Reason::EmailTaken | Reason::UsernameTaken | Reason::PhoneTaken => {
                bad_request("user with this username already existed")
            }
            Reason::AccountUnknown | Reason::PasswordWrong => bad_request("credentials invalid"),
            Reason::Banned => bad_request("user banned"),
            Reason::NotSignedIn => unauthorized("user unauthenticated"),
            Reason::TenantUnauthenticated => unauthorized("tenant unauthenticated"),
        }
    }

    fn fault(_: &Call, fault: &Fault) -> Value {
        coded(fault.status(), fault.words())
    }
}

fn bad_request(message: &str) -> Answer {
    Answer { status: StatusCode::BAD_REQUEST, body: json!({ "message": message }) }
}

fn unauthorized(message: &str) -> Answer {
    let status = StatusCode::UNAUTHORIZED;
    Answer { status, body: coded(status, message) }
}

fn coded(status: StatusCode, message: &str) -> Value {
    json!({ "code": status.as_u16(), "message": message })
}
