//! `DELETE /email/token`.

use http::Method;
use serde_json::{Value, json};
use shared::credential::{Kind, Token};

use super::{EMAIL, body, join, sign_in, start, success};
use crate::support::{Browser, Door, PASSWORD, Reply, TestApp};

const BOB: &str = "bob@example.com";

async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    sign_in(&mut browser, email, PASSWORD).await.is(200, success());
    browser
}

async fn is_live(app: &TestApp, browser: &Browser) -> bool {
    let token = browser.kept("token").and_then(Token::parse);
    app.directory.session(Kind::ContactSession, token.as_ref()).await.is_ok()
}

/// Signs out with a query and perhaps a body.
async fn sign_out(browser: &mut Browser, query: &str, body: Option<Value>) -> Reply {
    let path = format!("/email/token{query}");
    match body {
        Some(body) => browser.delete(&path, body).await,
        None => browser.send(Method::DELETE, &path, None, "").await,
    }
}

#[tokio::test]
async fn the_documents_example_signs_out() {
    let app = start().await;
    join(&app, EMAIL).await;
    for (query, body) in [
        (format!("?email={EMAIL}"), None),
        ("?email=ANN%40example.com".to_owned(), None),
        (String::new(), Some(json!({ "email": " Ann@example.com " }))),
        (format!("?email={EMAIL}"), Some(json!({ "email": EMAIL }))),
        (format!("?email={EMAIL}"), Some(json!({ "x": 1 }))),
    ] {
        let browser = signed_in(&app, EMAIL).await;
        let reply = sign_out(&mut browser.clone(), &query, body).await;
        assert_eq!(
            reply.to_string(),
            "200 OK\n\
             set-cookie: token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure\n\n\
             {\"state\":200,\"msg\":\"success\"}"
        );
        assert!(!is_live(&app, &browser).await, "{query}");
    }
}

#[tokio::test]
async fn refusals_are_to_the_letter_and_end_nothing() {
    let app = start().await;
    join(&app, EMAIL).await;
    let browser = signed_in(&app, EMAIL).await;
    let missing = r#"{"state":400,"msg":"message required"}"#;
    let unknown = r#"{"state":404,"msg":"email not exists"}"#;
    let twice = format!("?email={EMAIL}&email={EMAIL}");
    for (query, body, expected) in [
        ("", None, missing),
        ("", Some(json!({})), missing),
        ("?email=", None, missing),
        (twice.as_str(), None, missing),
        ("?email=ann@example.com", Some(json!({ "email": BOB })), missing),
        ("?email=ann@example.com", Some(json!({ "email": null })), missing),
        ("?email=ann@example.com", Some(json!({ "email": ["ann@example.com"] })), missing),
        ("?email=ann@example.com", Some(json!([])), missing),
        ("", Some(json!({ "email": "" })), missing),
        ("", Some(json!({ "email": " " })), missing),
        ("", Some(json!({ "email": 1 })), missing),
        ("?email=x", None, unknown),
        ("?email=+ann@example.com", None, unknown),
        ("?email=ann@example.com%20", None, unknown),
        ("?email=nobody@example.com", None, unknown),
        ("", Some(json!({ "email": "x" })), unknown),
        ("", Some(json!({ "email": "nobody@example.com" })), unknown),
    ] {
        let reply = sign_out(&mut browser.clone(), query, body).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, expected), "{query}");
        assert_eq!(reply.cookies(), []);
    }
    assert!(is_live(&app, &browser).await);
}

#[tokio::test]
async fn the_presented_session_alone_ends() {
    let app = start().await;
    join(&app, EMAIL).await;
    let (one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let mut users = app.browser();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let query = format!("?email={EMAIL}");
    sign_out(&mut one.clone(), &query, None).await.is(200, success());
    assert!(!is_live(&app, &one).await);
    assert!(is_live(&app, &other).await);
    assert_eq!(users.patch("/users", json!({})).await.json()["error"]["code"], 0);
    // Replayed, it ends nothing more and answers as before.
    let reply = sign_out(&mut one.clone(), &query, None).await;
    reply.is(200, success());
    assert_eq!(reply.cookies(), []);
    assert!(is_live(&app, &other).await);
}

#[tokio::test]
async fn an_address_that_the_account_no_longer_has_ends_nothing() {
    let app = start().await;
    join(&app, EMAIL).await;
    let session = signed_in(&app, EMAIL).await;
    let mut users = app.browser();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let user = json!({ "user": { "email": "moved@example.com" } });
    assert_eq!(users.patch("/users", user).await.status, 200);
    let reply = sign_out(&mut session.clone(), &format!("?email={EMAIL}"), None).await;
    reply.is(200, body(404, "email not exists"));
    assert!(is_live(&app, &session).await);
    let reply = sign_out(&mut session.clone(), "?email=moved@example.com", None).await;
    reply.is(200, success());
    assert!(!is_live(&app, &session).await);
}
