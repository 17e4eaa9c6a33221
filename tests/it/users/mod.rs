//! The contract `users`.

mod account;
mod delete;
mod parameters;
mod password;
mod profile;
mod session;
mod update;

use axum::body::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Browser, PASSWORD, Reply, TestApp, users_error};

const NAME: &str = "Margaret";
const EMAIL: &str = "peggy@example.com";

/// An operation of the contract, with the status and the words of its refusals by their codes.
struct Operation {
    method: Method,
    url: &'static str,
    status: u16,
    errors: &'static [(u16, &'static str)],
}

const SIGN_IN: Operation = Operation {
    method: Method::POST,
    url: "/users/sign_in",
    status: 400,
    errors: &[
        (0, "Bad parameter."),
        (1, "There is not this email address."),
        (2, "This password is incorrect."),
        (3, "This user is banned."),
    ],
};

const SIGN_OUT: Operation = Operation {
    method: Method::DELETE,
    url: "/users/sign_out",
    status: 403,
    errors: &[(0, "You have not sign in yet.")],
};

const CREATE: Operation = Operation {
    method: Method::POST,
    url: "/users",
    status: 400,
    errors: &[
        (0, "Bad parameter."),
        (1, "This email address has used."),
        (2, "This password is too easy."),
        (3, "These passwords do not match."),
    ],
};

const UPDATE: Operation = Operation {
    method: Method::PATCH,
    url: "/users",
    status: 400,
    errors: &[
        (0, "Bad parameter."),
        (1, "This email address has used."),
        (2, "You have not sign in yet."),
    ],
};

const CHANGE_PASSWORD: Operation = Operation {
    method: Method::PATCH,
    url: "/users/password",
    status: 400,
    errors: &[
        (0, "Bad parameter."),
        (2, "You have not sign in yet."),
        (3, "This password is incorrect."),
        (4, "This password is too easy."),
        (5, "These passwords do not match."),
    ],
};

const DELETE: Operation = Operation {
    method: Method::DELETE,
    url: "/users",
    status: 400,
    errors: &[
        (0, "Bad parameter."),
        (1, "This email address is incorrect."),
        (2, "This password is incorrect."),
        (3, "This user is banned."),
    ],
};

impl Operation {
    /// Asks for it with `fields` in `user`.
    async fn ask(&self, browser: &mut Browser, fields: Value) -> Reply {
        self.send(browser, user(fields).to_string()).await
    }

    async fn send(&self, browser: &mut Browser, body: impl Into<Bytes>) -> Reply {
        browser.send(self.method.clone(), self.url, Some("application/json"), body).await
    }

    /// Asserts the refusal with this code, without a cookie.
    #[track_caller]
    fn refused(&self, reply: &Reply, code: u16, case: &str) {
        let (_, message) = self.errors.iter().find(|(number, _)| *number == code).unwrap();
        let expected = users_error(self.method.as_str(), self.url, code, message);
        let found = (reply.status.as_u16(), reply.json(), reply.cookies());
        assert_eq!(found, (self.status, expected, Vec::new()), "{case}");
    }
}

fn user(fields: Value) -> Value {
    [("user", fields)].into_iter().collect()
}

fn newcomer(name: &str, email: &str, password: &str) -> Value {
    json!({ "name": name, "email": email, "password": password, "password_confirm": password })
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

/// An app with one account, whose password may be guessed at at will.
async fn app_with_account() -> TestApp {
    app_with_account_and(&[]).await
}

async fn app_with_account_and(settings: &[(&str, &str)]) -> TestApp {
    let guesses = [("LIMIT_GUESSES_PER_ACCOUNT", "1000")];
    let app = TestApp::with(&[guesses.as_slice(), settings].concat()).await;
    create(&app, NAME, EMAIL).await;
    app
}

/// Makes an account and answers with its id.
async fn create(app: &TestApp, name: &str, email: &str) -> u64 {
    let reply = CREATE.ask(&mut app.browser(), newcomer(name, email, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()["user"]["id"].as_u64().unwrap()
}

/// A browser that is signed in to the account with this address.
async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let reply = SIGN_IN.ask(&mut browser, credentials(email, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    browser
}

/// Whether the browser's session is live: a change without fields is then only a bad one.
async fn is_signed_in(browser: &Browser) -> bool {
    let reply = UPDATE.ask(&mut browser.clone(), json!({})).await;
    reply.json()["error"]["code"] == 0
}
