//! The contract `contact`.

use http::Method;
use serde_json::{Value, json};
use shared::{envelope::Contact, error::Reason, password::MAX_CHARACTERS};

use super::{Contract, ID, LINK_TOKEN, cookie_scheme};
use crate::{
    endpoint::{Endpoint, Pages},
    reply::word,
    schema::{
        constant, cookie_cleared, cookie_set, email, given_password, id, link_token, named,
        new_password, object, parameters, phone, some_parameters,
    },
};

pub(super) fn contract() -> Contract {
    Contract {
        name: "contact",
        component: "Contact",
        prefix: "/email/",
        description: "For clients whose users sign up with an email address or a phone number, \
                      prove that it is theirs, and then keep a cookie. What the contract refuses \
                      has status 200: clients tell it by `state`.",
        word: word::<Contact>,
        schemas: vec![
            ("ContactSuccess".to_owned(), success()),
            ("ContactRefusal".to_owned(), refusal()),
        ],
        security_schemes: vec![(
            Contact::COOKIE.to_owned(),
            cookie_scheme(Contact::COOKIE, "The session of the contract `contact`."),
        )],
        endpoints: [register_by_email(), open(), confirm(), ask_to_cancel(), cancel()]
            .into_iter()
            .chain(sessions(&BY_EMAIL))
            .chain([send_code(), register_by_phone()])
            .chain(sessions(&BY_PHONE))
            .collect(),
    }
}

fn success() -> Value {
    object(&json!({ "state": { "const": 200 }, "msg": constant("success") }))
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "required": ["state", "msg"],
        "properties": {
            "content": { "type": "null" },
            "state": { "type": "integer", "minimum": 400 },
            "msg": { "type": "string" },
        },
        "additionalProperties": false,
    })
}

/// An endpoint whose success says nothing more than that.
fn plain(method: Method, path: &'static str, id: &'static str, summary: &'static str) -> Endpoint {
    let success = json!({ "state": 200, "msg": "success" });
    Endpoint::new(method, path, id, summary)
        .answers(named("ContactSuccess"), &[("success", success)])
}

fn register_by_email() -> Endpoint {
    let body = parameters(&json!({ "email": email(), "password": new_password(MAX_CHARACTERS) }));
    let example = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    plain(Method::POST, "/email/users", "email_register", "Mails a link that makes an account")
        .described(
            "No account is made yet. Several registrations of one address live side by side, and \
             the first link that is used wins.",
        )
        .takes(&body, &example)
        .refuses([
            Reason::Malformed,
            Reason::EmailInvalid,
            Reason::PasswordLength,
            Reason::EmailTaken,
            Reason::SentTooOften,
        ])
        .limited()
}

/// An endpoint that a mailed link leads to.
fn mailed(endpoint: Endpoint) -> Endpoint {
    endpoint
        .at("email", &email(), "ann@example.com")
        .at("token", &link_token(), LINK_TOKEN)
        .refuses([Reason::Malformed, Reason::LinkInvalid])
}

fn open() -> Endpoint {
    let path = "/email/users/active/{email}/{token}";
    let endpoint = plain(Method::GET, path, "email_open_link", "Makes the account of a link");
    mailed(endpoint)
        .described("To who accepts `text/html` a page with a button, which changes nothing.")
        .refuses([Reason::EmailTaken])
        .shows(Pages::OnRequest)
}

fn confirm() -> Endpoint {
    let body = some_parameters(&json!({ "password": new_password(MAX_CHARACTERS) }), &[]);
    let path = "/email/users/active/{email}/{token}";
    let endpoint = plain(Method::POST, path, "email_confirm_link", "What the page's button sends");
    mailed(endpoint)
        .described(
            "With a password the account gets that one; an account that has the address without \
             proof of it is taken over by it.",
        )
        .may_take(&body)
        .refuses([Reason::PasswordLength, Reason::EmailTaken])
        .shows(Pages::OnRequest)
}

fn ask_to_cancel() -> Endpoint {
    let path = "/email/users/cancel/{email}/{token}";
    let summary = "Shows the page by which a registration is withdrawn";
    let endpoint = Endpoint::new(Method::GET, path, "email_ask_to_cancel", summary);
    mailed(endpoint).described("It changes nothing.").shows(Pages::Always)
}

