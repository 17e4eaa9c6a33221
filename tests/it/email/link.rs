//! `GET /email/users/active/{email}/{token}`, asked for by something that wants no page.

use serde_json::json;

use super::{
    DAY, EMAIL, Mailed, OTHER, body, encoded, has_account, join, mails, not_found, opens, register,
    sign_in, start, success, taken,
};
use crate::support::{PASSWORD, TestApp};

fn path(email: &str, token: &str) -> String {
    format!("/email/users/active/{email}/{token}")
}

/// How many registrations are stored.
async fn pending(app: &TestApp) -> usize {
    let items = app.dump("tokens").await;
    items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("pending#")).count()
}

#[tokio::test]
async fn an_opened_link_makes_the_account_and_signs_nobody_in() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let reply = app.get(&mailed.open).await;
    assert_eq!(reply.text, r#"{"state":200,"msg":"success"}"#);
    assert_eq!((reply.status.as_u16(), reply.cookies()), (200, vec![]));
    let account = app.account(EMAIL).await;
    assert!(account.email_verified);
    assert_eq!(account.shown_name(), "");
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = start().await;
    let first = register(&app, EMAIL, PASSWORD).await;
    app.clock.advance(60);
    let second = register(&app, EMAIL, PASSWORD).await;
    app.get(&second.open).await.is(200, success());
    for (path, expected) in [
        ("/email/users/active", r#"{"state":400,"msg":"message required"}"#),
        (
            "/email/users/active/ann@example.com/x",
            r#"{"content":null,"state":404,"msg":"email not found"}"#,
        ),
        (&first.open, r#"{"state":402,"msg":"email has exist"}"#),
    ] {
        let reply = app.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, expected), "{path}");
    }
}

#[tokio::test]
async fn a_segment_that_is_missing_or_empty_is_told() {
    let app = start().await;
    let token = register(&app, EMAIL, PASSWORD).await.token().to_owned();
    for path in [
        "/email/users/active",
        "/email/users/active/",
        "/email/users/active//",
        "/email/users/active///",
        &format!("/email/users/active/{EMAIL}"),
        &format!("/email/users/active/{EMAIL}/"),
        &format!("/email/users/active/{EMAIL}//"),
        &format!("/email/users/active/{token}"),
        &format!("/email/users/active//{token}"),
    ] {
        app.get(path).await.is(200, body(400, "message required"));
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn opening_a_link_again_is_a_success_and_changes_nothing() {
    let app = start().await;
    let mailed = join(&app, EMAIL).await;
    let before = app.account(EMAIL).await;
    for _ in 0..3 {
        app.get(&mailed.open).await.is(200, success());
    }
    let after = app.account(EMAIL).await;
    assert_eq!((after.id, after.version, after.epoch), (before.id, before.version, before.epoch));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_link_lives_for_24_hours_to_the_second() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    app.clock.advance(DAY - 1);
    app.get(&mailed.open).await.is(200, success());

    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    app.clock.advance(DAY);
    assert_eq!(pending(&app).await, 1, "the table has not cleaned up yet");
    app.get(&mailed.open).await.is(200, not_found());
    assert!(!has_account(&app, EMAIL).await);
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a_link_that_was_opened_is_a_success_for_7_more_days_to_the_second() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    app.clock.advance(DAY - 1);
    app.get(&mailed.open).await.is(200, success());
    app.clock.advance(7 * DAY - 1);
    app.get(&mailed.open).await.is(200, success());
    app.clock.advance(1);
    assert_eq!(pending(&app).await, 1, "the table has not cleaned up yet");
    app.get(&mailed.open).await.is(200, not_found());
    assert!(opens(&app, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn a_deleted_account_never_comes_back() {
    let app = start().await;
    let mailed = join(&app, EMAIL).await;
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    app.get(&mailed.open).await.is(200, not_found());
    app.post(&mailed.open, json!({})).await.is(200, not_found());
    app.post(&mailed.open, json!({ "password": OTHER })).await.is(200, not_found());
    assert!(!has_account(&app, EMAIL).await);
    assert_eq!(app.audited().await, 0);
    // The address is free for a registration of its own, which the old link has no part in.
    app.clock.advance(60);
    register(&app, EMAIL, OTHER).await;
    app.get(&mailed.open).await.is(200, not_found());
    app.clock.advance(60);
    join(&app, EMAIL).await;
    app.get(&mailed.open).await.is(200, not_found());
    app.post(&mailed.not_me, json!({})).await.is(200, not_found());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn the_address_in_the_path_may_be_spelled_in_every_way() {
    for email in [
        "ann@example.com",
        "ann%40example.com",
        "%61nn%40example%2ecom",
        "ANN@EXAMPLE.COM",
        "ann@ｅｘａｍｐｌｅ.com",
        "ann%40%EF%BD%85xample.com",
    ] {
        let app = start().await;
        let mailed = register(&app, EMAIL, PASSWORD).await;
        let email = if email.is_ascii() { email.to_owned() } else { encoded(email) };
        app.get(&path(&email, mailed.token())).await.is(200, success());
        assert_eq!(app.audited().await, 1);
    }
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let token = mailed.token();
    app.get(&format!("//email//users/active/{EMAIL}/{token}/")).await.is(200, success());
}

#[tokio::test]
async fn a_link_leads_back_to_any_address_that_can_be_registered() {
    let app = start().await;
    for email in [
        "a/b@example.com",
        "a+b@example.com",
        "50%off@example.com",
        "a%2fb@example.com",
        "a%2Bb@example.com",
        "a?b@example.com",
        "a#b@example.com",
        "a&b=c@example.com",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "ann@bücher.example",
    ] {
        app.post("/email/users", super::credentials(email, PASSWORD)).await.is(200, success());
        let mailed = Mailed::of(&app.outbox.messages()[0]);
        app.get(&mailed.open).await.is(200, success());
        let reply = sign_in(&mut app.browser(), email, PASSWORD).await;
        reply.is(200, success());
    }
    assert_eq!(app.audited().await, 10);
}

#[tokio::test]
async fn the_first_link_that_is_opened_wins() {
    for first in [0, 1] {
        let app = start().await;
        let mut mailed = vec![register(&app, EMAIL, PASSWORD).await];
        app.clock.advance(60);
        mailed.push(register(&app, EMAIL, OTHER).await);
        let passwords = [PASSWORD, OTHER];
        app.get(&mailed[first].open).await.is(200, success());
        app.get(&mailed[1 - first].open).await.is(200, taken());
        app.post(&mailed[1 - first].open, json!({})).await.is(200, taken());
        app.post(&mailed[1 - first].open, json!({ "password": "m0re-than-8" }))
            .await
            .is(200, taken());
        app.get(&mailed[first].open).await.is(200, success());
        assert!(opens(&app, EMAIL, passwords[first]).await);
        assert!(!opens(&app, EMAIL, passwords[1 - first]).await);
        assert_eq!(app.audited().await, 1);
        assert_eq!(mails(&app, EMAIL).len(), 2);
    }
}

#[tokio::test]
async fn a_password_in_the_query_of_a_link_counts_for_nothing() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    app.get(&format!("{}?password={OTHER}", mailed.open.replace('#', ""))).await.is(200, success());
    assert!(opens(&app, EMAIL, PASSWORD).await);
}
