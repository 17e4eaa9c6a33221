//! The cookie `connect.sid`.

use serde_json::json;
use shared::credential::{BareToken, digest};

use super::{
    COOKIE, EMAIL, NEW, PASSWORD, SIGN_IN, SIGN_OUT, SIGN_UP, WRONG, change, change_password,
    credentials, is_refused, is_signed_in, join, signed_in, start, start_with_account,
    start_with_account_and, user_unauthenticated,
};
use crate::support::{Browser, Door, TestApp};

const DAY: i64 = 24 * 60 * 60;

fn kept(browser: &Browser) -> String {
    browser.kept(COOKIE).unwrap().to_owned()
}

fn with(app: &TestApp, value: &str) -> Browser {
    app.browser().cookie(COOKIE, value)
}

#[tokio::test]
async fn the_cookie_is_set_as_the_operator_wants() {
    for (settings, expected) in [
        (&[] as &[_], "Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure"),
        (
            &[("COOKIE_SAME_SITE", "none")],
            "Max-Age=1209600; Path=/; HttpOnly; SameSite=None; Secure",
        ),
        (&[("COOKIE_IDLE_DAYS", "3")], "Max-Age=259200; Path=/; HttpOnly; SameSite=Lax; Secure"),
        (
            &[("COOKIE_ABSOLUTE_DAYS", "2")],
            "Max-Age=172800; Path=/; HttpOnly; SameSite=Lax; Secure",
        ),
        (&[("STAGE", "local")], "Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax"),
    ] {
        let app = TestApp::with(settings).await;
        let mut browser = app.browser();
        let up = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        let into = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
        let changed = change_password(&mut browser, change(PASSWORD, NEW)).await;
        for reply in [up, into, changed] {
            let cookie = reply.header("set-cookie").unwrap();
            let (_, attributes) = cookie.split_once("; ").unwrap();
            assert_eq!((attributes, reply.cookies().len()), (expected, 1));
        }
        let out = browser.post(SIGN_OUT, json!({})).await;
        let (_, attributes) = expected.split_once("; ").unwrap();
        let cleared = format!("{COOKIE}=; Max-Age=0; {attributes}");
        assert_eq!(out.header("set-cookie"), Some(cleared.as_str()));
    }
}

