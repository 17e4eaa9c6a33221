//! The contract `cookie`.

use cookie::MAX_PASSWORD;
use http::Method;
use serde_json::{Value, json};
use shared::{envelope::Cookie, error::Reason, identifier::Username};

use super::{Contract, ID, cookie_scheme};
use crate::{
    endpoint::Endpoint,
    reply::word,
    schema::{
        constant, cookie_cleared, cookie_set, email, given_password, id, id_text, new_password,
        object, parameters, shown, trimmed,
    },
};

pub(super) fn contract() -> Contract {
    Contract {
        name: "cookie",
        component: "Cookie",
        prefix: "/api/v1/user/",
        description: "For clients that register with username, email address and password, log \
                      in, and keep a cookie. What a form is refused for has status 200: clients \
                      tell it by `status`.",
        word: word::<Cookie>,
        schemas: vec![("CookieRefusal".to_owned(), refusal())],
        security_schemes: vec![(
            Cookie::COOKIE.to_owned(),
            cookie_scheme(Cookie::COOKIE, "The session of the contract `cookie`."),
        )],
        endpoints: vec![register(), log_in(), log_out()],
    }
}

fn refusal() -> Value {
    object(&json!({
        "status": constant("failed"),
        "desc": { "type": "string" },
        "error_code": { "type": "integer" },
    }))
}

/// Full-width spellings count as the plain ones, of which a schema knows nothing.
fn new_username() -> Value {
    json!({
        "type": "string",
        "minLength": Username::MIN,
        "maxLength": Username::MAX,
        "pattern": "^[A-Za-z0-9_.-]+$",
    })
}

fn register() -> Endpoint {
    let body = parameters(&json!({
        "username": new_username(),
        "password": new_password(MAX_PASSWORD),
        "email": email(),
    }));
    let example =
        json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" });
    let success = object(&json!({ "status": constant("success"), "user_id": id() }));
    Endpoint::new(Method::POST, "/api/v1/user/register", "cookie_register", "Makes an account")
        .described("Registering does not log in.")
        .takes(&body, &example)
        .answers(success, &[("registered", json!({ "status": "success", "user_id": ID }))])
        .refuses([
            Reason::Malformed,
            Reason::UsernameLength,
            Reason::PasswordLength,
            Reason::PasswordTooEasy,
            Reason::EmailInvalid,
            Reason::UsernameTaken,
            Reason::EmailTaken,
        ])
        .limited()
}

fn log_in() -> Endpoint {
    let body = parameters(&json!({
        "username": trimmed("The account's username, or its email address."),
        "password": given_password(),
    }));
    let example = json!({ "username": "test1234", "password": "12345678" });
    let success = object(&json!({
        "status": constant("success"),
        "username": shown("The email address of an account that has no username."),
        "email": shown("Empty for an account that has none."),
        "uid": id_text(),
    }));
    let logged_in = json!({
        "status": "success",
        "username": "test1234",
        "email": "test1234@abc.com",
        "uid": ID.to_string(),
    });
    Endpoint::new(Method::POST, "/api/v1/user/login", "cookie_log_in", "Sets the cookie")
        .takes(&body, &example)
        .answers(success, &[("logged_in", logged_in)])
        .may_set(&cookie_set(Cookie::COOKIE))
        .refuses([Reason::Malformed, Reason::AccountUnknown, Reason::PasswordWrong, Reason::Banned])
        .limited()
}

fn log_out() -> Endpoint {
    let success = object(&json!({ "status": constant("success"), "uid": id() }));
    Endpoint::new(Method::POST, "/api/v1/user/logout", "cookie_log_out", "Ends the session")
        .secured([&[Cookie::COOKIE]])
        .answers(success, &[("logged_out", json!({ "status": "success", "uid": ID }))])
        .sets(&cookie_cleared(Cookie::COOKIE))
        .refuses([Reason::NotSignedIn])
}
