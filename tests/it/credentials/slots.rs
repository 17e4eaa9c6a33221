//! Slots: where a credential is presented, and what is none wherever it is presented.

use serde_json::json;

use super::{Member, opens_tenant, opens_users};
use crate::support::{Door, PASSWORD, TestApp, cookie_error, register, users_error};

/// Presents a text as the credential of a door, at everything that takes one there. It must open
/// nothing and be no reason for an error of the server.
async fn opens_nothing(app: &TestApp, door: Door, text: &str) {
    match door {
        Door::ApiKey => {
            let reply = app.post("/user/signout", json!({ "api_key": text })).await;
            if text.trim().is_empty() {
                reply.is(403, json!({ "error_name": "lack of parameters" }));
            } else {
                reply.is(200, json!({}));
            }
        }
        Door::Cookie => {
            let mut browser = app.browser().cookie("sessionid", text);
            let reply = browser.post("/api/v1/user/logout/", json!({})).await;
            reply.is(401, cookie_error(101, "login required"));
        }
        Door::Users => assert!(!opens_users(app, text).await, "{text}"),
        Door::Tenant => assert!(!opens_tenant(app, text).await, "{text}"),
    }
}

#[tokio::test]
async fn a_token_opens_only_the_account_that_it_was_handed_out_for() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    register(&mut app.browser(), "someone-else", "other@abc.com").await.id();
    let other = Member::sign_in(&app, "other@abc.com", PASSWORD).await;
    for door in Door::ALL {
        let (one, another) = (member.token(door), other.token(door));
        let forged = format!("{}{}", &another[..16], &one[16..]);
        opens_nothing(&app, door, &forged).await;
    }
    member.is_signed_in_at(&app, &Door::ALL).await;
    other.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn a_session_is_taken_from_its_cookie_alone() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    let token = member.token(Door::Users);
    let bearer = format!("Bearer {token}");
    for mut browser in [
        app.browser().header("authorization", &bearer),
        app.browser().header("_session", token),
        app.browser().header("x-session", token),
        app.browser().header("set-cookie", &format!("_session={token}")),
        app.browser().cookie("_Session", token),
        app.browser().cookie("_SESSION", token),
        app.browser().cookie("x_session", token),
        app.browser().cookie("_session2", token),
        app.browser().cookie("__Host-_session", token),
        app.browser().cookie("a", &format!("_session={token}")),
    ] {
        let body = json!({
            "_session": token,
            "user": { "name": "Somebody", "_session": token, "id": member.id },
            "user_id": member.id,
        });
        let reply = browser.patch(&format!("/users?_session={token}"), body).await;
        reply.is(400, users_error("PATCH", "/users", 2, "You have not sign in yet."));
    }
}
