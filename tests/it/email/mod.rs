//! The contract `contact` by email.

mod cancel;
mod limits;
mod link;
mod mail;
mod notices;
mod outages;
mod page;
mod parameters;
mod races;
mod register;
mod scanner;
mod session;
mod sign_out;
mod stored;
mod take_over;
mod uniform;

use http::Method;
use local::Message;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::{Browser, Door, PASSWORD, PUBLIC_URL, Reply, SignIn, TestApp};

const EMAIL: &str = "ann@example.com";
/// A password that differs from the one that accounts are made with.
const OTHER: &str = "7Zq!vB3@mLr";

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// The product, with as many guesses as a test needs.
async fn start() -> TestApp {
    start_with(&[]).await
}

async fn start_with(settings: &[(&str, &str)]) -> TestApp {
    let guesses = [("LIMIT_GUESSES_PER_ACCOUNT", "1000")];
    TestApp::with(&[guesses.as_slice(), settings].concat()).await
}

/// A mail with the two links of a registration.
#[derive(Clone)]
pub(crate) struct Mailed {
    /// The path that the link to an account leads to.
    pub(crate) open: String,
    /// The path that "this was not me" leads to.
    pub(crate) not_me: String,
}

impl Mailed {
    pub(crate) fn of(message: &Message) -> Self {
        let path = |link: &String| link.strip_prefix(PUBLIC_URL).unwrap().to_owned();
        let [open, not_me] = message.links.as_slice() else { panic!("{message:?}") };
        Self { open: path(open), not_me: path(not_me) }
    }

    /// The secret in both links.
    pub(crate) fn token(&self) -> &str {
        self.open.rsplit_once('/').unwrap().1
    }
}

pub(crate) fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

pub(crate) fn body(state: u16, message: &str) -> Value {
    json!({ "state": state, "msg": message })
}

pub(crate) fn success() -> Value {
    body(200, "success")
}

pub(crate) fn not_found() -> Value {
    json!({ "content": null, "state": 404, "msg": "email not found" })
}

pub(crate) fn taken() -> Value {
    body(402, "email has exist")
}

/// Text for a query or a path's segment.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The mails to an address, newest first.
pub(crate) fn mails(app: &TestApp, to: &str) -> Vec<Message> {
    app.outbox.messages().into_iter().filter(|message| message.to == to).collect()
}

/// Asks for an account, and answers with the links in the mail that is sent for it.
pub(crate) async fn register(app: &TestApp, email: &str, password: &str) -> Mailed {
    let before = mails(app, email).len();
    app.post("/email/users", credentials(email, password)).await.is(200, success());
    let mails = mails(app, email);
    assert_eq!(mails.len(), before + 1);
    Mailed::of(&mails[0])
}

/// Makes an account whose address is proven.
pub(crate) async fn join(app: &TestApp, email: &str) -> Mailed {
    let mailed = register(app, email, PASSWORD).await;
    app.get(&mailed.open).await.is(200, success());
    mailed
}

/// A person's browser: it asks for pages.
pub(crate) fn person(app: &TestApp) -> Browser {
    app.browser().header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

/// Presses the button of a page, as browsers do.
pub(crate) async fn press(app: &TestApp, path: &str) -> Reply {
    submit(app, path, "").await
}

/// Presses the button below a filled-in password.
pub(crate) async fn choose(app: &TestApp, path: &str, password: &str) -> Reply {
    submit(app, path, &format!("password={}", encoded(password))).await
}

async fn submit(app: &TestApp, path: &str, form: &str) -> Reply {
    let mut browser = person(app).header("origin", PUBLIC_URL);
    let form_type = Some("application/x-www-form-urlencoded");
    browser.send(Method::POST, path, form_type, form.to_owned()).await
}

/// The heading of a page.
#[track_caller]
pub(crate) fn heading(reply: &Reply) -> &str {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{}", reply.text);
    let (_, rest) = reply.text.split_once("<h1>").unwrap();
    rest.split_once("</h1>").unwrap().0
}

/// Asserts that the reply is the page with this heading.
#[track_caller]
pub(crate) fn shows(reply: &Reply, status: u16, expected: &str) {
    assert_eq!((reply.status.as_u16(), heading(reply)), (status, expected));
}

/// What the pages say.
pub(crate) const ACTIVATE: &str = "Activate your account";
pub(crate) const ACTIVATED: &str = "Your account is active";
const CHOOSE: &str = "Choose a new password";
pub(crate) const CHOSEN: &str = "The account is yours";
const CANCEL: &str = "This was not you?";
const CANCELLED: &str = "The registration is withdrawn";
const INVALID: &str = "This link is not valid";
pub(crate) const TAKEN: &str = "There is an account already";
const LATER: &str = "This does not work right now";

async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> Reply {
    let path = format!("/email/token?email={}&password={}", encoded(email), encoded(password));
    browser.get(&path).await
}

/// Whether this password signs in to the account with this address, at every door alike.
async fn opens(app: &TestApp, email: &str, password: &str) -> bool {
    let reply = sign_in(&mut app.browser(), email, password).await;
    let opened = reply.json()["state"] == 200;
    for door in Door::ALL {
        let outcome = door.sign_in(&mut app.browser(), email, password).await;
        assert_eq!(matches!(outcome, SignIn::Done(_)), opened, "{door:?}");
    }
    opened
}

/// Whether anybody has an account with this address.
async fn has_account(app: &TestApp, email: &str) -> bool {
    let reply = sign_in(&mut app.browser(), email, "a-wrong-Pa55word").await;
    let message = reply.json()["msg"].clone();
    assert!(message == "wrong password" || message == "email not exists", "{reply}");
    message == "wrong password"
}
