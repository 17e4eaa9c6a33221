//! How often somebody is written to.

use futures::future::join_all;

use super::{
    EMAIL, HOUR, Mailed, OTHER, body, credentials, mails, register, start, start_with, success,
};
use crate::support::{Browser, PASSWORD, PUBLIC_URL, Reply, TestApp, crowd};

async fn ask(browser: &mut Browser, email: &str) -> Reply {
    browser.post("/email/users", credentials(email, PASSWORD)).await
}

#[track_caller]
fn too_often(reply: &Reply) {
    reply.is(200, body(402, "send too frequently"));
}

#[tokio::test]
async fn an_address_gets_one_mail_a_minute_to_the_second() {
    let app = start().await;
    ask(&mut app.browser(), EMAIL).await.is(200, success());
    too_often(&ask(&mut app.browser(), EMAIL).await);
    app.clock.advance(59);
    for email in [EMAIL, "ANN@example.com", "ann@ｅｘａｍｐｌｅ.com"] {
        too_often(&ask(&mut app.browser(), email).await);
    }
    // Other addresses do not wait for it.
    ask(&mut app.browser(), "bob@example.com").await.is(200, success());
    app.clock.advance(1);
    ask(&mut app.browser(), EMAIL).await.is(200, success());
    assert_eq!(mails(&app, EMAIL).len(), 2);
}

#[tokio::test]
async fn how_long_an_address_waits_for_another_mail_is_a_setting() {
    let app = start_with(&[("MAIL_INTERVAL_SECONDS", "5")]).await;
    ask(&mut app.browser(), EMAIL).await.is(200, success());
    app.clock.advance(4);
    too_often(&ask(&mut app.browser(), EMAIL).await);
    app.clock.advance(1);
    ask(&mut app.browser(), EMAIL).await.is(200, success());
}

#[tokio::test]
async fn fifty_requests_at_once_send_one_mail() {
    let app = start().await;
    let hashes = app.directory.hasher().computed();
    let asked = (0..50).map(async |_| ask(&mut app.browser(), EMAIL).await);
    let replies = join_all(asked).await;
    let sent = replies.iter().filter(|reply| reply.json() == success()).count();
    assert_eq!(sent, 1);
    for reply in replies.iter().filter(|reply| reply.json() != success()) {
        too_often(reply);
    }
    assert_eq!(mails(&app, EMAIL).len(), 1);
    assert_eq!(app.directory.hasher().computed(), hashes + 1);
    app.get(&Mailed::of(&mails(&app, EMAIL)[0]).open).await.is(200, success());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn one_client_address_causes_2_mails_a_day_to_one_recipient() {
    let app = start_with(&[("LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS", "2")]).await;
    let mut browser = app.browser_at(crowd(7));
    for _ in 0..2 {
        ask(&mut browser, EMAIL).await.is(200, success());
        app.clock.advance(HOUR);
    }
    too_often(&ask(&mut browser, EMAIL).await);
    let spoofed = "198.51.100.7";
    let mut spoofing = app.browser_at(crowd(7)).header("x-forwarded-for", spoofed);
    too_often(&ask(&mut spoofing, EMAIL).await);
    // It may write to others, and others to the recipient.
    ask(&mut browser, "bob@example.com").await.is(200, success());
    ask(&mut app.browser_at(crowd(8)), EMAIL).await.is(200, success());
    app.clock.advance(22 * HOUR - 1);
    too_often(&ask(&mut browser, EMAIL).await);
    app.clock.advance(1);
    ask(&mut browser, EMAIL).await.is(200, success());
}

#[tokio::test]
async fn what_is_refused_for_its_frequency_uses_up_nothing_else() {
    let limits =
        [("LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS", "2"), ("LIMIT_SIGN_UPS_PER_ADDRESS", "3")];
    let app = TestApp::with(&limits).await;
    let mut browser = app.browser();
    ask(&mut browser, EMAIL).await.is(200, success());
    let stored = app.dump("tokens").await.len();
    for _ in 0..20 {
        too_often(&ask(&mut browser, EMAIL).await);
    }
    assert_eq!(app.dump("tokens").await.len(), stored);
    app.clock.advance(60);
    ask(&mut browser, EMAIL).await.is(200, success());
    app.clock.advance(60);
    for _ in 0..20 {
        // The pair's budget: neither the minute nor the recipient's day nor the sign-ups pay.
        too_often(&ask(&mut browser, EMAIL).await);
    }
    ask(&mut browser, "bob@example.com").await.is(200, success());
    for _ in 0..3 {
        ask(&mut app.browser(), EMAIL).await.is(200, success());
        app.clock.advance(60);
    }
    for _ in 0..3 {
        // The recipient's day: this client has never written to them.
        too_often(&ask(&mut app.browser(), EMAIL).await);
    }
    let mut fresh = app.browser();
    for _ in 0..5 {
        too_often(&ask(&mut fresh, EMAIL).await);
    }
    for email in ["one@example.com", "two@example.com", "three@example.com"] {
        ask(&mut fresh, email).await.is(200, success());
    }
    ask(&mut fresh, "four@example.com").await.is(429, body(429, "too many requests"));
}

#[tokio::test]
async fn a_refused_request_makes_no_link() {
    let app = start().await;
    register(&app, EMAIL, PASSWORD).await;
    let pending = async || {
        let items = app.dump("tokens").await;
        items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("pending#")).count()
    };
    assert_eq!(pending().await, 1);
    too_often(&app.post("/email/users", credentials(EMAIL, OTHER)).await);
    assert_eq!(pending().await, 1);
}

#[tokio::test]
async fn mails_to_unproven_accounts_count_as_well() {
    let app = start().await;
    crate::support::create(&mut app.browser(), EMAIL).await.id();
    for _ in 0..5 {
        ask(&mut app.browser(), EMAIL).await.is(200, success());
        too_often(&ask(&mut app.browser(), EMAIL).await);
        app.clock.advance(HOUR);
    }
    too_often(&ask(&mut app.browser(), EMAIL).await);
    assert_eq!(mails(&app, EMAIL).len(), 5);
    assert!(mails(&app, EMAIL)[0].links[0].starts_with(PUBLIC_URL));
}
