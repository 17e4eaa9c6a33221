//! How much anyone may ask for: the web app by its client address, a tenant's client apps together.

use std::iter::repeat_n;

use serde_json::json;

use super::{
    COOKIE, EMAIL, HEADER, NEW, PASSWORD, SIGN_IN, SIGN_OUT, SIGN_UP, Tenant, WRONG, basic, change,
    change_password, credentials, is_authenticated, is_refused, is_signed_in, join, signed_in,
    start_with_account_and, tenant_unauthenticated, user_unauthenticated,
};
use crate::support::{Browser, Door, Reply, SignIn, TestApp, tenant_error};

/// How long wrong passwords are counted from the first.
const WINDOW: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;

const HOME: [u8; 4] = [203, 0, 113, 7];

/// Asserts one request too many, and in how many seconds to try again.
#[track_caller]
fn is_too_many(reply: &Reply, retry_after: i64) {
    let found = (reply.status.as_u16(), reply.json(), reply.header("retry-after"), reply.cookies());
    let seconds = retry_after.to_string();
    let body = tenant_error(429, "too many requests");
    assert_eq!(found, (429, body, Some(seconds.as_str()), Vec::new()));
}

/// An app with the account of the examples and the limits of the template, but for these.
async fn with_limits(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(settings).await;
    join(&app, EMAIL).await;
    app
}

/// A tenant's client app that has signed in to the account at [`HOME`], and shows its token there.
async fn client_app_at_home(app: &TestApp) -> Browser {
    let tenant = Tenant::create(app).await;
    let at_home = || tenant.show(app.browser_at(HOME));
    let reply = at_home().post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    let body = reply.json();
    let token = body["data"]["token"].as_str().unwrap();
    at_home().header("authorization", &format!("bearer {token}"))
}

async fn is_wrong(browser: &mut Browser, email: &str) {
    let reply = browser.post(SIGN_IN, credentials(email, WRONG)).await;
    is_refused(&reply, "credentials invalid", email);
}

