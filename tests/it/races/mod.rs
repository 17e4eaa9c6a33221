//! Requests at the same time: each is answered as if the others had come before it or after it, and
//! nothing is left half done.

mod arrival;
mod deletion;
mod email_change;
mod guesses;
mod password_change;
mod sign_in;
mod sign_out;
pub(crate) mod sign_up;

use std::sync::{Arc, Weak};

use http::Method;
use serde_json::{Value, json};
use shared::{
    credential::Token,
    error::{Error, Reason},
};

use crate::support::{
    Browser, Door, PASSWORD, SignIn, TestApp, at_once, cookie_error, tenant_error, users_error,
};

const USERNAME: &str = "test1234";
const EMAIL: &str = "test1234@abc.com";
const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

/// An app whose accounts' passwords may be tried at will.
async fn unguarded_app() -> TestApp {
    TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000000")]).await
}

/// Something that others watch for its end.
///
/// It lasts until the first half is dropped, so that nobody waits for what has failed.
pub(crate) fn happening() -> (Arc<()>, Weak<()>) {
    let lasting = Arc::new(());
    let watched = Arc::downgrade(&lasting);
    (lasting, watched)
}

/// Asks again and again until what is `watched` is over, and once more after that.
pub(crate) async fn until_after<F: Future>(
    watched: Weak<()>,
    mut ask: impl FnMut() -> F,
) -> Vec<F::Output> {
    let mut answers = Vec::new();
    loop {
        let over = watched.strong_count() == 0;
        answers.push(ask().await);
        if over {
            return answers;
        }
    }
}

/// What came of a sign-in.
#[derive(Clone, Debug)]
struct Visit {
    door: Door,
    outcome: SignIn,
    /// The credential that was handed out.
    token: Option<String>,
}

/// Signs in with a browser that keeps nothing yet, or nothing of this door.
async fn visit(door: Door, browser: &mut Browser, identifier: &str, password: &str) -> Visit {
    let reply = door.ask(browser, identifier, password).await;
    let outcome = door.sign_in_outcome(&reply);
    let token = match door.cookie() {
        Some(cookie) => browser.kept(cookie).map(str::to_owned),
        None => reply.json()["api_key"].as_str().map(str::to_owned),
    };
    assert_eq!(token.is_some(), matches!(outcome, SignIn::Done(_)), "{door:?} {outcome:?}");
    Visit { door, outcome, token }
}

/// Keeps signing in at a door by [`EMAIL`] until what is `watched` is over, and once more.
async fn visits(
    door: Door,
    browser: Browser,
    password: &'static str,
    watched: Weak<()>,
) -> Vec<Visit> {
    until_after(watched, || {
        let mut browser = browser.clone();
        async move { visit(door, &mut browser, EMAIL, password).await }
    })
    .await
}

impl Visit {
    /// Whether the credential that was handed out, if one was, is live.
    async fn is_live(&self, app: &TestApp) -> bool {
        match &self.token {
            Some(token) => is_live(app, self.door, token).await,
            None => false,
        }
    }
}

/// Whether a credential is live: as the directory has it, and as far as the contract tells.
async fn is_live(app: &TestApp, door: Door, token: &str) -> bool {
    let live = match app.directory.session(door.kind(), Token::parse(token).as_ref()).await {
        Ok(_) => true,
        Err(Error::Denied(Reason::NotSignedIn)) => false,
        Err(error) => panic!("{error}"),
    };
    match door {
        Door::Users => {
            // Without fields a change is a bad one, of whoever is signed in.
            let mut browser = app.browser().cookie("_session", token);
            let reply = browser.patch("/users", json!({})).await;
            let (code, message) =
                if live { (0, "Bad parameter.") } else { (2, "You have not sign in yet.") };
            reply.is(400, users_error("PATCH", "/users", code, message));
        }
        Door::Cookie if !live => {
            let mut browser = app.browser().cookie("sessionid", token);
            let reply = browser.post("/api/v1/user/logout/", json!({})).await;
            reply.is(401, cookie_error(101, "login required"));
        }
        Door::Tenant => {
            // Nothing changes without parameters, which are asked for after the session.
            let mut browser = app.browser().cookie("connect.sid", token);
            let reply =
                browser.send_json(Method::PUT, "/api/user/update_password", json!({})).await;
            if live {
                reply.is(400, json!({ "message": "old_password empty" }));
            } else {
                reply.is(401, tenant_error(401, "user unauthenticated"));
            }
        }
        // To ask would end it; and no endpoint tells a live key from a dead one.
        Door::Cookie | Door::ApiKey => {}
    }
    live
}

/// What came of a request to change or delete one's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    NotSignedIn,
    EmailTaken,
    /// Nobody has the email address, as far as who asks may know.
    EmailWrong,
    PasswordWrong,
    TooMany,
}

pub(crate) async fn update(browser: &mut Browser, fields: Value) -> Outcome {
    ask(browser, Method::PATCH, "/users", fields).await
}

pub(crate) async fn change_password(browser: &mut Browser, old: &str, new: &str) -> Outcome {
    let fields = json!({ "old_password": old, "new_password": new, "new_password_confirm": new });
    ask(browser, Method::PATCH, "/users/password", fields).await
}

pub(crate) async fn delete(browser: &mut Browser, email: &str, password: &str) -> Outcome {
    ask(browser, Method::DELETE, "/users", json!({ "email": email, "password": password })).await
}

/// Reading the reply asserts that its words are the contract's, and that it is one of those that
/// another request can bring about.
async fn ask(browser: &mut Browser, method: Method, url: &str, fields: Value) -> Outcome {
    let reply = browser.send_json(method.clone(), url, json!({ "user": fields })).await;
    if reply.status == 200 {
        return Outcome::Done;
    }
    if reply.status == 429 {
        Door::Users.too_many(method.as_str(), url, &reply);
        return Outcome::TooMany;
    }
    let code = reply.json()["error"]["code"].as_u64();
    let (code, message, outcome) = match (method.as_str(), url, code) {
        ("PATCH", _, Some(2)) => (2, "You have not sign in yet.", Outcome::NotSignedIn),
        ("PATCH", "/users", Some(1)) => (1, "This email address has used.", Outcome::EmailTaken),
        ("PATCH", _, Some(3)) => (3, "This password is incorrect.", Outcome::PasswordWrong),
        ("DELETE", _, Some(1)) => (1, "This email address is incorrect.", Outcome::EmailWrong),
        ("DELETE", _, Some(2)) => (2, "This password is incorrect.", Outcome::PasswordWrong),
        _ => panic!("{method} {url}: {reply}"),
    };
    reply.is(400, users_error(method.as_str(), url, code, message));
    outcome
}

/// A browser that is signed in at the door `users`.
pub(crate) async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let outcome = Door::Users.sign_in(&mut browser, email, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    browser
}

/// Whether a browser's session at the door `users` is live.
pub(crate) async fn is_signed_in(app: &TestApp, browser: &Browser) -> bool {
    is_live(app, Door::Users, browser.kept("_session").unwrap()).await
}

/// Asserts what every door says to a password for [`EMAIL`].
async fn opens(app: &TestApp, password: &str, expected: SignIn) {
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), EMAIL, password).await;
        assert_eq!(found, expected, "{door:?}");
    }
}

/// How many items in the table of accounts are of this kind: `account`, `claim`, `notice`.
async fn count(app: &TestApp, kind: &str) -> usize {
    let items = app.dump("accounts").await;
    let is_of_kind = |key: &str| key.split('#').next() == Some(kind);
    items.iter().filter(|item| is_of_kind(item["sk"].as_s().unwrap())).count()
}
