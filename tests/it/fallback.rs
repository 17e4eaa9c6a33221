//! Paths that no route matches: handed on if they are a function's without their empty segments.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_lambda::config::{BehaviorVersion, Builder, Credentials, Region};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
};
use fallback::{Aliases, Failure, Invoke as _};
use local::Template;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::TestApp;

#[tokio::test]
async fn the_documents_path_with_a_double_slash_signs_up() {
    let app = TestApp::new().await;
    let body = json!({ "username": "ann@example.com", "password": "12345678" });
    let mut page = app.browser().header("origin", "https://api.test");
    let reply = page.post("/api//user/signup", body.clone()).await;
    assert_eq!(reply.json()["message"], "register successfully", "{reply}");
    let reply = page.post("//api/user//signin/", body).await;
    assert_eq!(reply.json()["message"], "authenticate successfully", "{reply}");
}

#[tokio::test]
async fn a_path_of_nobody_is_not_found() {
    let app = TestApp::new().await;
    for path in ["/", "//", "/nope", "//nope", "/user", "//user", "/userss//1", "/api//v1"] {
        let reply = app.post(path, json!({})).await;
        assert_eq!(
            (reply.status.as_u16(), reply.text.as_str()),
            (404, r#"{"message":"Not Found"}"#)
        );
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    assert_eq!(app.meter.take().round_trips, 0);
}

#[test]
fn what_it_hands_on_is_what_the_template_routes() {
    let template = Template::load().unwrap();
    let own = &template.own_environments["fallback"];
    let policy = &template.policies["fallback"];
    for route in template.routes.iter().filter(|route| !route.is_default()) {
        let path = route.path.replace("{proxy+}", "a/b").replace('/', "//");
        assert_eq!(fallback::owner(&path), Some(route.function.as_str()), "{}", route.key());
    }
    let mut expected = HashMap::new();
    for function in fallback::owners() {
        assert!(template.routes.iter().any(|route| route.function == function), "{function}");
        assert!(policy.may_invoke(function), "{function}");
        let name = format!("{}_FUNCTION", function.replace('-', "_").to_uppercase());
        expected.insert(name, function.to_owned());
    }
    assert_eq!(*own, expected);
    // No way around to itself.
    assert!(!policy.may_invoke("fallback"));
}

/// AWS Lambda, as far as one call needs it.
#[derive(Clone, Default)]
struct Lambda {
    calls: Arc<Mutex<Vec<(String, Value)>>>,
    answer: Arc<Mutex<(u16, bool, String)>>,
}

async fn invoked(
    State(lambda): State<Lambda>,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let event = serde_json::from_slice(&body).unwrap();
    lambda.calls.lock().unwrap().push((uri.path().to_owned(), event));
    let (status, is_error, body) = lambda.answer.lock().unwrap().clone();
    let mut headers = HeaderMap::new();
    if is_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

impl Lambda {
    async fn start() -> (Self, Aliases) {
        let lambda = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::from_keys("local", "local", None))
            .endpoint_url(format!("http://{}", listener.local_addr().unwrap()));
        let router = Router::new().fallback(invoked).with_state(lambda.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        let arn = |name: &str| Some(format!("atrium-{name}:live"));
        (lambda, Aliases::new(config, arn).unwrap())
    }

    fn answers(&self, status: u16, is_error: bool, body: &str) {
        *self.answer.lock().unwrap() = (status, is_error, body.to_owned());
    }
}

#[tokio::test]
async fn a_function_is_called_by_its_alias_once() {
    let (lambda, aliases) = Lambda::start().await;
    lambda.answers(200, false, r#"{"statusCode":200,"body":"x"}"#);
    let event = json!({ "rawPath": "//users", "body": "{\"a\":1}" });
    let answer = aliases.invoke("api-key", &event).await.unwrap();
    assert_eq!(answer, json!({ "statusCode": 200, "body": "x" }));
    let (path, sent) = lambda.calls.lock().unwrap().remove(0);
    assert!(path.contains("atrium-API_KEY_FUNCTION") && path.contains("live"), "{path}");
    assert_eq!(sent, event);

    for (status, is_error, body, failure) in [
        (200, true, r#"{"errorMessage":"out of memory"}"#, Failure::Broken),
        (200, false, "no JSON", Failure::Broken),
        (200, false, "", Failure::Broken),
        (
            429,
            false,
            r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}"#,
            Failure::Unavailable,
        ),
        (500, false, "{}", Failure::Unavailable),
        (403, false, "{}", Failure::Unavailable),
    ] {
        lambda.answers(status, is_error, body);
        assert_eq!(aliases.invoke("users", &event).await, Err(failure), "{status} {body}");
        // It may have done what it was asked for.
        assert_eq!(lambda.calls.lock().unwrap().drain(..).count(), 1);
    }
}
