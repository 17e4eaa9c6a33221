//! The contract `users`.

use http::Method;
use serde_json::{Value, json};

use crate::{
    account::Account,
    exchange::{ANY_ID, Exchange},
};

/// The name of the session's cookie.
pub(crate) const COOKIE: &str = "_session";

trait Enveloped {
    fn done(self, user: Value) -> Self;
    fn failed(self, status: u16, code: u16, message: &str) -> Self;
}

impl Enveloped for Exchange {
    fn done(self, user: Value) -> Self {
        let (url, method) = (self.path.clone(), self.method.to_string());
        self.expect(200, json!({ "result": "Success", "url": url, "method": method, "user": user }))
    }

    fn failed(self, status: u16, code: u16, message: &str) -> Self {
        let (url, method) = (self.path.clone(), self.method.to_string());
        let error = json!({ "code": code, "message": message });
        self.expect(
            status,
            json!({ "result": "Failed", "url": url, "method": method, "error": error }),
        )
    }
}

fn own(account: &Account) -> Value {
    json!({ "id": account.id, "name": account.shown_name(), "email": account.email })
}

fn create_as(kind: &'static str, account: &Account, password: &str, repetition: &str) -> Exchange {
    Exchange::new(kind, Method::POST, "/users").json(&json!({ "user": {
        "name": account.name,
        "email": account.email,
        "password": password,
        "password_confirm": repetition,
    } }))
}

pub(crate) fn create(account: &Account) -> Exchange {
    create_as("users: sign up", account, &account.password, &account.password)
        .done(json!({ "id": ANY_ID, "name": account.shown_name(), "email": account.email }))
}

pub(crate) fn create_taken(account: &Account) -> Exchange {
    create_as("users: sign up, taken", account, &account.password, &account.password).failed(
        400,
        1,
        "This email address has used.",
    )
}

pub(crate) fn create_mismatch(account: &Account) -> Exchange {
    create_as("users: sign up, refused password", account, &account.password, "another one").failed(
        400,
        3,
        "These passwords do not match.",
    )
}

pub(crate) fn create_easy(account: &Account) -> Exchange {
    create_as("users: sign up, refused password", account, "qwertyuiop", "qwertyuiop").failed(
        400,
        2,
        "This password is too easy.",
    )
}

fn ask(kind: &'static str, email: &str, password: &str) -> Exchange {
    Exchange::new(kind, Method::POST, "/users/sign_in")
        .json(&json!({ "user": { "email": email, "password": password } }))
}

pub(crate) fn sign_in(account: &Account) -> Exchange {
    ask("users: sign in", &account.email, &account.password)
        .cookie(COOKIE, account.users.live.as_deref())
        .done(own(account))
        .sets(COOKIE)
}

pub(crate) fn sign_in_wrong(account: &Account, guess: &str) -> Exchange {
    ask("users: sign in, wrong password", &account.email, guess).failed(
        400,
        2,
        "This password is incorrect.",
    )
}

pub(crate) fn sign_in_unknown(email: &str, guess: &str) -> Exchange {
    ask("users: sign in, unknown account", email, guess).failed(
        400,
        1,
        "There is not this email address.",
    )
}

pub(crate) fn sign_out(account: &Account, live: &str) -> Exchange {
    Exchange::new("users: sign out", Method::DELETE, "/users/sign_out")
        .cookie(COOKIE, Some(live))
        .done(own(account))
}

pub(crate) fn sign_out_dead(dead: &str) -> Exchange {
    Exchange::new("users: sign out, ended session", Method::DELETE, "/users/sign_out")
        .cookie(COOKIE, Some(dead))
        .failed(403, 0, "You have not sign in yet.")
}

pub(crate) fn show(account: &Account) -> Exchange {
    Exchange::new("users: show", Method::GET, format!("/users/{}", account.id))
        .done(json!({ "name": account.shown_name(), "upload_emoji": [] }))
}

pub(crate) fn show_unknown(id: u64) -> Exchange {
    Exchange::new("users: show, unknown account", Method::GET, format!("/users/{id}")).failed(
        404,
        0,
        "There is not this user.",
    )
}

fn update(kind: &'static str, account: &Account, change: &Value) -> Exchange {
    Exchange::new(kind, Method::PATCH, "/users")
        .json(&json!({ "user": change }))
        .cookie(COOKIE, account.users.live.as_deref())
}

pub(crate) fn change_name(account: &Account, name: &str) -> Exchange {
    let after = json!({ "id": account.id, "name": name, "email": account.email });
    update("users: change name", account, &json!({ "name": name })).done(after)
}

pub(crate) fn change_email(account: &Account, email: &str) -> Exchange {
    let after = json!({ "id": account.id, "name": account.shown_name(), "email": email });
    update("users: change email", account, &json!({ "email": email })).done(after)
}

pub(crate) fn change_email_taken(account: &Account, email: &str) -> Exchange {
    update("users: change email, taken", account, &json!({ "email": email })).failed(
        400,
        1,
        "This email address has used.",
    )
}

pub(crate) fn change_name_signed_out(account: &Account, name: &str) -> Exchange {
    update("users: change name, signed out", account, &json!({ "name": name }))
        .cookie(COOKIE, account.users.dead.as_deref())
        .failed(400, 2, "You have not sign in yet.")
}

fn change_password_as(kind: &'static str, account: &Account, old: &str, new: &str) -> Exchange {
    Exchange::new(kind, Method::PATCH, "/users/password")
        .json(&json!({ "user": {
            "old_password": old,
            "new_password": new,
            "new_password_confirm": new,
        } }))
        .cookie(COOKIE, account.users.live.as_deref())
}

pub(crate) fn change_password(account: &Account, new: &str) -> Exchange {
    change_password_as("users: change password", account, &account.password, new)
        .done(own(account))
        .sets(COOKIE)
}

pub(crate) fn change_password_wrong(account: &Account, guess: &str, new: &str) -> Exchange {
    change_password_as("users: change password, wrong password", account, guess, new).failed(
        400,
        3,
        "This password is incorrect.",
    )
}

fn delete_as(kind: &'static str, email: &str, password: &str) -> Exchange {
    Exchange::new(kind, Method::DELETE, "/users")
        .json(&json!({ "user": { "email": email, "password": password } }))
}

pub(crate) fn delete(account: &Account) -> Exchange {
    delete_as("users: delete account", &account.email, &account.password)
        .expect(200, json!({ "result": "Success", "url": "/users", "method": "DELETE" }))
}

pub(crate) fn delete_wrong(account: &Account, guess: &str) -> Exchange {
    delete_as("users: delete account, wrong password", &account.email, guess).failed(
        400,
        2,
        "This password is incorrect.",
    )
}

pub(crate) fn delete_unknown(email: &str, password: &str) -> Exchange {
    delete_as("users: delete account, unknown account", email, password).failed(
        400,
        1,
        "This email address is incorrect.",
    )
}
