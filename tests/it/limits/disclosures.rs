//! A hundred replies an hour to one client address that reveal whether an account exists.

use serde_json::json;

use super::{
    Check, Checked, EMAIL, HEADERS, HOUR, USERNAME, app_with_account_and, app_with_defaults,
    at_home, impossible, in_header, retry_after,
};
use crate::support::{
    Browser, Door, PASSWORD, Reply, SignIn, TestApp, cookie_error, create, register, users_error,
};

/// What reveals whether an account exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    UnknownAtSignIn,
    WrongAtSignIn,
    UnknownAtDelete,
    WrongAtDelete,
    UsernameTakenAtRegister,
    EmailTakenAtRegister,
    EmailTakenAtCreate,
    EmailTakenAtUpdate,
}

use Telling::{
    EmailTakenAtCreate, EmailTakenAtRegister, EmailTakenAtUpdate, UnknownAtDelete, UnknownAtSignIn,
    UsernameTakenAtRegister, WrongAtDelete, WrongAtSignIn,
};

impl Telling {
    const ALL: [Self; 8] = [
        UnknownAtSignIn,
        WrongAtSignIn,
        UnknownAtDelete,
        WrongAtDelete,
        UsernameTakenAtRegister,
        EmailTakenAtRegister,
        EmailTakenAtCreate,
        EmailTakenAtUpdate,
    ];

    /// Asks from a browser that is signed in to an account of its own.
    async fn ask(self, browser: &mut Browser) -> Reply {
        let nobody = "nobody@example.com";
        let wrong = impossible();
        let mut signed_out = browser.clone().cookie("_session", "");
        match self {
            UnknownAtSignIn => Door::Users.ask(&mut signed_out, nobody, &wrong).await,
            WrongAtSignIn => Door::Users.ask(&mut signed_out, EMAIL, &wrong).await,
            UnknownAtDelete => Check::Delete.ask(&mut signed_out, nobody, &wrong).await,
            WrongAtDelete => Check::Delete.ask(&mut signed_out, EMAIL, &wrong).await,
            UsernameTakenAtRegister | EmailTakenAtRegister => {
                let (username, email) = match self {
                    UsernameTakenAtRegister => (USERNAME, nobody),
                    _ => ("nobody-1", EMAIL),
                };
                let body = json!({ "username": username, "password": PASSWORD, "email": email });
                browser.post("/api/v1/user/register/", body).await
            }
            EmailTakenAtCreate => {
                let user = json!({
                    "name": "Nobody",
                    "email": EMAIL,
                    "password": PASSWORD,
                    "password_confirm": PASSWORD,
                });
                browser.post("/users", json!({ "user": user })).await
            }
            EmailTakenAtUpdate => {
                browser.patch("/users", json!({ "user": { "email": EMAIL } })).await
            }
        }
    }

    /// Asks and asserts the contract's own words: what they reveal, or that it was too many.
    async fn is_told(self, browser: &mut Browser, told: bool) {
        let (door, method, url, code, message) = match self {
            UnknownAtSignIn => {
                (Door::Users, "POST", "/users/sign_in", 1, "There is not this email address.")
            }
            WrongAtSignIn => {
                (Door::Users, "POST", "/users/sign_in", 2, "This password is incorrect.")
            }
            UnknownAtDelete => {
                (Door::Users, "DELETE", "/users", 1, "This email address is incorrect.")
            }
            WrongAtDelete => (Door::Users, "DELETE", "/users", 2, "This password is incorrect."),
            UsernameTakenAtRegister => (Door::Cookie, "POST", "", 105, "username taken"),
            EmailTakenAtRegister => (Door::Cookie, "POST", "", 106, "email taken"),
            EmailTakenAtCreate => {
                (Door::Users, "POST", "/users", 1, "This email address has used.")
            }
            EmailTakenAtUpdate => {
                (Door::Users, "PATCH", "/users", 1, "This email address has used.")
            }
        };
        let reply = self.ask(browser).await;
        match door {
            _ if !told => door.too_many(method, url, &reply),
            Door::Cookie => _ = reply.is(200, cookie_error(code, message)),
            _ => _ = reply.is(400, users_error(method, url, code, message)),
        }
    }
}

