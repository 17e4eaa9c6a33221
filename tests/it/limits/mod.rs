//! How much anyone may do: guess passwords, sign up, and learn who has an account.

mod account;
mod client_address;
mod disclosures;
mod known_address;
mod settings;
mod sign_ups;
mod unknown;

use local::Template;
use serde_json::json;

use crate::support::{Browser, Door, PASSWORD, Reply, SignIn, TestApp, register, users_error};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// How long wrong passwords are counted from the first.
const WINDOW: i64 = HOUR / 4;

const USERNAME: &str = "test1234";
const EMAIL: &str = "test1234@abc.com";
const WRONG: &str = "k9#Lw2!pQy";
const NEW: &str = "7Zq!vB3@mLr";

/// What proxies call a client's address, and anyone can write.
pub(crate) const HEADERS: [&str; 7] = [
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "cloudfront-viewer-address",
    "forwarded",
];

/// A password that no account can have. At most doors it is a guess like any, and costs no hash.
fn impossible() -> String {
    "x".repeat(129)
}

/// The doors where that is so. At the other one it is no guess at all, but a bad parameter: see
/// `tenant::limits`.
const DOORS: [Door; 3] = [Door::ApiKey, Door::Cookie, Door::Users];

/// What such a header says of an address.
pub(crate) fn in_header(name: &str, address: &str) -> String {
    match name {
        "forwarded" => format!("for={address}"),
        "cloudfront-viewer-address" => format!("{address}:443"),
        _ => address.to_owned(),
    }
}

/// An app with one account, that of [`USERNAME`] and [`EMAIL`].
async fn app_with_account() -> TestApp {
    app_with_account_and(&[]).await
}

async fn app_with_account_and(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(settings).await;
    register(&mut app.browser(), USERNAME, EMAIL).await.id();
    app
}

/// An app with one account, where a client address is as little of a crowd as the template says.
async fn app_with_defaults() -> TestApp {
    let environment = Template::load().unwrap().environment;
    let settings = [
        "LIMIT_GUESSES_PER_ADDRESS",
        "LIMIT_SIGN_UPS_PER_ADDRESS",
        "LIMIT_DISCLOSURES_PER_ADDRESS",
    ]
    .map(|name| (name, environment[name].as_str()));
    app_with_account_and(&settings).await
}

/// Where an account's password is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    SignIn(Door),
    ChangePassword,
    Delete,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    Right,
    Wrong,
    TooMany,
}

impl Check {
    const ALL: [Self; 5] = [
        Self::SignIn(Door::ApiKey),
        Self::SignIn(Door::Cookie),
        Self::SignIn(Door::Users),
        Self::ChangePassword,
        Self::Delete,
    ];

    /// Has a password of this account checked. To change one the browser has to be signed in.
    async fn ask(self, browser: &mut Browser, email: &str, password: &str) -> Reply {
        match self {
            Self::SignIn(door) => door.ask(browser, email, password).await,
            Self::ChangePassword => {
                let user = json!({
                    "old_password": password,
                    "new_password": NEW,
                    "new_password_confirm": NEW,
                });
                browser.patch("/users/password", json!({ "user": user })).await
            }
            Self::Delete => {
                let user = json!({ "email": email, "password": password });
                browser.delete("/users", json!({ "user": user })).await
            }
        }
    }

    /// What the reply says, which asserts that it is to the letter.
    #[track_caller]
    fn outcome(self, reply: &Reply) -> Checked {
        let (method, url, code) = match self {
            Self::SignIn(door) => {
                return match door.sign_in_outcome(reply) {
                    SignIn::Done(_) => Checked::Right,
                    SignIn::Refused => Checked::Wrong,
                    SignIn::Banned => panic!("{reply}"),
                    SignIn::TooMany => Checked::TooMany,
                };
            }
            Self::ChangePassword => ("PATCH", "/users/password", 3),
            Self::Delete => ("DELETE", "/users", 2),
        };
        if reply.status == 200 {
            return Checked::Right;
        }
        if reply.status == 429 {
            Door::Users.too_many(method, url, reply);
            return Checked::TooMany;
        }
        reply.is(400, users_error(method, url, code, "This password is incorrect."));
        Checked::Wrong
    }

    async fn check(self, browser: &mut Browser, email: &str, password: &str) -> Checked {
        self.outcome(&self.ask(browser, email, password).await)
    }
}

/// A browser that is signed in to [`EMAIL`] at the contract `users`, so its address is a known one.
async fn at_home(app: &TestApp) -> Browser {
    let mut home = app.browser();
    let outcome = Door::Users.sign_in(&mut home, EMAIL, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    home
}

/// So many wrong passwords, each from an address of its own, at three doors in turn.
async fn strangers_guess(app: &TestApp, email: &str, times: usize) {
    for door in DOORS.into_iter().cycle().take(times) {
        let outcome = door.sign_in(&mut app.browser(), email, &impossible()).await;
        assert_eq!(outcome, SignIn::Refused, "{door:?}");
    }
}

/// The right password, from an address that is new to the account.
async fn stranger_knows(app: &TestApp, email: &str) -> bool {
    let outcome = Door::ApiKey.sign_in(&mut app.browser(), email, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_) | SignIn::TooMany), "{outcome:?}");
    outcome != SignIn::TooMany
}

/// In how many seconds to try again.
#[track_caller]
fn retry_after(reply: &Reply) -> i64 {
    reply.header("retry-after").unwrap().parse().unwrap()
}
