//! Events that the real gateway would not send, but that tests, emulators and direct invocations
//! can: they are answered in the contract's envelope, and never as another path's.

use serde_json::{Value, json};

use crate::support::TestApp;

/// A sign-in at the contract `users`, as an event.
fn event() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /users/sign_in",
        "rawPath": "/users/sign_in",
        "rawQueryString": "",
        "headers": { "content-type": "application/json", "host": "api.test" },
        "requestContext": {
            "http": { "method": "POST", "path": "/users/sign_in", "sourceIp": "198.51.100.7" },
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": "{\"user\":{\"email\":\"nobody@abc.com\",\"password\":\"12345678\"}}",
        "isBase64Encoded": false,
    })
}

/// The event with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = event();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

async fn answer(app: &TestApp, event: Value) -> (u64, Value) {
    let answer = app.function("users").answer(event).await;
    let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn what_lambda_http_would_trip_over_does_not_matter() {
    let app = TestApp::new().await;
    let (status, body) = answer(&app, event()).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(1)));
    for (pointer, value) in [
        ("/rawQueryString", json!("a=b c&d=\"<>^{}|\u{e9}")),
        ("/rawQueryString", json!("%")),
        ("/rawQueryString", json!("é".repeat(100_000))),
        ("/headers/host", json!("")),
        ("/headers/host", json!("a b")),
        ("/headers/host", json!("api.test:99999")),
        ("/headers/host", json!("api.test/evil")),
        ("/headers/host", json!("user@api.test")),
        ("/headers/host", json!("192.0.2.999")),
        ("/headers/host", json!("192.0.2.1.5:443")),
        ("/headers/host", json!("[::")),
        ("/headers/host", json!("xn--a")),
        ("/headers/host", json!("a".repeat(100_000))),
        ("/headers/x-forwarded-proto", json!("https, http")),
        ("/headers/x-forwarded-proto", json!("")),
        ("/headers/x-forwarded-port", json!("none")),
        ("/requestContext/http/sourceIp", json!("")),
        ("/requestContext/http/sourceIp", json!("nowhere")),
        ("/requestContext/http/sourceIp", Value::Null),
        ("/requestContext/domainName", json!("a b")),
        ("/cookies", json!(["_session=a", "_session=b", "x\r\ny=z", "", "=", ";"])),
        ("/cookies", json!([])),
        ("/requestContext/stage", Value::Null),
        ("/requestContext/stage", json!("s".repeat(100_000))),
    ] {
        // An app of its own: more guesses than a few would be too many.
        let app = TestApp::new().await;
        let (status, body) = answer(&app, with(pointer, value.clone())).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!(1)), "{pointer} {value:.99}");
    }
}

#[tokio::test]
async fn a_path_without_its_first_slash_is_no_part_of_the_host() {
    let app = TestApp::new().await;
    for path in
        ["{%00", ":99999", ":x/users/sign_in", "@[", "a b", "%", "\\\\", ".evil.example", ""]
    {
        let (status, body) = answer(&app, with("/rawPath", path.into())).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!(404)), "{path:?}");
        assert_eq!(body["url"], format!("/{path}"));
    }
    let (status, body) = answer(&app, with("/rawPath", "users/sign_in".into())).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(1)));
}

#[tokio::test]
async fn what_is_no_event_at_all_is_answered_too() {
    let app = TestApp::new().await;
    for event in [
        json!({}),
        json!([]),
        json!("event"),
        Value::Null,
        json!({ "requestContext": {} }),
        with("/headers", json!({ "a b": "c" })),
        with("/headers", (0..40_000).map(|n| (format!("x-{n}"), json!(""))).collect()),
        with("/requestContext/http/method", json!("NOT A METHOD")),
        with("/body", json!(5)),
    ] {
        let (status, body) = answer(&app, event.clone()).await;
        assert_eq!((status, &body["error"]["code"]), (500, &json!(500)), "{event}");
    }
}

#[tokio::test]
async fn strange_cookies_and_tenant_headers_of_an_event_are_no_error() {
    let app = TestApp::new().await;
    let mut event = event();
    event["requestContext"]["http"]["path"] = "/api/user/signin".into();
    event["rawPath"] = "/api/user/signin".into();
    event["body"] = r#"{"username":"nobody@abc.com","password":"12345678"}"#.into();
    let tenant = async |event: Value| {
        let answer = app.function("tenant").answer(event).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), body)
    };
    let invalid = (400, json!({ "message": "credentials invalid" }));
    assert_eq!(tenant(event.clone()).await, invalid);
    let mut strange = event.clone();
    let cookies =
        ["connect.sid", "connect.sid=", "connect.sid=a", "connect.sid=b", "x\r\ny=z", "", "=", ";"];
    strange["cookies"] = json!(cookies);
    assert_eq!(tenant(strange).await, invalid);

    // The gateway joins headers of one name by commas, which no credentials have.
    let unauthenticated = (401, json!({ "code": 401, "message": "tenant unauthenticated" }));
    for header in ["", " ", "basic", "basic eDp5,basic eDp5", "básic eDp5", "basic \u{1f680}", "x"]
    {
        for name in ["starcedu-tenant-authorization", "Starcedu-Tenant-Authorization"] {
            let mut event = event.clone();
            event["headers"][name] = header.into();
            assert_eq!(tenant(event).await, unauthenticated, "{name} {header:?}");
        }
    }
    for path in
        ["/api/user/../user/signin", "/api/user/signin;x", "/api/user/sign%69n", "/API/user"]
    {
        let mut event = event.clone();
        event["rawPath"] = path.into();
        let not_found = (404, json!({ "code": 404, "message": "not found" }));
        assert_eq!(tenant(event).await, not_found, "{path}");
    }
}
