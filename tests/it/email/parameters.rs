//! What holds for the bodies and the paths of all operations.

use http::Method;
use serde_json::{Value, json};

use super::{EMAIL, body, credentials, join, register, start, success};
use crate::support::{MAX_BODY, PASSWORD, padded, without};

const POSTS: [&str; 2] = ["/email/users", "/email/token"];
const JSON: Option<&str> = Some("application/json");

fn missing() -> Value {
    body(400, "message required")
}

#[tokio::test]
async fn a_parameter_that_is_missing_in_any_way_is_told() {
    let app = start().await;
    join(&app, EMAIL).await;
    let hashes = app.directory.hasher().computed();
    let sent = app.outbox.messages().len();
    for path in POSTS {
        for field in ["email", "password"] {
            for (case, text) in without(&credentials(EMAIL, PASSWORD), field) {
                let reply = app.browser().send(Method::POST, path, JSON, text).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.json()),
                    (200, missing()),
                    "{path} {case}"
                );
                assert_eq!(reply.cookies(), []);
            }
        }
        // A query is no body.
        let query = format!("{path}?email={EMAIL}&password=12345678");
        app.post(&query, json!({})).await.is(200, missing());
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.outbox.messages().len(), sent);
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    app.get(&mailed.open).await.is(200, success());
    let bodies = [
        (Method::POST, "/email/users", credentials("bob@example.com", PASSWORD)),
        (Method::POST, "/email/token", credentials(EMAIL, PASSWORD)),
        (Method::DELETE, "/email/token", json!({ "email": EMAIL })),
        (Method::POST, mailed.open.as_str(), json!({})),
        (Method::POST, mailed.not_me.as_str(), json!({})),
    ];
    for (method, path, fields) in bodies {
        let too_large = padded(&fields, MAX_BODY + 1);
        let reply = app.browser().send(method.clone(), path, JSON, too_large).await;
        reply.is(413, body(413, "body too large"));
        let reply = app.browser().send(method, path, JSON, padded(&fields, MAX_BODY)).await;
        reply.is(200, success());
    }
}

#[tokio::test]
async fn fields_that_nobody_knows_are_ignored() {
    let app = start().await;
    let request = json!({
        "email": EMAIL, "password": PASSWORD, "id": 1, "email_verified": true, "status": "banned",
        "username": "admin", "account": { "made": true }, "oauthUser": {},
    });
    app.post("/email/users", request).await.is(200, success());
    let mail = &super::mails(&app, EMAIL)[0];
    app.get(&super::Mailed::of(mail).open).await.is(200, success());
    let account = app.account(EMAIL).await;
    assert_eq!((account.shown_name(), account.shown_username()), ("", EMAIL));
    assert!(account.id.number() != 1);
    assert!(super::opens(&app, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = start().await;
    for (method, path) in [
        (Method::GET, "/email"),
        (Method::GET, "/email/"),
        (Method::GET, "/email/x"),
        (Method::POST, "/email/users/x"),
        (Method::POST, "/email/tokens"),
        (Method::POST, "/email/token/x"),
        (Method::GET, "/email/users/code"),
        (Method::GET, "/email/users/Active/ann@example.com/x"),
        (Method::GET, "/email/users/active/../../token"),
        (Method::GET, "/email/users/active/..%2f..%2f..%2ftoken"),
    ] {
        let reply = app.browser().send(method, path, None, "").await;
        if reply.text == r#"{"message":"Not Found"}"# {
            assert_eq!(path.trim_end_matches('/'), "/email", "only what has no function");
        } else if path.contains("..") {
            // A path is never turned into another one's.
            let message = reply.json()["msg"].clone();
            assert!(message == "email not found" || message == "message required", "{reply}");
        } else {
            reply.is(404, body(404, "not found"));
        }
    }
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
    let app = start().await;
    for (path, allowed, others) in [
        ("/email/users", "POST", &[Method::GET, Method::PUT, Method::DELETE, Method::HEAD][..]),
        ("/email/token", "GET,POST,DELETE", &[Method::PUT, Method::PATCH, Method::OPTIONS]),
        ("/email/users/active", "GET,HEAD,POST", &[Method::PUT, Method::DELETE]),
        ("/email/users/cancel/x/y", "GET,HEAD,POST", &[Method::PUT, Method::DELETE]),
    ] {
        for method in others {
            let reply = app.browser().send(method.clone(), path, None, "").await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
            if method == Method::HEAD {
                assert_eq!(reply.text, "");
            } else {
                reply.is(405, body(405, "method not allowed"));
            }
        }
    }
}

#[tokio::test]
async fn slashes_too_many_do_not_count() {
    let app = start().await;
    for path in ["/email/users/", "//email/users", "/email//users//"] {
        app.post(path, credentials(EMAIL, PASSWORD)).await.is(200, success());
        app.clock.advance(60);
    }
    app.get("/email/token/?email=x&password=y").await.is(200, body(404, "email not exists"));
}
