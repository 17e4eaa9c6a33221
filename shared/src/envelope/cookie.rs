//! The contract `cookie`: `{"status": "failed", "desc": …, "error_code": …}`, with status 200 for
//! what its forms refuse.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    error::Reason,
    http::{Answer, Call, Contract, Fault},
};

/// The contract `cookie`.
#[derive(Clone, Copy, Debug)]
pub struct Cookie;

/// An error code and its description. The contract's own list of them was never published; this
/// one is, in `docs/contracts/cookie.md`.
type Code = (u16, &'static str);

const INTERNAL_ERROR: Code = (100, "internal error");
const LOGIN_REQUIRED: Code = (101, "login required");
const INCORRECT: Code = (102, "user name or password incorrect");
const INVALID_PARAMETERS: Code = (103, "invalid parameters");
const LENGTH: Code = (104, "username or password length");
const USERNAME_TAKEN: Code = (105, "username taken");
const EMAIL_TAKEN: Code = (106, "email taken");
const EMAIL_INVALID: Code = (107, "email invalid");
const TOO_MANY_REQUESTS: Code = (108, "too many requests");
const BANNED: Code = (109, "user banned");
const SERVICE_UNAVAILABLE: Code = (110, "service unavailable");
const NOT_FOUND: Code = (111, "not found");
const FORBIDDEN: Code = (112, "forbidden");

impl Cookie {
    /// The cookie of a session.
    pub const COOKIE: &'static str = "sessionid";
}

impl Contract for Cookie {
    const NAME: &'static str = "cookie";

    fn denied(_: &Call, reason: Reason) -> Answer {
        let (status, code) = match reason {
            Reason::Malformed
            | Reason::PasswordsDiffer
            | Reason::PhoneInvalid
            | Reason::PhoneNotSupported
            | Reason::PhoneTaken
            | Reason::SentTooOften
            | Reason::CodeWrong
            | Reason::LinkInvalid
            | Reason::ArrivalInvalid => (StatusCode::OK, INVALID_PARAMETERS),
            // Too easy is only refused under a hardened policy; the document knows no other
            // complaint about passwords than their length.
            Reason::UsernameLength | Reason::PasswordLength | Reason::PasswordTooEasy => {
                (StatusCode::OK, LENGTH)
            }
            Reason::EmailInvalid => (StatusCode::OK, EMAIL_INVALID),
            Reason::EmailTaken => (StatusCode::OK, EMAIL_TAKEN),
            Reason::UsernameTaken => (StatusCode::OK, USERNAME_TAKEN),
            Reason::AccountUnknown | Reason::PasswordWrong => (StatusCode::OK, INCORRECT),
            Reason::Banned => (StatusCode::OK, BANNED),
            Reason::NotSignedIn | Reason::TenantUnauthenticated => {
                (StatusCode::UNAUTHORIZED, LOGIN_REQUIRED)
            }
        };
        Answer { status, body: failed(code) }
    }

    fn fault(_: &Call, fault: &Fault) -> Value {
        failed(match fault {
            Fault::ForeignOrigin => FORBIDDEN,
            Fault::NotFound | Fault::MethodNotAllowed => NOT_FOUND,
            Fault::BodyTooLarge | Fault::UnsupportedMediaType => INVALID_PARAMETERS,
            Fault::TooManyRequests { .. } => TOO_MANY_REQUESTS,
            Fault::Internal => INTERNAL_ERROR,
            Fault::Unavailable { .. } => SERVICE_UNAVAILABLE,
        })
    }
}

fn failed((code, description): Code) -> Value {
    json!({ "status": "failed", "desc": description, "error_code": code })
}
