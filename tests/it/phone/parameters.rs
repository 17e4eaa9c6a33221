//! What counts as a parameter, and what as a missing one.

use http::Method;
use serde_json::{Value, json};

use super::{
    CODE, PHONE, TOKEN, USERS, credentials, fresh_code, id_of, join, says, signed_in, with_query,
};
use crate::support::{MAX_BODY, PASSWORD, TestApp, not_an_object, padded, without};

const JSON: Option<&str> = Some("application/json");

/// Ways in which a parameter is missing from a query that would otherwise be this.
fn missing(name: &str, value: &str) -> [String; 12] {
    [
        String::new(),
        "&".to_owned(),
        name.to_owned(),
        format!("{name}="),
        format!("{}={value}", name.to_uppercase()),
        format!("{name}[]={value}"),
        format!("x{name}={value}"),
        format!("{name}={value}&{name}={value}"),
        format!("{name}={value}&{name}="),
        format!("{name}={value}&%{:02x}{}={value}", name.as_bytes()[0], &name[1..]),
        format!("{name}={value}%ff"),
        format!("{name}={value}%zz"),
    ]
}

#[tokio::test]
async fn a_code_is_asked_for_with_a_phone_in_the_query() {
    let app = TestApp::new().await;
    for query in missing("phone", "13800138000") {
        let reply = app.get(&format!("{CODE}?{query}")).await;
        says(&reply, 404, "message required", &query);
    }
    says(&app.get(CODE).await, 404, "message required", "no query");
    let body = json!({ "phone": PHONE });
    let reply = app.browser().send_json(Method::GET, CODE, body.clone()).await;
    says(&reply, 404, "message required", "in the body");
    assert_eq!(app.outbox.messages(), []);

    let mut browser = app.browser();
    let reply =
        browser.send_json(Method::GET, &format!("{CODE}?x=1&phone=13800138000"), body).await;
    says(&reply, 200, "success", "another parameter besides");
}

#[tokio::test]
async fn a_parameter_of_a_registration_is_there_once_and_a_text() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let good = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    for name in ["phone", "password"] {
        for (case, body) in without(&good, name) {
            let reply = app.browser().send(Method::POST, USERS, JSON, body).await;
            says(&reply, 404, "message required", &case);
        }
    }
    for (case, body) in not_an_object(&good) {
        let reply = app.browser().send(Method::POST, USERS, JSON, body).await;
        says(&reply, 404, "message required", case);
    }
    let reply = app.post(&with_query(USERS, &good), json!({})).await;
    says(&reply, 404, "message required", "in the query");
    assert_eq!(app.audited().await, 0);
    // A body may be as large as that, and need not say what it is.
    let body = padded(&good, MAX_BODY);
    id_of(&app.browser().send(Method::POST, USERS, None, body).await, PHONE);
}

#[tokio::test]
async fn a_parameter_of_a_sign_in_is_there_once_and_a_text() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let good = credentials(PHONE, PASSWORD);
    let hashes = app.directory.hasher().computed();
    for name in ["phone", "password"] {
        for (case, body) in without(&good, name) {
            let reply = app.browser().send(Method::POST, TOKEN, JSON, body).await;
            says(&reply, 400, "message required", &case);
        }
    }
    for (case, body) in not_an_object(&good) {
        let reply = app.browser().send(Method::POST, TOKEN, JSON, body).await;
        says(&reply, 400, "message required", case);
    }
    for query in missing("phone", "13800138000") {
        let reply = app.get(&format!("{TOKEN}?password=k9%23Lw2!pQz&{query}")).await;
        says(&reply, 400, "message required", &query);
    }
    for query in missing("password", "k9%23Lw2!pQz") {
        let reply = app.get(&format!("{TOKEN}?phone=13800138000&{query}")).await;
        says(&reply, 400, "message required", &query);
    }
    says(&app.get(TOKEN).await, 400, "message required", "no query");
    let reply = app.browser().send_json(Method::GET, TOKEN, good.clone()).await;
    says(&reply, 400, "message required", "a GET with a body");
    let reply = app.post(&with_query(TOKEN, &good), json!({})).await;
    says(&reply, 400, "message required", "a POST with a query");
    assert_eq!(app.directory.hasher().computed(), hashes);
    let mut browser = app.browser();
    let reply = browser.send(Method::POST, TOKEN, None, padded(&good, MAX_BODY)).await;
    assert_eq!(reply.json()["msg"], "success", "{reply}");
}

#[tokio::test]
async fn a_sign_out_takes_its_parameter_from_the_query_or_the_body() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let in_query = format!("{TOKEN}?phone=13800138000");
    for (case, path, body) in [
        ("in the query", in_query.as_str(), Value::Null),
        ("in the query, with an empty object", &in_query, json!({})),
        ("in the body", TOKEN, json!({ "phone": PHONE })),
        ("in the body, with spaces", TOKEN, json!({ "phone": " +86 138 0013 8000 " })),
        ("in both", &in_query, json!({ "phone": "13800138000" })),
    ] {
        let mut browser = signed_in(&app, PHONE).await;
        let kept = browser.clone();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = browser.send(Method::DELETE, path, None, body).await;
        assert_eq!(reply.json(), json!({ "state": 200, "msg": "success" }), "{case}");
        assert!(!super::is_signed_in(&app, &kept).await, "{case}");
    }

    let mut browser = signed_in(&app, PHONE).await;
    for (case, path, body) in [
        ("nowhere", TOKEN, String::new()),
        ("differing", &in_query, json!({ "phone": PHONE }).to_string()),
        ("of another", &in_query, json!({ "phone": "13900139000" }).to_string()),
        ("null in the body", &in_query, json!({ "phone": null }).to_string()),
        ("a number", TOKEN, json!({ "phone": 13_800_138_000_u64 }).to_string()),
    ] {
        let reply = browser.send(Method::DELETE, path, JSON, body).await;
        says(&reply, 400, "message required", case);
    }
    for query in missing("phone", "13800138000") {
        let path = format!("{TOKEN}?{query}");
        let reply = browser.send(Method::DELETE, &path, None, "").await;
        says(&reply, 400, "message required", &query);
    }
    for (case, body) in without(&json!({ "phone": PHONE }), "phone") {
        let reply = browser.send(Method::DELETE, TOKEN, JSON, body).await;
        says(&reply, 400, "message required", &case);
    }
    for (case, body) in not_an_object(&json!({ "phone": PHONE })) {
        if case != "empty" {
            let reply = browser.send(Method::DELETE, &in_query, JSON, body).await;
            says(&reply, 400, "message required", case);
        }
    }
    assert!(super::is_signed_in(&app, &browser).await);
}
