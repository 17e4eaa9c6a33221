//! The contract `users`.

use http::Method;
use serde_json::{Value, json};
use shared::{envelope::Users, error::Reason, password::MAX_CHARACTERS};
use users::MAX_NAME;

use super::{Contract, ID, cookie_scheme};
use crate::{
    endpoint::Endpoint,
    reply::word,
    schema::{
        constant, cookie_cleared, cookie_set, email, given_password, id, name, named, new_password,
        object, parameters, shown, some_parameters, with,
    },
};

pub(super) fn contract() -> Contract {
    Contract {
        name: "users",
        component: "Users",
        prefix: "/users",
        description: "For clients whose users sign in with an email address and a password, keep a \
                      cookie, manage their own account, and look at the public profiles of \
                      others. A code means something else in each endpoint.",
        word: word::<Users>,
        schemas: vec![
            ("UsersAccount".to_owned(), account()),
            ("UsersEmoji".to_owned(), emoji()),
            ("UsersRefusal".to_owned(), refusal()),
        ],
        security_schemes: vec![(
            Users::COOKIE.to_owned(),
            cookie_scheme(Users::COOKIE, "The session of the contract `users`."),
        )],
        endpoints: vec![
            sign_in(),
            sign_out(),
            create(),
            update(),
            change_password(),
            delete(),
            show(),
        ],
    }
}

fn account() -> Value {
    object(&json!({
        "id": id(),
        "name": shown("The username of an account that has no name."),
        "email": shown("Empty for an account that has none."),
    }))
}

fn emoji() -> Value {
    let count = json!({ "type": "integer", "minimum": 0 });
    let tag = object(&json!({ "id": count, "name": { "type": "string" } }));
    object(&json!({
        "id": count,
        "name": { "type": "string" },
        "description": { "type": "string" },
        "number_of_donwloaded": count,
        "tag": { "type": "array", "items": tag },
    }))
}

fn refusal() -> Value {
    let error = object(&json!({ "code": { "type": "integer" }, "message": { "type": "string" } }));
    object(&json!({
        "result": constant("Failed"),
        "url": url(),
        "method": { "type": "string" },
        "error": error,
    }))
}

fn url() -> Value {
    json!({ "type": "string", "description": "The request's own path, percent-decoded." })
}

/// A success of this endpoint, with what was asked for.
fn success(method: &Method, user: Option<Value>) -> Value {
    let fields = json!({
        "result": constant("Success"),
        "url": url(),
        "method": constant(method.as_str()),
    });
    object(&match user {
        Some(user) => with(fields, "user", user),
        None => fields,
    })
}

/// A success in examples.
fn example(method: &Method, path: &str, user: &Value) -> Value {
    json!({ "result": "Success", "url": path, "method": method.as_str(), "user": user })
}