#[tokio::test]
async fn a_session_presented_at_a_sign_in_does_not_survive_it() {
    let (app, _) = start_with_account().await;
    join(&app, "next@test.com").await;
    let old = signed_in(&app, EMAIL).await;
    let mut browser = old.clone();
    let reply = browser.post(SIGN_IN, credentials("next@test.com", WRONG)).await;
    is_refused(&reply, "credentials invalid", "wrong");
    assert!(is_signed_in(&browser).await, "a refusal leaves the session as it was");

    browser.post(SIGN_IN, credentials("next@test.com", PASSWORD)).await;
    assert_ne!(kept(&browser), kept(&old));
    assert!(!is_signed_in(&old).await);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn none_of_several_sessions_survives_a_sign_in_or_a_sign_up() {
    let (app, _) = start_with_account().await;
    for (path, email) in [(SIGN_IN, EMAIL), (SIGN_UP, "new@test.com")] {
        let (one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
        let bystander = signed_in(&app, EMAIL).await;
        let cookies = format!("{COOKIE}={}; a=b; {COOKIE}={}", kept(&one), kept(&other));
        let mut browser = app.browser().header("cookie", &cookies);
        let reply = browser.post(path, credentials(email, PASSWORD)).await;
        assert_eq!(reply.status, 200, "{reply}");
        assert!(!is_signed_in(&one).await, "{path}");
        assert!(!is_signed_in(&other).await, "{path}");
        assert!(is_signed_in(&bystander).await, "{path}");
        assert!(is_signed_in(&with(&app, &kept(&browser))).await, "{path}");
    }
}

#[tokio::test]
async fn an_invented_session_is_never_adopted() {
    let (app, id) = start_with_account().await;
    let bare = BareToken::random().unwrap();
    for (number, invented) in [
        format!("{id:016x}{}", "a".repeat(64)),
        "a".repeat(80),
        bare.expose().to_owned(),
        "s%3Ax.y".to_owned(),
        "x".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        for (path, email) in [(SIGN_IN, EMAIL), (SIGN_UP, &format!("new{number}@test.com"))] {
            let mut browser = with(&app, &invented);
            let reply = browser.post(path, credentials(email, PASSWORD)).await;
            assert_eq!(reply.status, 200, "{reply}");
            assert_ne!(kept(&browser), invented);
            assert!(!is_signed_in(&with(&app, &invented)).await, "{invented}");
            assert!(is_signed_in(&browser).await);
        }
    }
}

#[tokio::test]
async fn credentials_of_other_contracts_sign_nobody_in() {
    let (app, _) = start_with_account().await;
    let mut others = vec![];
    for door in [Door::Cookie, Door::Users] {
        let mut browser = app.browser();
        door.sign_in(&mut browser, EMAIL, PASSWORD).await;
        others.push(browser.kept(door.cookie().unwrap()).unwrap().to_owned());
    }
    let key = Door::ApiKey.ask(&mut app.browser(), EMAIL, PASSWORD).await.json();
    others.push(key["api_key"].as_str().unwrap().to_owned());
    let mut contact = app.browser();
    let by_email = json!({ "email": EMAIL, "password": PASSWORD });
    contact.post("/email/token", by_email).await;
    others.push(contact.kept("token").unwrap().to_owned());
    let own = kept(&signed_in(&app, EMAIL).await);

    for other in &others {
        assert!(!is_signed_in(&with(&app, other)).await);
        // Nor does a sign-in end what is in the wrong slot.
        let mut browser = with(&app, other);
        browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    }
    assert_eq!(contact.delete("/email/token", json!({ "email": EMAIL })).await.status, 200);
    let mut browser = app.browser().cookie("sessionid", &others[0]);
    assert_eq!(browser.post("/api/v1/user/logout/", json!({})).await.status, 200);
    let mut browser = app.browser().cookie("_session", &others[1]);
    assert_eq!(browser.delete("/users/sign_out", json!({})).await.status, 200);

    // And the other way round.
    for (name, path) in [("sessionid", "/api/v1/user/logout/"), ("token", "/email/token")] {
        let mut browser = app.browser().cookie(name, &own);
        match name {
            "token" => browser.delete(path, json!({ "email": EMAIL })).await,
            _ => browser.post(path, json!({})).await,
        };
    }
    app.post("/user/signout", json!({ "api_key": own })).await.is(200, json!({}));
    assert!(is_signed_in(&with(&app, &own)).await);
}

#[tokio::test]
async fn a_session_is_taken_from_its_cookie_alone() {
    let (app, _) = start_with_account().await;
    let browser = signed_in(&app, EMAIL).await;
    let token = kept(&browser);
    let bearer = format!("bearer {token}");
    for (case, mut elsewhere) in [
        ("authorization", app.browser().header("authorization", &bearer)),
        ("a header", app.browser().header("connect.sid", &token)),
        ("x-header", app.browser().header("x-session", &token)),
        ("signed as express does", with(&app, &format!("s%3A{token}.AAAA"))),
    ] {
        let mut body = change(PASSWORD, NEW);
        body[COOKIE] = json!(token);
        body["token"] = json!(token);
        let reply = change_password(&mut elsewhere, body.clone()).await;
        reply.is(401, user_unauthenticated());
        let path = format!("{SIGN_OUT}?{COOKIE}={token}&token={token}");
        let reply = elsewhere.post(&path, body).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (401, user_unauthenticated()), "{case}");
    }
    assert!(is_signed_in(&browser).await);
    // An authorization header says nothing to the web app.
    let both = browser.clone().header("authorization", "bearer x.y.z");
    assert!(is_signed_in(&both).await);
}

#[tokio::test]
async fn a_session_ends_after_its_idle_time_to_the_second() {
    let settings = [("COOKIE_IDLE_DAYS", "2"), ("COOKIE_ABSOLUTE_DAYS", "5")];
    let (app, _) = start_with_account_and(&settings).await;
    let mut browser = signed_in(&app, EMAIL).await;
    app.clock.advance(2 * DAY - 1);
    assert!(is_signed_in(&browser).await);
    app.clock.advance(1);
    assert!(!is_signed_in(&browser).await);
    browser.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    // Nothing has cleaned up: it is the product that finds it expired.
    let tokens = format!("{:?}", app.dump("tokens").await);
    assert!(tokens.contains(&digest(&kept(&browser))));
}

#[tokio::test]
async fn a_changed_password_starts_the_idle_time_anew_and_never_beyond_the_absolute_end() {
    let settings = [("COOKIE_IDLE_DAYS", "2"), ("COOKIE_ABSOLUTE_DAYS", "5")];
    let (app, _) = start_with_account_and(&settings).await;
    let mut browser = signed_in(&app, EMAIL).await;
    let before = kept(&browser);
    app.clock.advance(2 * DAY - 1);
    let reply = change_password(&mut browser, change(PASSWORD, NEW)).await;
    assert!(reply.to_string().contains("Max-Age=172800;"), "{reply}");
    app.clock.advance(2 * DAY - 1);
    let reply = change_password(&mut browser, change(NEW, PASSWORD)).await;
    assert!(reply.to_string().contains("Max-Age=86402;"), "{reply}");
    app.clock.advance(DAY + 1);
    assert!(is_signed_in(&browser).await);
    app.clock.advance(1);
    assert!(!is_signed_in(&browser).await);
    assert_eq!(kept(&browser), before, "the cookie is sent anew, the session stays");
}

#[tokio::test]
async fn a_session_of_the_default_settings_ends_90_days_after_its_sign_in() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let (mut old, mut new) = (PASSWORD, NEW);
    for days in [13, 13, 13, 13, 13, 13, 11] {
        app.clock.advance(days * DAY);
        let reply = change_password(&mut browser, change(old, new)).await;
        assert_eq!(reply.status, 200, "{reply}");
        let max_age = if days == 11 { "Max-Age=86400;" } else { "Max-Age=1" };
        assert!(reply.to_string().contains(max_age), "{reply}");
        std::mem::swap(&mut old, &mut new);
    }
    app.clock.advance(DAY - 1);
    assert!(is_signed_in(&browser).await);
    app.clock.advance(1);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn what_is_no_session_is_no_error_either() {
    let app = start().await;
    for value in [
        "",
        "x",
        "a.b.c",
        &"a".repeat(64),
        &"a".repeat(79),
        &"0".repeat(80),
        &"f".repeat(80),
        &"z".repeat(8000),
        "é",
        "\"\"",
        "credential#web_session#x",
    ] {
        let mut browser = with(&app, value);
        browser.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
        change_password(&mut browser, json!({})).await.is(401, user_unauthenticated());
    }
}
