//! What no contract's document speaks of is answered in the contract's own envelope all the same:
//! unknown paths, wrong methods, panics, foreign pages, bodies too large or of another type, and
//! outages.

use axum::routing::post;
use http::Method;
use insta::assert_snapshot;
use local::{Function, link};
use serde_json::json;
use shared::envelope::{ApiKey, Contact, Cookie, Tenant, Users};

use crate::support::{Outage, TestApp, tenant_error};

/// An endpoint of each function that takes a body.
const ENDPOINTS: [&str; 6] = [
    "/user/signin",
    "/api/v1/user/login/",
    "/users/sign_in",
    "/email/users",
    "/phone/users",
    "/api/user/signin",
];

async fn show(
    app: &TestApp,
    method: Method,
    path: &str,
    header: Option<(&'static str, &str)>,
) -> String {
    let mut browser = app.browser();
    if let Some((name, value)) = header {
        browser = browser.header(name, value);
    }
    browser.send_json(method, path, json!({})).await.to_string()
}

#[tokio::test]
async fn an_unknown_path_is_answered_by_its_contract() {
    let app = TestApp::new().await;
    assert_snapshot!(show(&app, Method::POST, "/user/nope", None).await, @r#"
    404 Not Found

    {"error_name":"not found"}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/api/v1/user/nope", None).await, @r#"
    404 Not Found

    {"status":"failed","desc":"not found","error_code":111}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/users/1/nope", None).await, @r#"
    404 Not Found

    {"result":"Failed","url":"/users/1/nope","method":"POST","error":{"code":404,"message":"Not Found"}}
    "#);
    for path in ["/email/nope", "/email/users/nope", "/phone/nope", "/phone/users/code/nope"] {
        let reply = app.post(path, json!({})).await;
        reply.is(404, json!({ "state": 404, "msg": "not found" }));
    }
    for path in [
        "/api/user/nope",
        "/api//user/signup/nope",
        "/oauth/nope",
        "/oauth/example/start/nope",
        "/.well-known/nope",
    ] {
        let reply = app.post(path, json!({})).await;
        reply.is(404, tenant_error(404, "not found"));
    }
}

#[tokio::test]
async fn a_path_outside_every_prefix_is_answered_by_the_gateway() {
    let app = TestApp::new().await;
    for path in [
        "/",
        "/nope",
        "/user",
        "/api/v1",
        "/usersx",
        "/api/v1/users",
        "/email",
        "/phones/token",
        "/favicon.ico",
        "/api",
        "/api/user",
        "/api/users/signin",
        "/oauth",
        "/.well-known",
        "/.well-knownx/jwks.json",
    ] {
        let reply = app.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), reply.text.as_str()),
            (404, r#"{"message":"Not Found"}"#)
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::new().await;
    assert_snapshot!(show(&app, Method::GET, "/user/signin", None).await, @r#"
    405 Method Not Allowed
    allow: POST

    {"error_name":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::DELETE, "/api/v1/user/login/", None).await, @r#"
    405 Method Not Allowed
    allow: POST

    {"status":"failed","desc":"not found","error_code":111}
    "#);
    assert_snapshot!(show(&app, Method::PUT, "/users", None).await, @r#"
    405 Method Not Allowed
    allow: POST,PATCH,DELETE

    {"result":"Failed","url":"/users","method":"PUT","error":{"code":405,"message":"Method Not Allowed"}}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/users/1", None).await, @r#"
    405 Method Not Allowed
    allow: GET,HEAD

    {"result":"Failed","url":"/users/1","method":"POST","error":{"code":405,"message":"Method Not Allowed"}}
    "#);
    assert_snapshot!(show(&app, Method::PUT, "/email/users", None).await, @r#"
    405 Method Not Allowed
    allow: POST

    {"state":405,"msg":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/phone/users/code", None).await, @r#"
    405 Method Not Allowed
    allow: GET

    {"state":405,"msg":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::PATCH, "/email/token", None).await, @r#"
    405 Method Not Allowed
    allow: GET,POST,DELETE

    {"state":405,"msg":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/api/user/update_password", None).await, @r#"
    405 Method Not Allowed
    allow: PUT

    {"code":405,"message":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::GET, "/api//user/signup", None).await, @r#"
    405 Method Not Allowed
    allow: POST

    {"code":405,"message":"method not allowed"}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/.well-known/jwks.json", None).await, @r#"
    405 Method Not Allowed
    allow: GET,HEAD

    {"code":405,"message":"method not allowed"}
    "#);
}

#[tokio::test]
async fn a_panic_is_answered_and_the_next_request_is_served() {
    let app = TestApp::with_functions(&[], |name, app| {
        let panics = || post(async || -> &'static str { panic!("a secret: hunter42") });
        Ok(match name {
            "api-key" => {
                Function::new::<ApiKey>(api_key::router().route("/user/panic", panics()), app)
            }
            "cookie" => {
                Function::new::<Cookie>(cookie::router().route("/api/v1/user/panic", panics()), app)
            }
            "email" => {
                Function::new::<Contact>(email::router().route("/email/panic", panics()), app)
            }
            "phone" => {
                Function::new::<Contact>(phone::router().route("/phone/panic", panics()), app)
            }
            "users" => {
                Function::new::<Users>(users::router().route("/users/a/panic", panics()), app)
            }
            "tenant" => {
                Function::new::<Tenant>(tenant::router().route("/api/user/panic", panics()), app)
            }
            "oauth" => {
                Function::new::<Tenant>(oauth::router().route("/oauth/panic", panics()), app)
            }
            _ => link(name, app)?,
        })
    })
    .await;
    assert_snapshot!(show(&app, Method::POST, "/user/panic", None).await, @r#"
    500 Internal Server Error

    {"error_name":"internal error"}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/api/v1/user/panic", None).await, @r#"
    500 Internal Server Error

    {"status":"failed","desc":"internal error","error_code":100}
    "#);
    assert_snapshot!(show(&app, Method::POST, "/users/a/panic", None).await, @r#"
    500 Internal Server Error

    {"result":"Failed","url":"/users/a/panic","method":"POST","error":{"code":500,"message":"Internal Server Error"}}
    "#);
    for path in ["/email/panic", "/phone/panic"] {
        let reply = app.post(path, json!({})).await;
        reply.is(500, json!({ "state": 500, "msg": "internal error" }));
    }
    for path in ["/api/user/panic", "/oauth/panic"] {
        app.post(path, json!({})).await.is(500, tenant_error(500, "internal error"));
    }
    for path in ENDPOINTS {
        let reply = app.post(path, json!({})).await;
        assert!(!reply.status.is_server_error(), "{reply}");
    }
}

#[tokio::test]
async fn our_own_pages_and_allowed_ones_may_call() {
    let app = TestApp::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]).await;
    for (name, value) in [
        ("origin", "https://api.test"),
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        for path in ENDPOINTS {
            let shown = show(&app, Method::POST, path, Some((name, value))).await;
            assert!(
                !shown.starts_with("403 Forbidden\n\n{\"error_name\":\"forbidden\"}"),
                "{shown}"
            );
            assert!(
                !shown.contains("\"error_code\":112") && !shown.contains("\"code\":403"),
                "{shown}"
            );
            assert!(!shown.contains("\"state\":403"), "{shown}");
            assert!(!shown.contains("forbidden"), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_outage_is_no_wrong_password_and_no_success() {
    let app: Outage = TestApp::new().await.outage().await;
    let mut browser = app.browser();
    let password = "12345678";
    let email = "cc@prophetdigit.com";
    let reply = browser.post("/user/signin", json!({ "email": email, "password": password })).await;
    assert_snapshot!(reply, @r#"
    503 Service Unavailable
    retry-after: 1

    {"error_name":"service unavailable"}
    "#);
    let login = json!({ "username": "test1234", "password": password });
    let reply = browser.post("/api/v1/user/login/", login).await;
    assert_snapshot!(reply, @r#"
    503 Service Unavailable
    retry-after: 1

    {"status":"failed","desc":"service unavailable","error_code":110}
    "#);
    let sign_in = json!({ "user": { "email": email, "password": password } });
    let reply = browser.post("/users/sign_in", sign_in.clone()).await;
    assert_snapshot!(reply, @r#"
    503 Service Unavailable
    retry-after: 1

    {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":503,"message":"Service Unavailable"}}
    "#);
    let signin = json!({ "username": email, "password": password });
    let reply = browser.post("/api/user/signin", signin.clone()).await;
    assert_snapshot!(reply, @r#"
    503 Service Unavailable
    retry-after: 1

    {"code":503,"message":"service unavailable"}
    "#);
    for path in ["/email/token?email=cc@prophetdigit.com", "/phone/token?phone=13800138000"] {
        let reply = browser.get(&format!("{path}&password={password}")).await;
        reply.is(503, json!({ "state": 503, "msg": "service unavailable" }));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }

    let token = format!("{:016x}{}", 65213, "0".repeat(64));
    let mut signed_in = app.browser();
    for cookie in ["_session", "sessionid", "token", "connect.sid"] {
        signed_in = signed_in.cookie(cookie, &token);
    }
    let link = format!("cc@prophetdigit.com/{}", "0".repeat(64));
    let (open, cancel) =
        (format!("/email/users/active/{link}"), format!("/email/users/cancel/{link}"));
    let by_email = json!({ "email": email, "password": password });
    let by_phone = json!({ "phone": "13800138000", "password": password, "code": "123456" });
    let create = json!({ "user": {
        "name": "Ann", "email": email, "password": "k9#Lw2!pQz", "password_confirm": "k9#Lw2!pQz",
    } });
    let register = json!({ "username": "test1234", "password": password, "email": email });
    for (method, path, body) in [
        (Method::POST, "/user/signout", json!({ "api_key": token })),
        (Method::POST, "/api/v1/user/register", register),
        (Method::POST, "/api/v1/user/logout", json!({})),
        (Method::DELETE, "/users/sign_out", json!({})),
        (Method::POST, "/users", create),
        (Method::PATCH, "/users", json!({ "user": { "name": "Ann" } })),
        (Method::PATCH, "/users/password", json!({ "user": {} })),
        (Method::DELETE, "/users", sign_in),
        (Method::GET, "/users/65213", json!({})),
        (Method::POST, "/email/users", by_email.clone()),
        (Method::GET, &open, json!({})),
        (Method::POST, &open, json!({})),
        (Method::POST, &cancel, json!({})),
        (Method::POST, "/email/token", by_email.clone()),
        (Method::DELETE, "/email/token", by_email),
        (Method::GET, "/phone/users/code?phone=13800138000", json!({})),
        (Method::POST, "/phone/users", by_phone.clone()),
        (Method::POST, "/phone/token", by_phone.clone()),
        (Method::DELETE, "/phone/token", by_phone),
        (Method::POST, "/api/user/signup", signin),
        (Method::PUT, "/api/user/update_password", json!({})),
        (Method::POST, "/api/user/signout", json!({})),
    ] {
        let reply = signed_in.send_json(method, path, body).await;
        assert_eq!(reply.status.as_u16(), 503, "{path}: {reply}");
        assert!(reply.header("retry-after").is_some(), "{path}: {reply}");
    }
}

#[tokio::test]
async fn every_reply_has_the_security_headers() {
    let app = TestApp::new().await;
    for (method, path) in [
        (Method::POST, "/user/signin"),
        (Method::POST, "/api/v1/user/login/"),
        (Method::GET, "/users/1"),
        (Method::GET, "/users/nope/nope"),
        (Method::PUT, "/users"),
        (Method::POST, "/email/users"),
        (Method::GET, "/email/users/active/a@b.example/0"),
        (Method::GET, "/phone/users/code"),
        (Method::HEAD, "/phone/token"),
        (Method::POST, "/api/user/signin"),
        (Method::PUT, "/api/user/signin"),
        (Method::POST, "/oauth/nope"),
    ] {
        let reply = app.browser().send_json(method, path, json!({})).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path} {name}");
        }
    }
}
