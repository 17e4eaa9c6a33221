//! `GET /phone/token` and its twin `POST /phone/token`.

use insta::assert_snapshot;
use serde_json::json;
use shared::{
    credential::{Kind, Token},
    password::GivenPassword,
};

use super::{
    MINUTE, OTHER, PHONE, TOKEN, account, credentials, is_signed_in, join, number, says, sign_in,
    sign_in_both, signed_in, signed_in_by_email, too_many, with_query,
};
use crate::support::{PASSWORD, TestApp, create};

const GUESSES: (&str, &str) = ("LIMIT_GUESSES_PER_ACCOUNT", "1000");

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    let [by_get, by_post] = sign_in_both(&app, &credentials(PHONE, PASSWORD)).await;
    assert_snapshot!(by_get, @r#"
    200 OK
    set-cookie: token=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"state":200,"msg":"success"}
    "#);
    assert_eq!(by_get.to_string(), by_post.to_string());
    for reply in [by_get, by_post] {
        let token = Token::parse(&reply.cookies()[0].1).unwrap();
        let session = app.directory.session(Kind::ContactSession, Some(&token)).await.unwrap();
        assert_eq!(session.account.id, account(id));
        for kind in [Kind::ApiKey, Kind::CookieSession, Kind::UsersSession] {
            assert!(app.directory.session(kind, Some(&token)).await.is_err(), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let banned = number(1);
    let id = join(&app, &banned).await;
    app.directory.ban(account(id)).await.unwrap();
    for (fields, text) in [
        (json!({}), r#"{"state":400,"msg":"message required"}"#),
        (credentials(OTHER, PASSWORD), r#"{"state":404,"msg":"phone not exists"}"#),
        (credentials(PHONE, "something else"), r#"{"state":404,"msg":"wrong password"}"#),
        (credentials(&banned, PASSWORD), r#"{"state":403,"msg":"user banned"}"#),
    ] {
        for reply in sign_in_both(&app, &fields).await {
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, text));
            assert_eq!(reply.cookies(), []);
        }
    }
}

#[tokio::test]
async fn faults_are_told_in_the_order_of_the_checks() {
    let app = TestApp::with(&[GUESSES]).await;
    join(&app, PHONE).await;
    let banned = number(1);
    let id = join(&app, &banned).await;
    app.directory.ban(account(id)).await.unwrap();
    let gone = number(2);
    let id = join(&app, &gone).await;
    app.directory.delete_account(account(id)).await.unwrap();
    let longest = "x".repeat(129);
    let required = (400, "message required");
    let (unknown, wrong) = ((404, "phone not exists"), (404, "wrong password"));
    for (case, fields, (state, message)) in [
        ("ill-formed, no password", json!({ "phone": "x" }), required),
        ("unknown, no password", json!({ "phone": OTHER }), required),
        ("no phone", json!({ "password": PASSWORD }), required),
        ("empty phone", credentials("", PASSWORD), required),
        ("empty password", credentials(PHONE, ""), required),
        ("ill-formed", credentials("x", PASSWORD), unknown),
        ("an email address", credentials("ann@example.com", PASSWORD), unknown),
        ("unknown", credentials(OTHER, PASSWORD), unknown),
        ("deleted", credentials(&gone, PASSWORD), unknown),
        ("unknown, impossible password", credentials(OTHER, &longest), unknown),
        ("impossible password", credentials(PHONE, &longest), wrong),
        ("a control", credentials(PHONE, "k9#Lw2!pQz\n"), wrong),
        ("another password", credentials(PHONE, "k9#Lw2!pQ"), wrong),
        ("banned, wrong password", credentials(&banned, "something else"), wrong),
        ("banned", credentials(&banned, PASSWORD), (403, "user banned")),
    ] {
        for reply in sign_in_both(&app, &fields).await {
            says(&reply, state, message, case);
        }
    }
}

#[tokio::test]
async fn after_ten_wrong_passwords_the_right_one_is_refused_too() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let spellings =
        [PHONE, "13800138000", "0086-138-0013-8000", "１３８００１３８０００", "+86(138)00138000"];
    for phone in spellings {
        for reply in sign_in_both(&app, &credentials(phone, "something else")).await {
            says(&reply, 404, "wrong password", phone);
        }
    }
    for phone in spellings {
        for reply in sign_in_both(&app, &credentials(phone, PASSWORD)).await {
            assert_eq!(too_many(&reply, phone), 15 * MINUTE);
        }
    }
    app.clock.advance(15 * MINUTE - 1);
    too_many(&sign_in(&mut app.browser(), PHONE, PASSWORD).await, "a second too early");
    app.clock.advance(1);
    signed_in(&app, PHONE).await;

    // A number that nobody has answers alike.
    for _ in 0..10 {
        let reply = sign_in(&mut app.browser(), OTHER, PASSWORD).await;
        says(&reply, 404, "phone not exists", "unknown");
    }
    too_many(&sign_in(&mut app.browser(), OTHER, PASSWORD).await, "unknown");
}

#[tokio::test]
async fn a_session_presented_at_a_sign_in_does_not_survive_it() {
    let app = TestApp::with(&[GUESSES]).await;
    join(&app, PHONE).await;
    join(&app, OTHER).await;
    create(&mut app.browser(), "ann@example.com").await.id();
    for old in [signed_in(&app, PHONE).await, signed_in_by_email(&app, "ann@example.com").await] {
        let mut browser = old.clone();
        sign_in(&mut browser, PHONE, "something else").await;
        sign_in(&mut browser, &number(1), PASSWORD).await;
        assert!(is_signed_in(&app, &browser).await, "a refusal leaves the session as it was");
        sign_in(&mut browser, OTHER, PASSWORD).await;
        assert_ne!(browser.kept("token"), old.kept("token"));
        assert!(!is_signed_in(&app, &old).await && is_signed_in(&app, &browser).await);
        // The twin does no less.
        let older = browser.clone();
        browser.post(TOKEN, credentials(PHONE, PASSWORD)).await;
        assert!(!is_signed_in(&app, &older).await && is_signed_in(&app, &browser).await);
    }
    let invented = "a".repeat(80);
    let mut browser = app.browser().cookie("token", &invented);
    sign_in(&mut browser, PHONE, PASSWORD).await;
    assert_ne!(browser.kept("token"), Some(invented.as_str()));
}

#[tokio::test]
async fn an_imported_password_may_be_shorter_than_a_new_one() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    for password in ["x", " ", "密", "1234567"] {
        let hash = app.directory.hasher().rehash(&GivenPassword::new(password)).await.unwrap();
        app.record(id, "password", hash.as_phc()).await;
        for reply in sign_in_both(&app, &credentials(PHONE, password)).await {
            assert_eq!(reply.json()["msg"], "success", "{password:?}");
        }
    }
}

#[tokio::test]
async fn the_cookies_attributes_are_settings() {
    let settings = [("COOKIE_SAME_SITE", "none"), ("COOKIE_IDLE_DAYS", "1")];
    let app = TestApp::with(&settings).await;
    join(&app, PHONE).await;
    let reply = app.get(&with_query(TOKEN, &credentials(PHONE, PASSWORD))).await;
    let cookie = reply.header("set-cookie").unwrap();
    let (_, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(attributes, " Max-Age=86400; Path=/; HttpOnly; SameSite=None; Secure");
}

#[tokio::test]
async fn a_ban_ends_the_session_and_a_banned_number_stays_taken() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    let browser = signed_in(&app, PHONE).await;
    app.directory.ban(account(id)).await.unwrap();
    assert!(!is_signed_in(&app, &browser).await);
    app.clock.advance(MINUTE);
    let code = super::fresh_code(&app, PHONE).await;
    let reply = super::register(&mut app.browser(), PHONE, &code).await;
    reply.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
    assert_eq!(app.audited().await, 1);
}
