//! What ends credentials, on the very next request.

use serde_json::json;

use super::{EMAIL, Member};
use crate::support::{Door, PASSWORD, SignIn, TestApp, create, users_error};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

/// Asserts that the password opens every door, or none.
async fn opens(app: &TestApp, password: &str, expected: SignIn) {
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), EMAIL, password).await;
        assert_eq!(found, expected, "{door:?}");
    }
}

#[tokio::test]
async fn a_sign_out_ends_the_credential_that_was_presented_and_no_other() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let elsewhere = Member::sign_in(&app, EMAIL, PASSWORD).await;
    let before = member.clone();
    let mut live = Door::ALL.to_vec();
    for door in Door::ALL {
        member.sign_out(door).await;
        live.retain(|other| *other != door);
        before.is_signed_in_at(&app, &live).await;
        elsewhere.is_signed_in_at(&app, &Door::ALL).await;
    }
    opens(&app, PASSWORD, SignIn::Done(member.id)).await;
}

#[tokio::test]
async fn each_sign_in_hands_out_a_credential_of_its_own() {
    let app = TestApp::new().await;
    let one = Member::join(&app).await;
    let other = Member::sign_in(&app, EMAIL, PASSWORD).await;
    for door in Door::ALL {
        for other_door in Door::ALL {
            assert_ne!(one.token(door), other.token(other_door));
        }
    }
    one.is_signed_in_at(&app, &Door::ALL).await;
    other.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn a_refused_change_of_the_password_ends_nothing() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    for (old, new, confirm, code, message) in [
        (NEW_PASSWORD, NEW_PASSWORD, NEW_PASSWORD, 3, "This password is incorrect."),
        (PASSWORD, "password", "password", 4, "This password is too easy."),
        (PASSWORD, NEW_PASSWORD, PASSWORD, 5, "These passwords do not match."),
        (PASSWORD, "short", "short", 0, "Bad parameter."),
    ] {
        let user = json!({
            "old_password": old,
            "new_password": new,
            "new_password_confirm": confirm,
        });
        let reply = member.users.patch("/users/password", json!({ "user": user })).await;
        reply.is(400, users_error("PATCH", "/users/password", code, message));
        member.is_signed_in_at(&app, &Door::ALL).await;
    }
    opens(&app, PASSWORD, SignIn::Done(member.id)).await;
}

#[tokio::test]
async fn who_comes_after_a_changed_email_is_someone_else() {
    let app = TestApp::new().await;
    let mut old = Member::join(&app).await;
    let user = json!({ "user": { "email": "moved@example.com" } });
    assert_eq!(old.users.patch("/users", user).await.status, 200);
    let new = create(&mut app.browser(), EMAIL).await.id();
    assert_ne!(new, old.id);
    opens(&app, PASSWORD, SignIn::Done(new)).await;
    // Changing the email is no reason to end credentials, and they stay the first account's.
    old.is_signed_in_at(&app, &Door::ALL).await;
    let reply = old.users.delete("/users/sign_out", json!({})).await;
    assert_eq!(reply.json()["user"]["id"], old.id);
    assert_eq!(app.audited().await, 2);
}