/// An endpoint that answers with the account of whoever asks.
fn own(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Endpoint {
    let user = json!({ "id": ID, "name": "Ann", "email": "ann@example.com" });
    let shown = example(&method, path, &user);
    let schema = success(&method, Some(named("UsersAccount")));
    Endpoint::new(method, path, id, summary).answers(schema, &[("success", shown)])
}

/// The parameters of this contract are inside an object.
fn inside(fields: &Value) -> Value {
    parameters(&json!({ "user": parameters(fields) }))
}

fn sign_in() -> Endpoint {
    let body = inside(&json!({ "email": email(), "password": given_password() }));
    let user = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    own(Method::POST, "/users/sign_in", "users_sign_in", "Sets the cookie")
        .takes(&body, &json!({ "user": user }))
        .sets(&cookie_set(Users::COOKIE))
        .leads_to("profile", "users_show", ("id", "/user/id"))
        .refuses([Reason::Malformed, Reason::AccountUnknown, Reason::PasswordWrong, Reason::Banned])
        .limited()
}

fn sign_out() -> Endpoint {
    own(Method::DELETE, "/users/sign_out", "users_sign_out", "Ends the session")
        .secured([&[Users::COOKIE]])
        .sets(&cookie_cleared(Users::COOKIE))
        .refuses([Reason::NotSignedIn])
}

fn create() -> Endpoint {
    let body = inside(&json!({
        "name": name(MAX_NAME),
        "email": email(),
        "password": new_password(MAX_CHARACTERS),
        "password_confirm": given_password(),
    }));
    let user = json!({
        "name": "Ann",
        "email": "ann@example.com",
        "password": "correct horse battery",
        "password_confirm": "correct horse battery",
    });
    own(Method::POST, "/users", "users_create", "Makes an account")
        .described("Creating an account does not sign in.")
        .takes(&body, &json!({ "user": user }))
        .leads_to("profile", "users_show", ("id", "/user/id"))
        .refuses([
            Reason::Malformed,
            Reason::PasswordsDiffer,
            Reason::PasswordTooEasy,
            Reason::EmailTaken,
        ])
        .limited()
}

fn update() -> Endpoint {
    let user = some_parameters(&json!({ "name": name(MAX_NAME), "email": email() }), &[]);
    // Either may be left out, not both.
    let either = json!([{ "required": ["name"] }, { "required": ["email"] }]);
    let user = with(user, "anyOf", either);
    let example = json!({ "user": { "name": "Ann", "email": "ann@example.com" } });
    own(Method::PATCH, "/users", "users_update", "Changes the name, the email address, or both")
        .described("The cookie is set again when its idle time begins anew: at most once a day.")
        .secured([&[Users::COOKIE]])
        .takes(&parameters(&json!({ "user": user })), &example)
        .may_set(&cookie_set(Users::COOKIE))
        .refuses([Reason::NotSignedIn, Reason::Malformed, Reason::EmailTaken])
        .limited()
}

fn change_password() -> Endpoint {
    let body = inside(&json!({
        "old_password": given_password(),
        "new_password": new_password(MAX_CHARACTERS),
        "new_password_confirm": given_password(),
    }));
    let user = json!({
        "old_password": "correct horse battery",
        "new_password": "a whole new battery",
        "new_password_confirm": "a whole new battery",
    });
    own(Method::PATCH, "/users/password", "users_change_password", "Changes the password")
        .described("Every other credential of the account, of any contract, is dead.")
        .secured([&[Users::COOKIE]])
        .takes(&body, &json!({ "user": user }))
        .sets(&cookie_set(Users::COOKIE))
        .refuses([
            Reason::NotSignedIn,
            Reason::Malformed,
            Reason::PasswordsDiffer,
            Reason::PasswordTooEasy,
            Reason::PasswordWrong,
        ])
        .limited()
}

fn delete() -> Endpoint {
    let body = inside(&json!({ "email": email(), "password": given_password() }));
    let user = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    let deleted = json!({ "result": "Success", "url": "/users", "method": "DELETE" });
    Endpoint::new(Method::DELETE, "/users", "users_delete", "Deletes an account")
        .described(
            "Address and password name the account; no cookie is needed. If a live session comes \
             with the request, its account must be the one that is named.",
        )
        .secured([&[], &[Users::COOKIE]])
        .takes(&body, &json!({ "user": user }))
        .answers(success(&Method::DELETE, None), &[("deleted", deleted)])
        .may_set(&cookie_cleared(Users::COOKIE))
        .refuses([Reason::Malformed, Reason::AccountUnknown, Reason::PasswordWrong, Reason::Banned])
        .limited()
}

fn show() -> Endpoint {
    let user = object(&json!({
        "name": shown("The username of an account that has no name."),
        "upload_emoji": { "type": "array", "items": named("UsersEmoji"), "maxItems": 100 },
    }));
    let wave = json!({
        "id": 7,
        "name": "wave",
        "description": "hello",
        "number_of_donwloaded": 12,
        "tag": [{ "id": 1, "name": "greeting" }],
    });
    let shown = json!({ "name": "Ann", "upload_emoji": [wave] });
    let shown = example(&Method::GET, "/users/5421390009668871", &shown);
    Endpoint::new(Method::GET, "/users/{id}", "users_show", "Shows a public profile")
        .described("The newest 100 emoji of the account, newest first.")
        .at("id", &id(), &ID.to_string())
        .answers(success(&Method::GET, Some(user)), &[("profile", shown)])
        .refuses([Reason::AccountUnknown])
}
