//! `GET /email/token` and its twin `POST /email/token`.

use http::Method;
use insta::assert_snapshot;
use serde_json::json;
use shared::credential::{Kind, Token};

use super::{
    DAY, EMAIL, OTHER, body, credentials, encoded, join, register, sign_in, start, success,
};
use crate::support::{Browser, Door, PASSWORD, Reply, TestApp, create};

/// Signs in by GET and by POST. Both must answer alike.
async fn both(app: &TestApp, email: &str, password: &str) -> Reply {
    let by_get = sign_in(&mut app.browser(), email, password).await;
    let by_post = app.post("/email/token", credentials(email, password)).await;
    assert_eq!(by_get.to_string(), by_post.to_string());
    by_post
}

async fn is_live(app: &TestApp, browser: &Browser) -> bool {
    let token = browser.kept("token").and_then(Token::parse);
    app.directory.session(Kind::ContactSession, token.as_ref()).await.is_ok()
}

#[tokio::test]
async fn the_documents_example_signs_in() {
    let app = start().await;
    join(&app, EMAIL).await;
    assert_snapshot!(both(&app, EMAIL, PASSWORD).await, @r#"
    200 OK
    set-cookie: token=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"state":200,"msg":"success"}
    "#);
    let mut browser = app.browser();
    sign_in(&mut browser, EMAIL, PASSWORD).await;
    let token = Token::parse(browser.kept("token").unwrap());
    let session = app.directory.session(Kind::ContactSession, token.as_ref()).await.unwrap();
    assert_eq!(session.account.id, app.account(EMAIL).await.id);
}

