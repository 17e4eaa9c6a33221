//! "This was not me": `/email/users/cancel/{email}/{token}`.

use http::Method;
use serde_json::json;

use super::{
    ACTIVATED, CANCEL, CANCELLED, CHOSEN, DAY, EMAIL, INVALID, Mailed, OTHER, body, choose,
    has_account, join, not_found, opens, person, press, register, shows, sign_in, start, success,
    taken,
};
use crate::support::{Door, PASSWORD, TestApp, create};

/// Looks at the link in every way that is no POST.
async fn look(app: &TestApp, path: &str) {
    shows(&person(app).get(path).await, 200, CANCEL);
    for accept in ["*/*", "application/json"] {
        let reply = app.browser().header("accept", accept).get(path).await;
        shows(&reply, 200, CANCEL);
    }
    shows(&app.get(path).await, 200, CANCEL);
    let head = person(app).send(Method::HEAD, path, None, "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}

#[tokio::test]
async fn looking_at_it_changes_nothing() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    look(&app, &mailed.not_me).await;
    app.get(&mailed.open).await.is(200, success());
    look(&app, &mailed.not_me).await;
    assert!(opens(&app, EMAIL, PASSWORD).await);
    app.get(&mailed.open).await.is(200, success());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn before_the_activation_it_withdraws_the_registration() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    shows(&press(&app, &mailed.not_me).await, 200, CANCELLED);
    app.get(&mailed.open).await.is(200, not_found());
    shows(&person(&app).get(&mailed.open).await, 404, INVALID);
    shows(&press(&app, &mailed.open).await, 404, INVALID);
    app.post(&mailed.open, json!({ "password": OTHER })).await.is(200, not_found());
    assert!(!has_account(&app, EMAIL).await);
    // There is nothing left to withdraw.
    app.post(&mailed.not_me, json!({})).await.is(200, not_found());
    shows(&person(&app).get(&mailed.not_me).await, 404, INVALID);
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a_program_may_withdraw_it_as_well() {
    let app = start().await;
    for content_type in [Some("application/json"), None] {
        let mailed = register(&app, EMAIL, PASSWORD).await;
        let mut browser = app.browser();
        let reply = browser.send(Method::POST, &mailed.not_me, content_type, "").await;
        assert_eq!(reply.text, r#"{"state":200,"msg":"success"}"#);
        app.get(&mailed.open).await.is(200, not_found());
        app.clock.advance(60);
    }
}

#[tokio::test]
async fn only_that_registration_is_withdrawn() {
    let app = start().await;
    let strangers = register(&app, EMAIL, OTHER).await;
    app.clock.advance(60);
    let own = register(&app, EMAIL, PASSWORD).await;
    shows(&press(&app, &strangers.not_me).await, 200, CANCELLED);
    app.get(&own.open).await.is(200, success());
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert!(!opens(&app, EMAIL, OTHER).await);
}

#[tokio::test]
async fn after_the_activation_it_deletes_the_account_for_7_days_to_the_second() {
    for (days, seconds, deleted) in [(0, 0, true), (7, -1, true), (7, 0, false), (30, 0, false)] {
        let app = start().await;
        let mailed = join(&app, EMAIL).await;
        app.clock.advance(days * DAY + seconds);
        let mut stranger = app.browser();
        sign_in(&mut stranger, EMAIL, PASSWORD).await.is(200, success());
        let reply = press(&app, &mailed.not_me).await;
        if deleted {
            shows(&reply, 200, CANCELLED);
            app.get(&mailed.open).await.is(200, not_found());
            assert_eq!(app.audited().await, 0);
            let reply = stranger.send(Method::DELETE, &sign_out(EMAIL), None, "").await;
            reply.is(200, body(404, "email not exists"));
            app.clock.advance(60);
            join(&app, EMAIL).await;
        } else {
            shows(&reply, 404, INVALID);
            app.post(&mailed.not_me, json!({})).await.is(200, not_found());
            assert!(opens(&app, EMAIL, PASSWORD).await);
            assert_eq!(app.audited().await, 1);
        }
    }
}

fn sign_out(email: &str) -> String {
    format!("/email/token?email={email}")
}

#[tokio::test]
async fn the_account_goes_whoever_activated_it_and_whatever_became_of_it() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    shows(&press(&app, &mailed.open).await, 200, ACTIVATED);
    let mut stranger = app.browser();
    Door::Users.sign_in(&mut stranger, EMAIL, PASSWORD).await;
    let user = json!({
        "old_password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER,
    });
    let reply = stranger.patch("/users/password", json!({ "user": user })).await;
    assert_eq!(reply.status, 200);
    app.post(&mailed.not_me, json!({})).await.is(200, success());
    assert!(!has_account(&app, EMAIL).await);
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn the_loser_of_two_registrations_withdraws_nothing_but_itself() {
    let app = start().await;
    let loser = register(&app, EMAIL, OTHER).await;
    app.clock.advance(60);
    join(&app, EMAIL).await;
    app.get(&loser.open).await.is(200, taken());
    shows(&person(&app).get(&loser.not_me).await, 200, CANCEL);
    app.post(&loser.not_me, json!({})).await.is(200, success());
    app.get(&loser.open).await.is(200, not_found());
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn it_never_deletes_an_account_that_could_be_or_was_taken_over() {
    let app = start().await;
    let id = create(&mut app.browser(), EMAIL).await.id();
    let before = register(&app, EMAIL, OTHER).await;
    shows(&press(&app, &before.not_me).await, 200, CANCELLED);
    shows(&choose(&app, &before.open, OTHER).await, 404, INVALID);
    assert!(opens(&app, EMAIL, PASSWORD).await);

    app.clock.advance(60);
    let after = register(&app, EMAIL, PASSWORD).await;
    shows(&choose(&app, &after.open, OTHER).await, 200, CHOSEN);
    shows(&press(&app, &after.not_me).await, 200, CANCELLED);
    assert!(opens(&app, EMAIL, OTHER).await);
    assert_eq!(app.account(EMAIL).await.id.number(), id);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_stranger_does_not_shed_a_ban_by_it() {
    let app = start().await;
    let mailed = join(&app, EMAIL).await;
    app.ban(EMAIL).await;
    press(&app, &mailed.not_me).await;
    app.post(&mailed.not_me, json!({})).await;
    let reply = sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
    reply.is(200, body(403, "user banned"));
    app.clock.advance(60);
    let request = super::credentials(EMAIL, PASSWORD);
    app.post("/email/users", request).await.is(200, taken());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_link_that_is_none_withdraws_nothing() {
    let app = start().await;
    let Mailed { not_me, .. } = &join(&app, EMAIL).await;
    let (path, token) = not_me.rsplit_once('/').unwrap();
    join(&app, "bob@example.com").await;
    for path in [
        format!("{path}/{}", "0".repeat(64)),
        format!("{path}/null"),
        format!("/email/users/cancel/bob@example.com/{token}"),
        format!("/email/users/cancel/x/{token}"),
    ] {
        app.post(&path, json!({})).await.is(200, not_found());
        shows(&app.get(&path).await, 404, INVALID);
        shows(&press(&app, &path).await, 404, INVALID);
    }
    for path in ["/email/users/cancel", &format!("/email/users/cancel/{EMAIL}")] {
        app.post(path, json!({})).await.is(200, body(400, "message required"));
        shows(&app.get(path).await, 400, INVALID);
    }
    assert_eq!(app.audited().await, 2);
}