#[tokio::test]
async fn the_eleventh_wrong_password_is_too_many_also_for_the_right_one() {
    let app = with_limits(&[]).await;
    let mut guesser = app.browser();
    for _ in 0..10 {
        is_wrong(&mut guesser, EMAIL).await;
    }
    let hashes = app.directory.hasher().computed();
    for password in [WRONG, PASSWORD] {
        let reply = guesser.post(SIGN_IN, credentials(EMAIL, password)).await;
        is_too_many(&reply, WINDOW);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    // What can be no password is told as before, for it is no guess.
    let reply = guesser.post(SIGN_IN, credentials(EMAIL, "\0")).await;
    is_refused(&reply, "provided password illigal", "a control");
    app.clock.advance(WINDOW - 1);
    is_too_many(&guesser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, 1);
    app.clock.advance(1);
    assert_eq!(guesser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn old_passwords_and_passwords_at_other_doors_count_for_the_same_account() {
    let app = with_limits(&[]).await;
    let mut home = signed_in(&app, EMAIL).await;
    for _ in 0..4 {
        let reply = change_password(&mut home, change(WRONG, NEW)).await;
        is_refused(&reply, "credentials invalid", "old_password");
    }
    for door in Door::ALL.into_iter().cycle().take(6) {
        assert_eq!(door.sign_in(&mut home, EMAIL, WRONG).await, SignIn::Refused, "{door:?}");
    }
    for door in Door::ALL {
        assert_eq!(door.sign_in(&mut home, EMAIL, PASSWORD).await, SignIn::TooMany, "{door:?}");
    }
    is_too_many(&change_password(&mut home, change(PASSWORD, NEW)).await, WINDOW);
    assert!(is_signed_in(&home).await, "to be refused ends nothing");
    // Strangers have a budget of their own, as the owner has.
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn old_passwords_that_are_wrong_at_home_lock_nobody_out_elsewhere() {
    let app = with_limits(&[]).await;
    let mut client_app = client_app_at_home(&app).await;
    for _ in 0..10 {
        let reply = change_password(&mut client_app, change(WRONG, NEW)).await;
        is_refused(&reply, "credentials invalid", "old_password");
    }
    is_too_many(&change_password(&mut client_app, change(PASSWORD, NEW)).await, WINDOW);
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn strangers_do_not_keep_an_owner_at_home_from_changing_the_password() {
    let app = with_limits(&[]).await;
    let mut client_app = client_app_at_home(&app).await;
    for _ in 0..10 {
        is_wrong(&mut app.browser(), EMAIL).await;
    }
    is_too_many(&app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, WINDOW);

    let reply = change_password(&mut client_app, change(PASSWORD, NEW)).await;
    assert_eq!(reply.status, 200, "{reply}");
    let mut web_app = app.browser_at(HOME);
    assert_eq!(web_app.post(SIGN_IN, credentials(EMAIL, NEW)).await.status, 200);
    let reply = change_password(&mut web_app, change(NEW, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn an_address_that_signed_up_is_at_home() {
    let app = with_limits(&[]).await;
    let mut home = app.browser();
    assert_eq!(home.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await.status, 200);
    for _ in 0..10 {
        is_wrong(&mut app.browser(), "new@test.com").await;
    }
    assert_eq!(home.post(SIGN_IN, credentials("new@test.com", PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn wrong_passwords_of_one_address_are_too_many_whoever_they_are_for() {
    let app = with_limits(&[("LIMIT_GUESSES_PER_ADDRESS", "5")]).await;
    let mut home = signed_in(&app, EMAIL).await;
    for number in 0..4 {
        is_wrong(&mut home, &format!("{number}@test.com")).await;
    }
    for _ in 0..3 {
        // The right one gives back what it took.
        assert_eq!(home.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
    }
    let reply = change_password(&mut home, change(WRONG, NEW)).await;
    is_refused(&reply, "credentials invalid", "the fifth");
    is_too_many(&home.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, WINDOW);
    is_too_many(&change_password(&mut home, change(PASSWORD, NEW)).await, WINDOW);
    // Neither empties nor what is illigal are guesses, before or after.
    is_refused(&home.post(SIGN_IN, json!({})).await, "username empty", "nothing");
    assert_eq!(app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
    app.clock.advance(WINDOW);
    assert_eq!(home.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn tenant_headers_that_are_refused_count_as_passwords_of_the_address() {
    let app = with_limits(&[("LIMIT_GUESSES_PER_ADDRESS", "100")]).await;
    let tenant = Tenant::create(&app).await;
    let unknown = basic(&format!("nobody:{}", tenant.secret));
    let wrong = basic(&format!("{}:{}", tenant.id, "0".repeat(64)));
    let at_home = || app.browser_at(HOME);
    for number in 0..98 {
        // One of each kind, and at each endpoint: what no tenant can have counts as well.
        let header = [unknown.as_str(), wrong.as_str(), "nonsense"][number % 3];
        let mut browser = at_home().header(HEADER, header);
        let reply = match number % 4 {
            0 => browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await,
            1 => browser.post(SIGN_UP, json!({})).await,
            2 => change_password(&mut browser, json!({})).await,
            _ => browser.post(SIGN_OUT, json!({})).await,
        };
        assert_eq!(
            (reply.status.as_u16(), reply.json()),
            (401, tenant_unauthenticated()),
            "{number}"
        );
    }
    is_wrong(&mut at_home(), EMAIL).await;
    is_wrong(&mut at_home(), "nobody@test.com").await;

    for header in [unknown.as_str(), wrong.as_str(), "nonsense"] {
        let mut browser = at_home().header(HEADER, header);
        is_too_many(&browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, WINDOW);
        is_too_many(&browser.post(SIGN_UP, json!({})).await, WINDOW);
        is_too_many(&change_password(&mut browser, json!({})).await, WINDOW);
        is_too_many(&browser.post(SIGN_OUT, json!({})).await, WINDOW);
    }
    is_too_many(&at_home().post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, WINDOW);
    // A tenant's client app at the same address has nothing to do with that.
    assert!(is_authenticated(&mut tenant.show(at_home())).await);
    // Nor has anybody at another one.
    let mut elsewhere = app.browser().header(HEADER, &wrong);
    elsewhere.post(SIGN_IN, json!({})).await.is(401, tenant_unauthenticated());
    app.clock.advance(WINDOW);
    let mut browser = at_home().header(HEADER, &wrong);
    browser.post(SIGN_IN, json!({})).await.is(401, tenant_unauthenticated());
}

#[tokio::test]
async fn good_tenant_headers_are_not_counted_for_the_address() {
    let app = with_limits(&[("LIMIT_GUESSES_PER_ADDRESS", "1")]).await;
    let tenant = Tenant::create(&app).await;
    let mut client_app = tenant.show(app.browser_at(HOME));
    for _ in 0..5 {
        assert!(is_authenticated(&mut client_app).await);
    }
    is_wrong(&mut app.browser_at(HOME), EMAIL).await;
    is_too_many(&app.browser_at(HOME).post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, WINDOW);
    assert!(is_authenticated(&mut client_app).await);
}

#[tokio::test]
async fn the_address_is_the_gateways_and_no_header() {
    let app = with_limits(&[("LIMIT_GUESSES_PER_ADDRESS", "2")]).await;
    for number in 0..4 {
        let alias = format!("198.51.100.{number}");
        let mut browser =
            app.browser_at(HOME).header("x-forwarded-for", &alias).header(HEADER, "nonsense");
        let reply = browser.post(SIGN_IN, json!({})).await;
        let expected = if number < 2 { 401 } else { 429 };
        assert_eq!(reply.status.as_u16(), expected, "{number}: {reply}");
    }
}

#[tokio::test]
async fn the_twenty_first_account_of_an_hour_is_too_many_taken_or_not() {
    let environment = local::Template::load().unwrap().environment;
    let limit = environment["LIMIT_SIGN_UPS_PER_ADDRESS"].as_str();
    assert_eq!(limit, "20");
    let app = with_limits(&[("LIMIT_SIGN_UPS_PER_ADDRESS", limit)]).await;
    let mut browser = app.browser();
    for number in 0..20 {
        let email = format!("{number}@test.com");
        // What makes no account is not counted.
        let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        is_refused(&reply, "user with this username already existed", &email);
        let reply = browser.post(SIGN_UP, credentials("new@test.com", "short")).await;
        is_refused(&reply, "provided password illigal", &email);
        assert_eq!(browser.post(SIGN_UP, credentials(&email, PASSWORD)).await.status, 200);
    }
    let hashes = app.directory.hasher().computed();
    for email in ["new@test.com", EMAIL] {
        is_too_many(&browser.post(SIGN_UP, credentials(email, PASSWORD)).await, HOUR);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let reply = browser.post(SIGN_UP, credentials(EMAIL, "short")).await;
    is_refused(&reply, "provided password illigal", "a bad parameter is told all the same");
    assert!(is_signed_in(&browser).await, "to be refused ends nothing");
    app.clock.advance(HOUR);
    assert_eq!(browser.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await.status, 200);
    assert_eq!(app.audited().await, 22);
}

#[tokio::test]
async fn that_an_address_is_taken_is_told_a_hundred_times_an_hour() {
    for replies in ["documented", "uniform"] {
        let app =
            with_limits(&[("LIMIT_DISCLOSURES_PER_ADDRESS", "3"), ("REPLIES", replies)]).await;
        let mut browser = app.browser();
        for _ in 0..3 {
            let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
            is_refused(&reply, "user with this username already existed", replies);
        }
        is_too_many(&browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await, HOUR);
        // A sign-in tells nobody who is there, so it neither counts nor is refused.
        for email in repeat_n([EMAIL, "nobody@test.com"], 3).flatten() {
            is_wrong(&mut browser, email).await;
        }
        app.clock.advance(HOUR);
        let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        is_refused(&reply, "user with this username already existed", replies);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_may_ask_however_often() {
    let (app, _) = start_with_account_and(&[("LIMIT_GUESSES_PER_ADDRESS", "1")]).await;
    let mut browser = app.browser().cookie(COOKIE, &"a".repeat(80));
    for _ in 0..5 {
        change_password(&mut browser, change(PASSWORD, NEW)).await.is(401, user_unauthenticated());
        browser.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    }
    assert_eq!(browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
}
