//! An account that has nothing but a phone number, at the other doors.

use serde_json::json;

use super::{PASSWORD, PHONE, TOKEN, credentials, join, says, sign_in, signed_in, with_query};
use crate::support::{Door, SignIn, TestApp, register};

const SPELLINGS: [&str; 6] = [
    PHONE,
    "13800138000",
    "8613800138000",
    "008613800138000",
    "+86 138 0013 8000",
    "13800138000@example.com",
];

#[tokio::test]
async fn it_signs_in_at_no_other_door() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    let id = id.to_string();
    for identifier in SPELLINGS.into_iter().chain([id.as_str(), "phone#+8613800138000"]) {
        for door in Door::ALL {
            let found = door.sign_in(&mut app.browser(), identifier, PASSWORD).await;
            assert_eq!(found, SignIn::Refused, "{door:?} {identifier}");
        }
        let fields = json!({ "email": identifier, "password": PASSWORD });
        let by_get = app.get(&with_query("/email/token", &fields)).await;
        let by_post = app.post("/email/token", fields.clone()).await;
        for reply in [by_get, by_post] {
            says(&reply, 404, "email not exists", identifier);
        }
        // Nor by its number under the name of another identifier.
        let fields = json!({ "email": identifier, "username": PHONE, "password": PASSWORD });
        says(&app.post(TOKEN, fields).await, 400, "message required", identifier);
    }
    // The guesses at the other doors were nobody's.
    signed_in(&app, PHONE).await;
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn its_profile_tells_nothing_of_its_number() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    let reply = app.get(&format!("/users/{id}")).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(reply.json()["user"]["name"], "");
    assert!(!reply.text.contains("138001"), "{reply}");
}

#[tokio::test]
async fn an_account_without_a_number_is_not_found_by_phone() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    register(&mut browser, "13800138000", "13800138000@example.com").await.id();
    for identifier in SPELLINGS.into_iter().chain(["13800138000@example.com"]) {
        let reply = sign_in(&mut app.browser(), identifier, PASSWORD).await;
        says(&reply, 404, "phone not exists", identifier);
        let reply = app.post(TOKEN, credentials(identifier, PASSWORD)).await;
        says(&reply, 404, "phone not exists", identifier);
    }
    assert_eq!(app.audited().await, 1);
}
