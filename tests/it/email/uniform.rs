//! `REPLIES=uniform`: nothing tells whether an account exists.

use http::Method;
use serde_json::json;

use super::{
    DAY, EMAIL, OTHER, body, credentials, join, mails, not_found, sign_in, start_with, success,
    taken,
};
use crate::support::{PASSWORD, Reply, TestApp};

async fn start() -> TestApp {
    start_with(&[("REPLIES", "uniform")]).await
}

/// A reply, what it cost, and how many hashes it took.
type Seen = (String, http::HeaderMap, Vec<String>, u64);

async fn seen(app: &TestApp, ask: impl AsyncFnOnce() -> Reply) -> Seen {
    app.meter.take();
    let hashes = app.directory.hasher().computed();
    let reply = ask().await;
    let mut operations = app.meter.take().operations;
    operations.sort();
    let hashes = app.directory.hasher().computed() - hashes;
    (reply.text, reply.headers, operations, hashes)
}

#[tokio::test]
async fn a_taken_address_is_mailed_no_more_often_than_any_other() {
    let app = start().await;
    join(&app, EMAIL).await;
    app.clock.advance(DAY);
    for _ in 0..10 {
        app.post("/email/users", credentials(EMAIL, OTHER)).await;
        app.clock.advance(60);
    }
    assert_eq!(mails(&app, EMAIL).len(), 1 + 5);
}

#[tokio::test]
async fn bad_parameters_are_told_as_ever() {
    let app = start().await;
    join(&app, EMAIL).await;
    for (fields, message) in [
        (json!({ "email": EMAIL }), "message required"),
        (credentials("x", PASSWORD), "email invalid"),
        (credentials(EMAIL, "x"), "password invalid"),
    ] {
        app.post("/email/users", fields).await.is(200, body(400, message));
    }
    app.get("/email/token?email=x").await.is(200, body(400, "message required"));
    let reply = app.browser().send(Method::DELETE, "/email/token", None, "").await;
    reply.is(200, body(400, "message required"));
}

#[tokio::test]
async fn an_unknown_account_answers_as_a_wrong_password_does() {
    let app = start().await;
    join(&app, EMAIL).await;
    join(&app, "banned@example.com").await;
    app.ban("banned@example.com").await;
    join(&app, "gone@example.com").await;
    let user = json!({ "user": { "email": "gone@example.com", "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    super::register(&app, "pending@example.com", PASSWORD).await;

    let wrong = seen(&app, async || sign_in(&mut app.browser(), EMAIL, OTHER).await).await;
    assert_eq!((wrong.0.as_str(), wrong.3), (r#"{"state":404,"msg":"wrong password"}"#, 1));
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("pending@example.com", PASSWORD),
        ("banned@example.com", OTHER),
    ] {
        let unknown = seen(&app, async || sign_in(&mut app.browser(), email, password).await).await;
        assert_eq!(unknown, wrong, "{email}");
        let by_post =
            seen(&app, async || app.post("/email/token", credentials(email, password)).await);
        assert_eq!(by_post.await, wrong, "{email}");
    }
    for email in ["x", " ann@example.com", "ann@example.com,bob@example.com", "ann\0@example.com"] {
        let reply = sign_in(&mut app.browser(), email, PASSWORD).await;
        reply.is(200, body(404, "wrong password"));
        assert_eq!(reply.headers, wrong.1);
    }
    let reply = sign_in(&mut app.browser(), "banned@example.com", PASSWORD).await;
    reply.is(200, body(403, "user banned"));
}

#[tokio::test]
async fn signing_out_is_always_a_success() {
    let app = start().await;
    join(&app, EMAIL).await;
    let ask = async |email: &str| {
        let path = format!("/email/token?email={email}");
        seen(&app, async || app.browser().send(Method::DELETE, &path, None, "").await).await
    };
    let known = ask(EMAIL).await;
    assert_eq!(known.0, r#"{"state":200,"msg":"success"}"#);
    assert_eq!(ask("nobody@example.com").await, known);
    for malformed in ["x", "+ann@example.com", "ann@example.com,bob@example.com"] {
        assert_eq!(ask(malformed).await.0, known.0);
        app.delete("/email/token", json!({ "email": malformed })).await.is(200, success());
    }
    // With a session of somebody else's at hand, too.
    let mut browser = app.browser();
    sign_in(&mut browser, EMAIL, PASSWORD).await.is(200, success());
    let ask = async |email: &str| {
        let (path, mut browser) = (format!("/email/token?email={email}"), browser.clone());
        seen(&app, async || browser.send(Method::DELETE, &path, None, "").await).await
    };
    join(&app, "bob@example.com").await;
    assert_eq!(ask("nobody@example.com").await, ask("bob@example.com").await);
}

#[tokio::test]
async fn a_link_of_a_taken_address_leads_nowhere() {
    // What is stored for a registration that was mailed no link is nobody's way in.
    let app = start().await;
    join(&app, EMAIL).await;
    app.clock.advance(60);
    app.post("/email/users", credentials(EMAIL, OTHER)).await.is(200, success());
    let invalid = format!("/email/users/active/{EMAIL}/{}", "0".repeat(64));
    app.get(&invalid).await.is(200, not_found());
    // Who holds a link of their own is told as ever.
    let loser = super::register(&app, "bob@example.com", OTHER).await;
    app.clock.advance(60);
    join(&app, "bob@example.com").await;
    app.get(&loser.open).await.is(200, taken());
}