/// A browser that is signed in to an account of its own, at the contract `users`.
async fn member(app: &TestApp, email: &str) -> Browser {
    create(&mut app.browser(), email).await.id();
    let mut browser = app.browser();
    let outcome = Door::Users.sign_in(&mut browser, email, PASSWORD).await;
    assert!(matches!(outcome, SignIn::Done(_)), "{outcome:?}");
    browser
}

async fn app_with_limit(limit: &str) -> TestApp {
    let limits = [("LIMIT_DISCLOSURES_PER_ADDRESS", limit), ("LIMIT_GUESSES_PER_ACCOUNT", "1000")];
    app_with_account_and(&limits).await
}

#[tokio::test]
async fn the_hundred_and_first_revealing_reply_of_an_hour_is_not_given() {
    let app = app_with_defaults().await;
    let mut browser = member(&app, "member@example.com").await;
    // Guesses have budgets of their own, which are smaller.
    for telling in Telling::ALL {
        telling.is_told(&mut browser, true).await;
    }
    app.clock.advance(HOUR / 2);
    for telling in Telling::ALL[4..].iter().cycle().take(92) {
        telling.is_told(&mut browser, true).await;
    }
    for later in [0, HOUR / 2 - 1] {
        app.clock.advance(later);
        for telling in Telling::ALL {
            telling.is_told(&mut browser, false).await;
        }
    }
    let mut elsewhere = member(&app, "elsewhere@example.com").await;
    let reply = EmailTakenAtUpdate.ask(&mut browser).await;
    assert_eq!(retry_after(&reply), 1);
    app.clock.advance(1);
    for browser in [&mut elsewhere, &mut browser] {
        for telling in Telling::ALL {
            telling.is_told(browser, true).await;
        }
    }
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn each_revealing_reply_counts_for_all_of_them() {
    for telling in Telling::ALL {
        let app = app_with_limit("1").await;
        let mut browser = member(&app, "member@example.com").await;
        telling.is_told(&mut browser, true).await;
        for other in Telling::ALL {
            other.is_told(&mut browser, false).await;
        }
    }
}

#[tokio::test]
async fn what_reveals_nothing_is_neither_counted_nor_refused() {
    let app = app_with_limit("1").await;
    let mut browser = at_home(&app).await;
    for round in 0..2 {
        for identifier in [EMAIL, "nobody@example.com"] {
            for door in [Door::ApiKey, Door::Cookie] {
                let outcome = door.sign_in(&mut browser, identifier, &impossible()).await;
                assert_eq!(outcome, SignIn::Refused, "{door:?} {identifier}");
            }
        }
        for door in Door::ALL {
            let outcome = door.sign_in(&mut browser, "no address@x", PASSWORD).await;
            assert_eq!(outcome, SignIn::Refused, "{door:?}");
            let outcome = door.sign_in(&mut browser, EMAIL, PASSWORD).await;
            assert!(matches!(outcome, SignIn::Done(_)), "{door:?} {outcome:?}");
        }
        let outcome = Check::ChangePassword.check(&mut browser, EMAIL, &impossible()).await;
        assert_eq!(outcome, Checked::Wrong);
        let username = format!("newcomer-{round}");
        register(&mut browser, &username, &format!("{round}@example.com")).await.id();
        create(&mut browser, &format!("{round}@example.org")).await.id();
        UnknownAtSignIn.is_told(&mut browser, round == 0).await;
    }
}

#[tokio::test]
async fn revealing_replies_count_for_the_gateways_address_and_no_header() {
    let app = app_with_limit("1").await;
    let mut browser = app.browser_at([203, 0, 113, 7]);
    UnknownAtSignIn.is_told(&mut browser, true).await;
    for name in HEADERS {
        let alias = in_header(name, "198.51.100.1");
        let mut same = app.browser_at([203, 0, 113, 7]).header(name, &alias);
        UnknownAtSignIn.is_told(&mut same, false).await;
        let mut other = app.browser().header(name, &in_header(name, "203.0.113.7"));
        UnknownAtSignIn.is_told(&mut other, true).await;
    }
    UnknownAtSignIn.is_told(&mut app.browser_at([198, 51, 100, 1]), true).await;
}
