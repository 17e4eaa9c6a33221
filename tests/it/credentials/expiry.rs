//! How long credentials live, to the second.

use aws_sdk_dynamodb::types::AttributeValue;
use insta::assert_snapshot;
use serde_json::{Value, json};
use shared::credential::digest;

use super::{EMAIL, Member};
use crate::support::{Door, PASSWORD, TestApp, register};

const DAY: i64 = 24 * 60 * 60;

/// A use of the session: a change that changes nothing.
fn change() -> Value {
    json!({ "user": { "name": "Somebody" } })
}

/// Asserts that every credential's item is in the table still: nothing has cleaned up, so it is
/// the product that finds it expired.
async fn is_still_stored(app: &TestApp, member: &Member) {
    let tokens = format!("{:?}", app.dump("tokens").await);
    for door in Door::ALL {
        assert!(tokens.contains(&digest(member.token(door))), "{door:?}");
    }
}

#[tokio::test]
async fn unused_cookies_live_for_14_days_and_an_api_key_for_90() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    app.clock.advance(14 * DAY - 1);
    member.is_signed_in_at(&app, &Door::ALL).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[Door::ApiKey]).await;
    app.clock.advance(76 * DAY - 1);
    member.is_signed_in_at(&app, &[Door::ApiKey]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
    is_still_stored(&app, &member).await;
}

#[tokio::test]
async fn lifetimes_are_settings() {
    let settings =
        [("COOKIE_IDLE_DAYS", "2"), ("COOKIE_ABSOLUTE_DAYS", "3"), ("API_KEY_DAYS", "1")];
    let app = TestApp::with(&settings).await;
    let mut member = Member::join(&app).await;
    app.clock.advance(DAY - 1);
    member.is_signed_in_at(&app, &Door::ALL).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[Door::Cookie, Door::Users, Door::Tenant]).await;
    let reply = member.users.patch("/users", change()).await;
    assert!(reply.to_string().contains("Max-Age=172800;"), "{reply}");
    app.clock.advance(DAY);
    member.is_signed_in_at(&app, &[Door::Users]).await;
    app.clock.advance(DAY - 1);
    member.is_signed_in_at(&app, &[Door::Users]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
}

#[tokio::test]
async fn a_cookie_is_never_kept_for_longer_than_its_session_can_live() {
    let settings = [("COOKIE_IDLE_DAYS", "3"), ("COOKIE_ABSOLUTE_DAYS", "2")];
    let app = TestApp::with(&settings).await;
    register(&mut app.browser(), "test1234", EMAIL).await.id();
    for door in [Door::Cookie, Door::Users, Door::Tenant] {
        let reply = door.ask(&mut app.browser(), EMAIL, PASSWORD).await;
        assert!(reply.to_string().contains("Max-Age=172800;"), "{door:?}: {reply}");
    }
}

#[tokio::test]
async fn a_session_that_is_used_starts_its_idle_time_anew() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let token = member.token(Door::Users).to_owned();
    app.clock.advance(DAY);
    let reply = member.users.patch("/users", change()).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: _session=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users","method":"PATCH","user":{"id":"[id]","name":"Somebody","email":"test1234@abc.com"}}
    "#);
    assert_eq!(member.token(Door::Users), token, "the cookie is sent anew, the session stays");

    // Beyond the first idle time, to the second.
    app.clock.advance(14 * DAY - 1);
    member.is_signed_in_at(&app, &[Door::ApiKey, Door::Users]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[Door::ApiKey]).await;
    is_still_stored(&app, &member).await;
}

#[tokio::test]
async fn an_idle_time_is_started_anew_once_a_day_at_most() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    for (seconds, promised) in [(0, None), (DAY - 1, None), (1, Some(14 * DAY)), (DAY - 1, None)] {
        app.clock.advance(seconds);
        let reply = member.users.patch("/users", change()).await;
        assert_eq!(reply.status, 200, "{reply}");
        assert_eq!(max_age(&reply.to_string()), promised, "{reply}");
    }
    // What was not started anew ends when it would have.
    app.clock.advance(13 * DAY);
    member.is_signed_in_at(&app, &[Door::ApiKey, Door::Users]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[Door::ApiKey]).await;
}

#[tokio::test]
async fn a_session_ends_90_days_after_its_sign_in_however_much_it_is_used() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    for day in 1..=89 {
        app.clock.advance(DAY);
        let reply = member.users.patch("/users", change()).await;
        assert_eq!(reply.status, 200, "day {day}: {reply}");
        // Its cookie never promises more than the session has left.
        let promised = max_age(&reply.to_string());
        assert!(promised.is_none_or(|promised| promised <= (90 - day) * DAY), "day {day}: {reply}");
    }
    app.clock.advance(DAY - 1);
    member.is_signed_in_at(&app, &[Door::ApiKey, Door::Users]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
    is_still_stored(&app, &member).await;
}

#[tokio::test]
async fn a_credential_ends_for_good_although_its_item_says_that_it_was_used_since() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    let mut changed = 0;
    for mut item in app.dump("tokens").await {
        if item.contains_key("ends") {
            let later = app.clock.now() + 1_000 * DAY;
            item.insert("expires".to_owned(), AttributeValue::N(later.to_string()));
            app.db.put_item().table_name("tokens").set_item(Some(item)).send().await.unwrap();
            changed += 1;
        }
    }
    assert_eq!(changed, Door::ALL.len());
    app.clock.advance(90 * DAY - 1);
    member.is_signed_in_at(&app, &Door::ALL).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
}

#[tokio::test]
async fn a_changed_password_does_not_prolong_the_absolute_end() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let passwords = [PASSWORD, "7Zq!vB3@mLr"];
    for (index, day) in [13, 26, 39, 52, 65, 78, 89].into_iter().enumerate() {
        app.clock.advance(if day == 89 { 11 } else { 13 } * DAY);
        let (old, new) = (passwords[index % 2], passwords[(index + 1) % 2]);
        member.change_password(old, new).await;
        member.is_signed_in_at(&app, &[Door::Users]).await;
    }
    app.clock.advance(DAY - 1);
    member.is_signed_in_at(&app, &[Door::Users]).await;
    app.clock.advance(1);
    member.is_signed_in_at(&app, &[]).await;
}

#[tokio::test]
async fn a_changed_password_sends_the_cookie_anew() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    for _ in 0..8 {
        app.clock.advance(10 * DAY);
        assert_eq!(member.users.patch("/users", change()).await.status, 200);
    }
    let user = json!({
        "old_password": PASSWORD,
        "new_password": "7Zq!vB3@mLr",
        "new_password_confirm": "7Zq!vB3@mLr",
    });
    let reply = member.users.patch("/users/password", json!({ "user": user })).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: _session=[token]; Max-Age=864000; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users/password","method":"PATCH","user":{"id":"[id]","name":"Somebody","email":"test1234@abc.com"}}
    "#);
}

#[tokio::test]
async fn an_expired_session_is_not_revived_by_a_request() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    app.clock.advance(14 * DAY);
    for _ in 0..2 {
        let reply = member.users.patch("/users", change()).await;
        assert_eq!(reply.json()["error"]["code"], 2);
        member.is_signed_in_at(&app, &[Door::ApiKey]).await;
    }
}

fn max_age(shown: &str) -> Option<i64> {
    shown.split_once("Max-Age=")?.1.split_once(';')?.0.parse().ok()
}
