//! What the document does not speak of: paths, methods, types, sizes and foreign pages.

use http::Method;
use serde_json::json;

use super::{
    CODE, PHONE, TOKEN, USERS, credentials, faults, id_of, is_signed_in, join, says, signed_in,
    with_query,
};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let app = TestApp::new().await;
    for path in [
        "/phone/nope",
        "/phone/users/1",
        "/phone/users/code/x",
        "/phone/token/x",
        "/phone/Token",
        "/phone/users/..%2ftoken",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let mut browser = app.browser();
            let reply = browser.send_json(method, path, json!({})).await;
            faults(&reply, 404, "not found", path);
        }
    }
}

#[tokio::test]
async fn slashes_too_many_do_not_count() {
    let app = TestApp::new().await;
    let reply = app.get("//phone//users//code/?phone=13800138000").await;
    says(&reply, 200, "success", "code");
    let code = super::code_to(&app, PHONE);
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    id_of(&app.post("/phone/users/", body).await, PHONE);
    let path = with_query("//phone/token/", &credentials(PHONE, PASSWORD));
    assert_eq!(app.get(&path).await.json()["msg"], "success");
}

#[tokio::test]
async fn another_method_is_told_the_ones_that_there_are() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    app.outbox.clear();
    let other = "?phone=13900139000&password=k9%23Lw2!pQz";
    let mine = "?phone=13800138000&password=k9%23Lw2!pQz";
    for (path, allowed, others) in [
        (CODE, "GET", [Method::HEAD, Method::POST, Method::PUT, Method::DELETE]),
        (USERS, "POST", [Method::HEAD, Method::GET, Method::PUT, Method::DELETE]),
        (TOKEN, "DELETE GET POST", [Method::HEAD, Method::PUT, Method::PATCH, Method::TRACE]),
    ] {
        for method in others {
            let browser = signed_in(&app, PHONE).await;
            let query = if path == CODE { other } else { mine };
            let body = credentials(PHONE, PASSWORD);
            let url = format!("{path}{query}");
            let reply = browser.clone().send_json(method.clone(), &url, body).await;
            let mut allow: Vec<_> =
                reply.header("allow").unwrap().split(',').map(str::trim).collect();
            allow.sort_unstable();
            assert_eq!(allow.join(" "), allowed, "{method} {path}");
            assert_eq!(reply.cookies(), []);
            if method == Method::HEAD {
                assert_eq!((reply.status.as_u16(), reply.text.as_str()), (405, ""));
            } else {
                faults(&reply, 405, "method not allowed", &format!("{method} {path}"));
            }
            assert!(is_signed_in(&app, &browser).await, "{method} {path} changed something");
        }
    }
    assert_eq!(app.outbox.messages(), []);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn every_reply_has_the_security_headers() {
    let app = TestApp::new().await;
    let sign_in = with_query(TOKEN, &credentials(PHONE, PASSWORD));
    for path in [&format!("{CODE}?phone=13800138000"), CODE, &sign_in, "/phone/nope"] {
        let reply = app.get(path).await;
        for (name, value) in [
            ("content-type", "application/json; charset=utf-8"),
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
