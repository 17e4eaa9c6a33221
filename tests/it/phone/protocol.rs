//! What the document does not speak of: paths, methods, types, sizes and foreign pages.

use http::Method;
use serde_json::json;

use super::{
    CODE, PHONE, TOKEN, USERS, credentials, faults, fresh_code, id_of, is_signed_in, join, says,
    signed_in, with_query,
};
use crate::support::{MAX_BODY, PASSWORD, TestApp, padded};

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
async fn a_body_of_another_type_is_refused() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code }).to_string();
    for (method, path) in [(Method::POST, USERS), (Method::POST, TOKEN), (Method::DELETE, TOKEN)] {
        for content_type in [
            "text/plain",
            "application/xml",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "nonsense",
        ] {
            let mut browser = app.browser();
            let reply = browser.send(method.clone(), path, Some(content_type), body.clone()).await;
            faults(
                &reply,
                415,
                "unsupported media type",
                &format!("{method} {path} {content_type}"),
            );
        }
    }
    for path in [USERS, TOKEN] {
        let form = "phone=13800138000&password=k9%23Lw2!pQz";
        let content_type = Some("application/x-www-form-urlencoded");
        let reply = app.browser().send(Method::POST, path, content_type, form).await;
        faults(&reply, 415, "unsupported media type", path);
    }
    assert_eq!((app.audited().await, app.directory.hasher().computed()), (0, 0));
}

#[tokio::test]
async fn a_body_too_large_is_refused_before_anything_is_done() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    app.meter.take();
    for (method, path) in [(Method::POST, USERS), (Method::POST, TOKEN), (Method::DELETE, TOKEN)] {
        for bytes in [MAX_BODY + 1, 5_000_000] {
            let body = padded(&body, bytes);
            let reply = app.browser().send(method.clone(), path, None, body).await;
            faults(&reply, 413, "body too large", &format!("{method} {path} {bytes}"));
        }
    }
    assert_eq!(app.meter.take().operations, [] as [&str; 0]);
    assert_eq!(app.directory.hasher().computed(), 0);
}

#[tokio::test]
async fn a_page_of_another_site_may_not_call() {
    let app = TestApp::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]).await;
    join(&app, PHONE).await;
    app.clock.advance(60);
    let code = fresh_code(&app, PHONE).await;
    let sign_in = with_query(TOKEN, &credentials(PHONE, PASSWORD));
    let sign_out = format!("{TOKEN}?phone=13800138000");
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    let calls = [
        (Method::GET, sign_in.clone()),
        (Method::GET, sign_in.replace("/phone/token", "//phone/token/")),
        (Method::POST, TOKEN.to_owned()),
        (Method::POST, USERS.to_owned()),
        (Method::DELETE, sign_out),
    ];
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "https://api.test.evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for (method, path) in &calls {
            let browser = signed_in(&app, PHONE).await;
            let mut foreign = browser.clone().header(name, value);
            let hashes = app.directory.hasher().computed();
            let reply = foreign.send_json(method.clone(), path, body.clone()).await;
            faults(&reply, 403, "forbidden", &format!("{method} {path} {name}: {value}"));
            assert_eq!(app.directory.hasher().computed(), hashes);
            assert!(is_signed_in(&app, &browser).await, "{method} {path}");
        }
    }
    for (name, value) in [
        ("origin", "https://api.test"),
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
    ] {
        let reply = app.browser().header(name, value).get(&sign_in).await;
        assert_eq!(reply.json()["msg"], "success", "{name}: {value}");
    }
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
