//! What people see whom the product does not send on.

use serde_json::json;

use super::{START, Stage, host::TOKEN, instead, is_refused};
use crate::support::{Browser, PUBLIC_URL, Reply, TestApp};

fn person(app: &TestApp, language: &str) -> Browser {
    app.browser().header("accept", "text/html").header("accept-language", language)
}

#[track_caller]
pub(super) fn shows(reply: &Reply, status: u16, language: &str, heading: &str, back: &str) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(reply.text.contains(&format!("<html lang=\"{language}\">")), "{}", reply.text);
    assert!(reply.text.contains(&format!("<h1>{heading}</h1>")), "{}", reply.text);
    let words = if language == "en" { "Back to the app" } else { "返回应用" };
    assert!(reply.text.contains(&format!("<a href=\"{back}\">{words}</a>")), "{}", reply.text);
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!reply.text.contains("<script") && !reply.text.contains("<form"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn people_see_a_page_in_their_language_and_programs_the_contracts_reply() {
    let stage = Stage::set().await;
    let get = async |language: &str, path: &str| person(&stage.app, language).get(path).await;
    let callback = "/oauth/local/callback?code=x&state=x";
    for (path, status, english, chinese, reply) in [
        (
            callback,
            400,
            "You are not signed in",
            "您尚未登录",
            json!({ "message": "oauth request illigal" }),
        ),
        (
            "/oauth/nope/start",
            404,
            "There is nothing here",
            "这里没有内容",
            json!({ "code": 404, "message": "not found" }),
        ),
        (
            "/oauth/nope/callback",
            404,
            "There is nothing here",
            "这里没有内容",
            json!({ "code": 404, "message": "not found" }),
        ),
    ] {
        shows(&get("en", path).await, status, "en", english, PUBLIC_URL);
        shows(&get("zh-CN", path).await, status, "zh-Hans", chinese, PUBLIC_URL);
        stage.app.get(path).await.is(status, reply);
    }
}

#[tokio::test]
async fn an_outage_is_a_page_too() {
    let mut stage = Stage::set().await;
    stage.host.stop().await;
    let english = person(&stage.app, "en").get(START).await;
    shows(&english, 503, "en", "This does not work right now", PUBLIC_URL);
    assert_eq!(english.header("retry-after"), Some("1"));
    let chinese = person(&stage.app, "zh").get(START).await;
    shows(&chinese, 503, "zh-Hans", "暂时无法处理", PUBLIC_URL);
}

#[tokio::test]
async fn the_way_back_is_the_apps_address() {
    let stage = Stage::with(&[
        ("OAUTH_APP_URL", "https://app.example/it's"),
        ("OAUTH_UNBOUND_URL", "https://app.example/bind"),
    ])
    .await;
    let path = "/oauth/local/callback?return_to=https://evil.example&state=%3Cscript%3E";
    let reply = person(&stage.app, "en").header("x-forwarded-host", "evil.example").get(path).await;
    shows(&reply, 400, "en", "You are not signed in", "https://app.example/it&#39;s");
    assert!(!reply.text.contains("evil.example"));
}

#[tokio::test]
async fn a_path_that_is_none_is_not_a_page() {
    let stage = Stage::set().await;
    for path in ["/oauth/local", "/oauth/local/nope", "/oauth/a/b/start", "/oauth/start"] {
        let reply = person(&stage.app, "en").get(path).await;
        reply.is(404, json!({ "code": 404, "message": "not found" }));
    }
}

#[tokio::test]
async fn a_refused_arrival_sets_no_cookie_on_a_page_either() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let wrong = instead(&back, "state", "state=x");
    let reply = browser.clone().header("accept", "text/html").get(&wrong).await;
    shows(&reply, 400, "en", "You are not signed in", PUBLIC_URL);
    assert_eq!(reply.cookies(), []);
    is_refused(&browser.clone().get(&wrong).await);
    assert!(!stage.host.asked().contains(&TOKEN.to_owned()));
}