#[tokio::test]
async fn refusals_are_to_the_letter_and_come_with_status_200() {
    let app = start().await;
    join(&app, EMAIL).await;
    join(&app, "banned@example.com").await;
    app.ban("banned@example.com").await;
    register(&app, "pending@example.com", PASSWORD).await;
    let longest = "x".repeat(129);
    for (email, password, expected) in [
        ("", PASSWORD, r#"{"state":400,"msg":"message required"}"#),
        (EMAIL, "", r#"{"state":400,"msg":"message required"}"#),
        ("x", "", r#"{"state":400,"msg":"message required"}"#),
        ("nobody@example.com", PASSWORD, r#"{"state":404,"msg":"email not exists"}"#),
        ("nobody@example.com", &longest, r#"{"state":404,"msg":"email not exists"}"#),
        ("pending@example.com", PASSWORD, r#"{"state":404,"msg":"email not exists"}"#),
        ("x", PASSWORD, r#"{"state":404,"msg":"email not exists"}"#),
        ("ann@example.com,bob@example.com", PASSWORD, r#"{"state":404,"msg":"email not exists"}"#),
        ("+8613800000000", PASSWORD, r#"{"state":404,"msg":"email not exists"}"#),
        (EMAIL, OTHER, r#"{"state":404,"msg":"wrong password"}"#),
        (EMAIL, "k9#Lw2!pQz ", r#"{"state":404,"msg":"wrong password"}"#),
        (EMAIL, " ", r#"{"state":404,"msg":"wrong password"}"#),
        (EMAIL, &longest, r#"{"state":404,"msg":"wrong password"}"#),
        ("banned@example.com", OTHER, r#"{"state":404,"msg":"wrong password"}"#),
        ("banned@example.com", PASSWORD, r#"{"state":403,"msg":"user banned"}"#),
    ] {
        let reply = both(&app, email, password).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, expected), "{email}");
        assert_eq!(reply.cookies(), []);
    }
}

#[tokio::test]
async fn accounts_of_every_other_door_sign_in_here() {
    let app = start().await;
    app.register("test1234", PASSWORD, EMAIL).await;
    create(&mut app.browser(), "eve@example.com").await.id();
    for email in [EMAIL, "eve@example.com"] {
        both(&app, email, PASSWORD).await.is(200, success());
    }
    // By the email address alone.
    both(&app, "test1234", PASSWORD).await.is(200, body(404, "email not exists"));
}

#[tokio::test]
async fn a_parameter_that_is_repeated_or_broken_counts_as_missing() {
    let app = start().await;
    join(&app, EMAIL).await;
    let password = encoded(PASSWORD);
    for query in [
        String::new(),
        "email".to_owned(),
        format!("email={EMAIL}"),
        format!("password={password}"),
        format!("email=&password={password}"),
        format!("email={EMAIL}&password="),
        format!("email={EMAIL}&email={EMAIL}&password={password}"),
        format!("email={EMAIL}&email=bob@example.com&password={password}"),
        format!("email={EMAIL}&%65mail={EMAIL}&password={password}"),
        format!("email={EMAIL}&password={password}&password={password}"),
        format!("email[]={EMAIL}&password={password}"),
        format!("EMAIL={EMAIL}&password={password}"),
        format!("email={EMAIL};password={password}"),
        format!("email={EMAIL}%ff&password={password}"),
        format!("email={EMAIL}&password=%ff"),
        format!("email={EMAIL}&password={password}%2"),
    ] {
        let reply = app.get(&format!("/email/token?{query}")).await;
        assert_eq!(reply.json(), body(400, "message required"), "{query}");
        assert_eq!((reply.status.as_u16(), reply.cookies()), (200, vec![]));
    }
    // What a GET says is in its query, what a POST says in its body.
    let body_alone = credentials(EMAIL, PASSWORD);
    let reply = app.browser().send_json(Method::GET, "/email/token", body_alone).await;
    reply.is(200, body(400, "message required"));
    let path = format!("/email/token?email={EMAIL}&password={password}");
    app.post(&path, json!({})).await.is(200, body(400, "message required"));
}

#[tokio::test]
async fn identifiers_in_a_body_are_trimmed() {
    let app = start().await;
    join(&app, EMAIL).await;
    let reply = app.post("/email/token", credentials(" ANN@example.com\n", PASSWORD)).await;
    reply.is(200, success());
}

#[tokio::test]
async fn head_hands_out_nothing() {
    let app = start().await;
    join(&app, EMAIL).await;
    let stored = app.dump("tokens").await.len();
    let path = format!("/email/token?email={EMAIL}&password={}", encoded(PASSWORD));
    let reply = app.browser().send(Method::HEAD, &path, None, "").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (405, ""));
    assert_eq!(reply.header("allow"), Some("GET,POST,DELETE"));
    assert_eq!(reply.cookies(), []);
    assert_eq!(app.dump("tokens").await.len(), stored);
}

#[tokio::test]
async fn a_session_presented_at_a_sign_in_does_not_survive_it() {
    let app = start().await;
    join(&app, EMAIL).await;
    let mut old = app.browser();
    sign_in(&mut old, EMAIL, PASSWORD).await;
    let mut browser = old.clone();
    sign_in(&mut browser, EMAIL, OTHER).await;
    assert!(is_live(&app, &browser).await, "a refusal leaves the session as it was");
    sign_in(&mut browser, EMAIL, PASSWORD).await;
    assert!(is_live(&app, &browser).await);
    assert!(!is_live(&app, &old).await);
    let planted = format!("{}{}", &browser.kept("token").unwrap()[..16], "5".repeat(64));
    let mut browser = app.browser().cookie("token", &planted);
    sign_in(&mut browser, EMAIL, PASSWORD).await;
    assert_ne!(browser.kept("token"), Some(planted.as_str()));
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_the_password() {
    let app = start().await;
    join(&app, EMAIL).await;
    let mut browser = app.browser();
    sign_in(&mut browser, EMAIL, PASSWORD).await;
    app.clock.advance(14 * DAY - 1);
    assert!(is_live(&app, &browser).await);
    app.clock.advance(1);
    assert!(!is_live(&app, &browser).await);

    sign_in(&mut browser, EMAIL, PASSWORD).await;
    let mut users = app.browser();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let user = json!({
        "old_password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER,
    });
    let reply = users.patch("/users/password", json!({ "user": user })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!is_live(&app, &browser).await);
}

#[tokio::test]
async fn guesses_share_the_budget_of_every_door() {
    let app = TestApp::new().await;
    join(&app, EMAIL).await;
    for index in 0..10 {
        let email = if index % 2 == 0 { EMAIL } else { "ANN@Example.com" };
        let reply = sign_in(&mut app.browser(), email, OTHER).await;
        reply.is(200, body(404, "wrong password"));
    }
    let reply = both(&app, EMAIL, PASSWORD).await;
    reply.is(429, body(429, "too many requests"));
    assert!(reply.header("retry-after").is_some());
    Door::Users.ask(&mut app.browser(), EMAIL, PASSWORD).await;
    app.clock.advance(15 * 60);
    both(&app, EMAIL, PASSWORD).await.is(200, success());
}