fn cancel() -> Endpoint {
    let path = "/email/users/cancel/{email}/{token}";
    let endpoint = plain(Method::POST, path, "email_cancel", "Withdraws a registration");
    mailed(endpoint)
        .described("An account that the link has made is deleted, for 7 days from then.")
        .shows(Pages::OnRequest)
}

fn send_code() -> Endpoint {
    plain(Method::GET, "/phone/users/code", "phone_send_code", "Sends a code by SMS")
        .described("Alike for a number that has an account.")
        .asks("phone", &phone(), "+8613800138000")
        .refuses([
            Reason::Malformed,
            Reason::PhoneInvalid,
            Reason::PhoneNotSupported,
            Reason::SentTooOften,
        ])
        .limited()
}

fn register_by_phone() -> Endpoint {
    let body = json!({
        "phone": phone(),
        "password": new_password(MAX_CHARACTERS),
        "code": { "type": "string", "description": "One that is missing is a wrong one." },
    });
    let body = some_parameters(&body, &["phone", "password"]);
    let example = json!({
        "phone": "+8613800138000",
        "password": "correct horse battery",
        "code": "012345",
    });
    let number = json!({ "type": "string", "pattern": r"^\+[0-9]{1,15}$" });
    let success = object(&json!({
        "content": object(&json!({ "id": id(), "phone": number })),
        "state": { "const": 200 },
        "msg": constant("success"),
    }));
    let registered = json!({
        "content": { "id": ID, "phone": "+8613800138000" },
        "state": 200,
        "msg": "success",
    });
    let summary = "Makes an account in exchange for a code";
    Endpoint::new(Method::POST, "/phone/users", "phone_register", summary)
        .described("Registering does not sign in.")
        .takes(&body, &example)
        .answers(success, &[("registered", registered)])
        .refuses([
            Reason::Malformed,
            Reason::PhoneInvalid,
            Reason::PasswordLength,
            Reason::PhoneTaken,
            Reason::CodeWrong,
        ])
        .limited()
}

/// The sessions of an identifier.
struct By {
    parameter: &'static str,
    schema: fn() -> Value,
    example: &'static str,
    path: &'static str,
    /// Of the operations by `GET`, `POST` and `DELETE`.
    ids: [&'static str; 3],
}

const BY_EMAIL: By = By {
    parameter: "email",
    schema: email,
    example: "ann@example.com",
    path: "/email/token",
    ids: ["email_sign_in_by_query", "email_sign_in", "email_sign_out"],
};

const BY_PHONE: By = By {
    parameter: "phone",
    schema: phone,
    example: "+8613800138000",
    path: "/phone/token",
    ids: ["phone_sign_in_by_query", "phone_sign_in", "phone_sign_out"],
};

fn sessions(by: &By) -> [Endpoint; 3] {
    let By { parameter, schema, example, path, ids } = by;
    let schema = schema();
    let [by_query, by_body, sign_out] = *ids;
    let sign_in = |endpoint: Endpoint| {
        endpoint
            .may_set(&cookie_set(Contact::COOKIE))
            .refuses([
                Reason::Malformed,
                Reason::AccountUnknown,
                Reason::PasswordWrong,
                Reason::Banned,
            ])
            .limited()
    };
    let body = parameters(&json!({ *parameter: schema, "password": given_password() }));
    let sent = json!({ *parameter: example, "password": "correct horse battery" });
    let named = some_parameters(&json!({ *parameter: schema }), &[]);
    [
        sign_in(plain(Method::GET, path, by_query, "Sets the cookie"))
            .described(
                "Passwords in a query end up in the logs of whatever stands in between: new \
                 clients should use `POST`. Nothing in a query is trimmed.",
            )
            .asks(parameter, &schema, example)
            .asks("password", &given_password(), "correct horse battery"),
        sign_in(plain(Method::POST, path, by_body, "Sets the cookie")).takes(&body, &sent),
        plain(Method::DELETE, path, sign_out, "Ends the session of the cookie")
            .described(
                "The identifier names the account, in the query, in the body, or in both. A \
                 session that is not that account's is not ended, and the reply is the same.",
            )
            .secured([&[], &[Contact::COOKIE]])
            .may_ask(parameter, &schema, example)
            .may_take(&named)
            .may_set(&cookie_cleared(Contact::COOKIE))
            .refuses([Reason::Malformed, Reason::AccountUnknown])
            .limited(),
    ]
}
