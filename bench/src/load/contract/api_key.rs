//! The contract `api_key`.

use http::Method;
use serde_json::json;

use crate::{
    account::Account,
    exchange::{ANY_KEY, Exchange},
};

fn ask(kind: &'static str, email: &str, password: &str) -> Exchange {
    Exchange::new(kind, Method::POST, "/user/signin")
        .json(&json!({ "email": email, "password": password }))
        .expect(403, json!({ "error_name": "does not match" }))
}

pub(crate) fn sign_in(account: &Account) -> Exchange {
    ask("api_key: sign in", &account.email, &account.password)
        .expect(200, json!({ "api_key": ANY_KEY, "user_id": account.id }))
}

pub(crate) fn sign_in_wrong(account: &Account, guess: &str) -> Exchange {
    ask("api_key: sign in, wrong password", &account.email, guess)
}

pub(crate) fn sign_in_unknown(email: &str, guess: &str) -> Exchange {
    ask("api_key: sign in, unknown account", email, guess)
}

pub(crate) fn sign_out(key: &str) -> Exchange {
    Exchange::new("api_key: sign out", Method::POST, "/user/signout")
        .json(&json!({ "api_key": key }))
}
