//! The contract `api_key`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{TestApp, api_key, id};

/// The account of the document's example.
async fn app_with_account() -> TestApp {
    let app = TestApp::new().await;
    let account = json!({
        "username": "prophet.cc",
        "password": "12345678",
        "email": "cc@prophetdigit.com",
    });
    assert_eq!(app.post("/api/v1/user/register/", account).await.json()["status"], "success");
    app
}

fn example() -> Value {
    json!({ "email": "cc@prophetdigit.com", "password": "12345678" })
}

#[tokio::test]
async fn the_documents_example_signs_in() {
    let app = app_with_account().await;
    let reply = app.post("/user/signin", example()).await;
    assert_snapshot!(reply, @"");
    let body = reply.json();
    api_key(&body["api_key"]);
    id(&body["user_id"]);
    assert!(body["user_id"].is_u64());
}
