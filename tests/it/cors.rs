//! What the gateway says to pages of other origins, as the template has it.

use axum::body::Bytes;
use http::Method;
use serde_json::json;

use crate::support::{Browser, Reply, TestApp};

const ORIGIN: &str = "https://app.example.com";

async fn app() -> TestApp {
    TestApp::with(&[("ALLOWED_ORIGINS", "https://app.example.com,http://localhost:5173")]).await
}

async fn preflight(browser: Browser, path: &str) -> Reply {
    let mut browser = browser
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "content-type");
    browser.send(Method::OPTIONS, path, None, Bytes::new()).await
}

fn says_nothing_of_cors(reply: &Reply) {
    for name in ["allow-origin", "allow-credentials", "allow-methods", "allow-headers", "max-age"] {
        assert_eq!(reply.header(&format!("access-control-{name}")), None, "{reply}");
    }
}

#[tokio::test]
async fn preflights_of_allowed_origins_are_answered_by_the_gateway() {
    let app = app().await;
    for path in ["/users", "/api/v1/user/login/", "/api//user/signup", "/nope"] {
        for origin in [ORIGIN, "http://localhost:5173"] {
            let reply = preflight(app.browser().header("origin", origin), path).await;
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (204, ""), "{path}");
            for (name, value) in [
                ("access-control-allow-origin", origin),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE"),
                (
                    "access-control-allow-headers",
                    "authorization,content-type,starcedu-tenant-authorization",
                ),
                ("access-control-max-age", "600"),
                ("vary", "Origin"),
            ] {
                assert_eq!(reply.header(name), Some(value), "{path} {name}");
            }
        }
    }
    assert_eq!(app.meter.take().round_trips, 0);
}

#[tokio::test]
async fn preflights_of_others_get_no_permission() {
    let app = app().await;
    for origin in ["https://evil.example", "null", "", "https://app.example.com.evil.example"] {
        let reply = preflight(app.browser().header("origin", origin), "/users").await;
        says_nothing_of_cors(&reply);
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_can_read_replies() {
    let app = app().await;
    let mut page = app.browser().header("origin", ORIGIN);
    for reply in [
        page.get("/users/1").await,
        page.post("/user/signin", json!({})).await,
        page.post("//user/signin", json!({})).await,
        page.get("/nope").await,
    ] {
        assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN), "{reply}");
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(reply.header("access-control-expose-headers"), Some("retry-after"));
    }
    let mut evil = app.browser().header("origin", "https://evil.example");
    says_nothing_of_cors(&evil.get("/users/1").await);
    says_nothing_of_cors(&app.get("/users/1").await);
}

#[tokio::test]
async fn without_origins_nobody_is_permitted() {
    let app = TestApp::new().await;
    let reply = preflight(app.browser().header("origin", ORIGIN), "/users").await;
    assert_eq!(reply.status, 405, "{reply}");
    says_nothing_of_cors(&reply);
    says_nothing_of_cors(&app.browser().header("origin", ORIGIN).get("/users/1").await);
}
