//! The contract `users`: `result`, the request's own `url` and `method`, then `user` or `error`.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    error::Reason,
    http::{Answer, Call, Contract, Fault, Reply},
};

/// The contract `users`.
#[derive(Clone, Copy, Debug)]
pub struct Users;

/// What a call wants. Codes mean different things in different operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    SignOut,
    ChangePassword,
    Delete,
    Show,
    /// To sign in, to make an account, or to change it: they share their codes.
    Other,
}

impl Operation {
    fn of(call: &Call) -> Self {
        match (call.route.as_deref(), &call.method) {
            (Some("/users/sign_out"), _) => Self::SignOut,
            (Some("/users/password"), _) => Self::ChangePassword,
            (Some("/users"), &Method::DELETE) => Self::Delete,
            (Some("/users/sign_in" | "/users"), _) => Self::Other,
            _ => Self::Show,
        }
    }
}

impl Users {
    /// The cookie of a session.
    pub const COOKIE: &'static str = "_session";

    /// A success with what was asked for.
    #[must_use]
    pub fn user(call: &Call, user: Value) -> Reply {
        let mut body = envelope("Success", call);
        if let Value::Object(body) = &mut body {
            body.insert("user".to_owned(), user);
        }
        Reply::new(body)
    }

    /// A success after which there is nothing to show.
    #[must_use]
    pub fn done(call: &Call) -> Reply {
        Reply::new(envelope("Success", call))
    }
}

impl Contract for Users {
    const NAME: &'static str = "users";

    fn denied(call: &Call, reason: Reason) -> Answer {
        use Operation::{ChangePassword, Delete, Other, Show, SignOut};
        let operation = Operation::of(call);
        let bad = StatusCode::BAD_REQUEST;
        let (status, code, message) = match reason {
            Reason::Malformed
            | Reason::EmailInvalid
            | Reason::UsernameLength
            | Reason::PasswordLength
            | Reason::PhoneInvalid
            | Reason::PhoneNotSupported
            | Reason::PhoneTaken
            | Reason::SentTooOften
            | Reason::CodeWrong
            | Reason::LinkInvalid
            | Reason::ArrivalInvalid => (bad, 0, "Bad parameter."),
            Reason::PasswordTooEasy => {
                let code = if operation == ChangePassword { 4 } else { 2 };
                (bad, code, "This password is too easy.")
            }
            Reason::PasswordsDiffer => {
                let code = if operation == ChangePassword { 5 } else { 3 };
                (bad, code, "These passwords do not match.")
            }
            Reason::EmailTaken | Reason::UsernameTaken => (bad, 1, "This email address has used."),
            Reason::AccountUnknown => match operation {
                Show => (StatusCode::NOT_FOUND, 0, "There is not this user."),
                Delete => (bad, 1, "This email address is incorrect."),
                SignOut | ChangePassword | Other => (bad, 1, "There is not this email address."),
            },
            Reason::PasswordWrong => {
                let code = if operation == ChangePassword { 3 } else { 2 };
                (bad, code, "This password is incorrect.")
            }
            Reason::Banned => (bad, 3, "This user is banned."),
            Reason::NotSignedIn | Reason::TenantUnauthenticated => match operation {
                SignOut => (StatusCode::FORBIDDEN, 0, "You have not sign in yet."),
                ChangePassword | Delete | Show | Other => (bad, 2, "You have not sign in yet."),
            },
        };
        Answer { status, body: failed(call, code, message) }
    }

    fn fault(call: &Call, fault: &Fault) -> Value {
        let status = fault.status();
        let message = status.canonical_reason().unwrap_or_default();
        failed(call, status.as_u16(), message)
    }
}

fn envelope(result: &str, call: &Call) -> Value {
    json!({ "result": result, "url": call.path, "method": call.method.as_str() })
}

fn failed(call: &Call, code: u16, message: &str) -> Value {
    let mut body = envelope("Failed", call);
    if let Value::Object(body) = &mut body {
        body.insert("error".to_owned(), json!({ "code": code, "message": message }));
    }
    body
}
