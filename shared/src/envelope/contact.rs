//! The contract `contact`: `{"state": …, "msg": …}`, with status 200 for all that its document
//! speaks of.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    error::Reason,
    http::{Answer, Call, Contract, Fault, Reply},
};

/// The contract `contact`.
#[derive(Clone, Copy, Debug)]
pub struct Contact;

impl Contact {
    /// The cookie of a session.
    pub const COOKIE: &'static str = "token";

    /// A success.
    #[must_use]
    pub fn success() -> Reply {
        Reply::new(body(200, "success"))
    }

    /// A success with what came of it.
    #[must_use]
    pub fn success_with(content: Value) -> Reply {
        let parts = [("content", content), ("state", 200.into()), ("msg", "success".into())];
        Reply::new(parts.into_iter().collect())
    }
}

impl Contract for Contact {
    const NAME: &'static str = "contact";

    fn denied(call: &Call, reason: Reason) -> Answer {
        let route = call.route.as_deref().unwrap_or_default();
        let by_phone = route.starts_with("/phone/");
        // Registering by phone answers 404 where everything else answers 400.
        let bad = if route.starts_with("/phone/users") { 404 } else { 400 };
        let (state, message) = match reason {
            Reason::Malformed | Reason::UsernameLength | Reason::PasswordsDiffer => {
                (bad, "message required")
            }
            Reason::EmailInvalid => (400, "email invalid"),
            Reason::PhoneInvalid => (404, "phone invalid"),
            Reason::PhoneNotSupported => (404, "phone not supported"),
            Reason::PasswordLength | Reason::PasswordTooEasy => (bad, "password invalid"),
            Reason::EmailTaken | Reason::UsernameTaken => (402, "email has exist"),
            Reason::PhoneTaken => (402, "phone has exist"),
            Reason::SentTooOften => (402, "send too frequently"),
            Reason::LinkInvalid | Reason::ArrivalInvalid => (404, "email not found"),
            Reason::CodeWrong => (404, "wrong code"),
            Reason::AccountUnknown | Reason::NotSignedIn | Reason::TenantUnauthenticated => {
                (404, if by_phone { "phone not exists" } else { "email not exists" })
            }
            Reason::PasswordWrong => (404, "wrong password"),
            Reason::Banned => (403, "user banned"),
        };
        // The document prints an empty content with these two, and with no other refusal.
        let body = match reason {
            Reason::LinkInvalid | Reason::PhoneTaken => {
                json!({ "content": null, "state": state, "msg": message })
            }
            _ => body(state, message),
        };
        Answer { status: StatusCode::OK, body }
    }

    fn fault(_: &Call, fault: &Fault) -> Value {
        body(fault.status().as_u16(), fault.words())
    }
}

fn body(state: u16, message: &str) -> Value {
    json!({ "state": state, "msg": message })
}
