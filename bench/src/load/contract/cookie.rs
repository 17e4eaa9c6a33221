//! The contract `cookie`.

use http::Method;
use serde_json::{Value, json};

use crate::{
    account::Account,
    exchange::{ANY_ID, Exchange},
};

/// The name of the session's cookie.
pub(crate) const COOKIE: &str = "sessionid";

fn failed(code: u16, description: &str) -> Value {
    json!({ "status": "failed", "desc": description, "error_code": code })
}

fn register_as(kind: &'static str, account: &Account) -> Exchange {
    Exchange::new(kind, Method::POST, "/api/v1/user/register/").json(&json!({
        "username": account.username,
        "password": account.password,
        "email": account.email,
    }))
}

pub(crate) fn register(account: &Account) -> Exchange {
    register_as("cookie: register", account)
        .expect(200, json!({ "status": "success", "user_id": ANY_ID }))
}

/// An account whose username or email address another one has.
pub(crate) fn register_taken(account: &Account, username_too: bool) -> Exchange {
    let failed =
        if username_too { failed(105, "username taken") } else { failed(106, "email taken") };
    register_as("cookie: register, taken", account).expect(200, failed)
}

fn ask(kind: &'static str, username: &str, password: &str) -> Exchange {
    Exchange::new(kind, Method::POST, "/api/v1/user/login/")
        .json(&json!({ "username": username, "password": password }))
        .expect(200, failed(102, "user name or password incorrect"))
}

pub(crate) fn log_in(account: &Account) -> Exchange {
    ask("cookie: log in", account.shown_username(), &account.password)
        .cookie(COOKIE, account.cookie.live.as_deref())
        .expect(
            200,
            json!({
                "status": "success",
                "username": account.shown_username(),
                "email": account.email,
                "uid": account.id.to_string(),
            }),
        )
        .sets(COOKIE)
}

pub(crate) fn log_in_wrong(account: &Account, guess: &str) -> Exchange {
    ask("cookie: log in, wrong password", account.shown_username(), guess)
}

pub(crate) fn log_in_unknown(email: &str, guess: &str) -> Exchange {
    ask("cookie: log in, unknown account", email, guess)
}

pub(crate) fn log_out(account: &Account, live: &str) -> Exchange {
    Exchange::new("cookie: log out", Method::POST, "/api/v1/user/logout/")
        .cookie(COOKIE, Some(live))
        .expect(200, json!({ "status": "success", "uid": account.id }))
}

pub(crate) fn log_out_dead(dead: &str) -> Exchange {
    Exchange::new("cookie: log out, ended session", Method::POST, "/api/v1/user/logout/")
        .cookie(COOKIE, Some(dead))
        .expect(401, failed(101, "login required"))
}
