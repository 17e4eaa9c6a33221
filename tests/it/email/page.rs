//! The pages that links lead people to.

use data_encoding::BASE64;
use http::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    ACTIVATE, ACTIVATED, CANCEL, CHOOSE, EMAIL, INVALID, Mailed, OTHER, TAKEN, body, heading, join,
    not_found, opens, person, press, register, shows, start, success,
};
use crate::support::{Browser, PASSWORD, PUBLIC_URL, Reply, TestApp, create};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn a_link_leads_through_a_button_to_an_account() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let page = person(&app).get(&mailed.open).await;
    shows(&page, 200, ACTIVATE);
    let button = "<button type=\"submit\">Activate the account</button>";
    assert!(page.text.contains(r#"<form method="post">"#) && page.text.contains(button));
    assert!(!page.text.contains("password"), "{}", page.text);
    let reply = press(&app, &mailed.open).await;
    shows(&reply, 200, ACTIVATED);
    assert!(!reply.text.contains("<form"));
    assert_eq!(reply.cookies(), [], "nobody is signed in by it");
    assert!(opens(&app, EMAIL, PASSWORD).await);
    shows(&press(&app, &mailed.open).await, 200, ACTIVATED);
    shows(&person(&app).get(&mailed.open).await, 200, ACTIVATED);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn whoever_accepts_html_gets_a_page_and_everyone_else_the_contracts_reply() {
    for (accept, page) in [
        ("text/html", true),
        ("TEXT/HTML;charset=utf-8", true),
        ("application/json, text/html;q=0.1", true),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
        ("*/*", false),
        ("text/*", false),
        ("application/json", false),
        ("application/xhtml+xml", false),
        ("text/html;q=0", false),
        ("text/html;q=0.0, */*", false),
        ("text/htmlx", false),
    ] {
        let app = start().await;
        let mailed = register(&app, EMAIL, PASSWORD).await;
        let reply = app.browser().header("accept", accept).get(&mailed.open).await;
        if page {
            assert_eq!(heading(&reply), ACTIVATE, "{accept}");
        } else {
            reply.is(200, success());
        }
        assert_eq!(app.audited().await, usize::from(!page), "{accept}");
    }
}

/// Every page that there is: its heading in English and in Chinese.
async fn every_page(app: &TestApp) -> Vec<(Method, String, &'static str, &'static str)> {
    let ready = register(app, EMAIL, PASSWORD).await.open;
    let joined = join(app, "joined@example.com").await;
    let loser = register(app, "bob@example.com", PASSWORD).await;
    app.clock.advance(60);
    join(app, "bob@example.com").await;
    create(&mut app.browser(), "eve@example.com").await.id();
    let unproven = register(app, "eve@example.com", PASSWORD).await.open;
    let invalid = format!("/email/users/active/{EMAIL}/{}", "0".repeat(64));
    let cancelled = register(app, "cancelled@example.com", PASSWORD).await;
    vec![
        (Method::GET, ready.clone(), ACTIVATE, "激活您的账号"),
        (Method::POST, ready, ACTIVATED, "您的账号已激活"),
        (Method::GET, joined.open, ACTIVATED, "您的账号已激活"),
        (Method::GET, unproven, CHOOSE, "设置新密码"),
        (Method::GET, loser.open, TAKEN, "账号已存在"),
        (Method::GET, cancelled.not_me.clone(), CANCEL, "不是您本人的操作？"),
        (Method::POST, cancelled.not_me, super::CANCELLED, "注册已撤销"),
        (Method::GET, invalid, INVALID, "链接无效"),
        (Method::GET, "/email/users/active".to_owned(), INVALID, "链接无效"),
    ]
}

#[tokio::test]
async fn pages_speak_the_language_that_the_browser_asks_for() {
    for (header, language) in [
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("fr,zh;q=0.5,en;q=0.1", "zh-Hans"),
    ] {
        let app = start().await;
        for (method, path, english, chinese) in every_page(&app).await {
            let mut browser = person(&app).header("accept-language", header);
            let page = browser.send(method, &path, None, "").await;
            let expected = if language == "en" { english } else { chinese };
            assert_eq!(heading(&page), expected, "{header}");
            let lang = format!("<!DOCTYPE html>\n<html lang=\"{language}\">");
            assert!(page.text.starts_with(&lang), "{}", page.text);
        }
    }
}

#[tokio::test]
async fn no_page_has_a_script_or_anything_from_elsewhere() {
    let app = start().await;
    for (method, path, _, _) in every_page(&app).await {
        let page = person(&app).send(method, &path, None, "").await;
        let (_, rest) = page.text.split_once("<style>").unwrap();
        let (style, rest) = rest.split_once("</style>").unwrap();
        assert!(!rest.contains("<style"));
        let hash = BASE64.encode(&Sha256::digest(style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(page.header("content-security-policy"), Some(policy.as_str()));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
        let html = page.text.to_ascii_lowercase();
        for banned in
            ["<script", "javascript:", "src=", "href=", "url(", "@import", "onclick", "http:"]
        {
            assert!(!html.contains(banned), "{banned} in {path}");
        }
        // Not even who was written to.
        assert!(!html.contains("@example.com"), "{path}");
    }
}

#[tokio::test]
async fn a_page_tells_of_a_link_that_leads_nowhere_with_the_real_status() {
    let app = start().await;
    let invalid = format!("/email/users/active/{EMAIL}/{}", "0".repeat(64));
    shows(&person(&app).get(&invalid).await, 404, INVALID);
    shows(&press(&app, &invalid).await, 404, INVALID);
    shows(&person(&app).get("/email/users/active").await, 400, INVALID);
    shows(&person(&app).get(&format!("/email/users/active/{EMAIL}")).await, 400, INVALID);
    app.get(&invalid).await.is(200, not_found());
}

async fn submit(browser: &mut Browser, path: &str, form: &str) -> Reply {
    browser.send(Method::POST, path, FORM, form.to_owned()).await
}

#[tokio::test]
async fn only_our_own_page_may_press_its_button() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let Mailed { open, not_me } = register(&app, EMAIL, PASSWORD).await;
    let form = format!("password={OTHER}");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "https://api.test.evil.example"),
        ("origin", "https://api.test:8443"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for path in [&open, &not_me] {
            let mut browser = person(&app).header(name, value);
            submit(&mut browser, path, &form).await.is(403, body(403, "forbidden"));
        }
    }
    assert!(opens(&app, EMAIL, PASSWORD).await);
    for (name, value) in [("origin", PUBLIC_URL), ("sec-fetch-site", "same-origin")] {
        let mut browser = person(&app).header(name, value);
        let reply = submit(&mut browser, &open, "password=short").await;
        shows(&reply, 200, CHOOSE);
    }
    // A foreign page may link here: who follows the link sees the page and nothing happens.
    let mut browser = person(&app).header("sec-fetch-site", "cross-site");
    shows(&browser.get(&open).await, 200, CHOOSE);
}

#[tokio::test]
async fn a_form_that_cannot_be_read_changes_nothing() {
    let app = start().await;
    create(&mut app.browser(), EMAIL).await.id();
    let open = register(&app, EMAIL, PASSWORD).await.open;
    for form in [
        format!("password={OTHER}&password={OTHER}"),
        "password=%zz%zz%zz%zz".to_owned(),
        "password=%ff%ff%ff%ff%ff%ff%ff%ff".to_owned(),
        "password".to_owned(),
        "password=".to_owned(),
    ] {
        let mut browser = app.browser();
        submit(&mut browser, &open, &form).await.is(200, body(400, "message required"));
        let reply = submit(&mut person(&app), &open, &form).await;
        assert_eq!(heading(&reply), CHOOSE, "{form}");
    }
    for (content_type, text) in [
        ("application/json", "{"),
        ("application/json", r#"["password"]"#),
        ("application/json", r#"{"password":null}"#),
        ("application/json", r#"{"password":"7Zq!vB3@mLr","password":"7Zq!vB3@mLr"}"#),
    ] {
        let mut browser = app.browser();
        let reply = browser.send(Method::POST, &open, Some(content_type), text).await;
        reply.is(200, body(400, "message required"));
    }
    for content_type in ["text/plain", "multipart/form-data; boundary=x"] {
        let mut browser = app.browser();
        let text = format!("password={OTHER}");
        let reply = browser.send(Method::POST, &open, Some(content_type), text).await;
        reply.is(415, body(415, "unsupported media type"));
    }
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert!(!opens(&app, EMAIL, OTHER).await);
    app.post(&open, json!({ "password": OTHER })).await.is(200, success());
}
