//! The contract `cookie`.

mod log_in;
mod log_out;
mod register;

use serde_json::{Value, json};

use crate::support::{Browser, Reply, TestApp, cookie_error};

const REGISTER: &str = "/api/v1/user/register/";
const LOGIN: &str = "/api/v1/user/login/";
const LOGOUT: &str = "/api/v1/user/logout/";

/// The account of the document's example.
fn account() -> Value {
    json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" })
}

/// The document's example of a login.
fn login() -> Value {
    json!({ "username": "test1234", "password": "12345678" })
}

/// An app with the account of the document's example, which may be guessed at at will.
async fn app_with_account() -> TestApp {
    app_with_account_and(&[]).await
}

async fn app_with_account_and(settings: &[(&str, &str)]) -> TestApp {
    let guesses = [("LIMIT_GUESSES_PER_ACCOUNT", "1000")];
    let app = TestApp::with(&[guesses.as_slice(), settings].concat()).await;
    assert_eq!(app.post(REGISTER, account()).await.json()["status"], "success");
    app
}

/// A browser that is logged in to the example's account.
async fn logged_in(app: &TestApp) -> Browser {
    let mut browser = app.browser();
    assert_eq!(browser.post(LOGIN, login()).await.json()["status"], "success");
    browser
}

/// Asserts a refusal by its code, with HTTP status 200 and without a cookie.
#[track_caller]
fn is_refused(reply: &Reply, code: u16, case: &str) {
    let description = match code {
        102 => "user name or password incorrect",
        103 => "invalid parameters",
        104 => "username or password length",
        105 => "username taken",
        106 => "email taken",
        107 => "email invalid",
        109 => "user banned",
        _ => panic!("{code} is told with another status"),
    };
    let found = (reply.status.as_u16(), reply.json(), reply.cookies());
    assert_eq!(found, (200, cookie_error(code, description), Vec::new()), "{case}");
}
