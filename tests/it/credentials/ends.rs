//! What ends credentials, on the very next request.

use serde_json::json;
use shared::identifier::AccountId;

use super::{EMAIL, Member};
use crate::support::{
    Door, PASSWORD, SignIn, SignUp, TestApp, create, enrol, register, users_error,
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

fn account(id: u64) -> AccountId {
    AccountId::new(id).unwrap()
}

/// Asserts that the password opens every door, or none.
async fn opens(app: &TestApp, password: &str, expected: SignIn) {
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), EMAIL, password).await;
        assert_eq!(found, expected, "{door:?}");
    }
}

/// Someone else, who stays signed in whatever happens to the member.
async fn bystander(app: &TestApp) -> Member {
    register(&mut app.browser(), "by_stander", "bystander@example.com").await.id();
    Member::sign_in(app, "bystander@example.com", PASSWORD).await
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
async fn a_ban_ends_every_credential_and_lifting_it_revives_none() {
    let app = TestApp::new().await;
    let (member, bystander) = (Member::join(&app).await, bystander(&app).await);
    app.directory.ban(account(member.id)).await.unwrap();
    member.is_signed_in_at(&app, &[]).await;
    bystander.is_signed_in_at(&app, &Door::ALL).await;

    app.directory.unban(account(member.id)).await.unwrap();
    member.is_signed_in_at(&app, &[]).await;
    Member::sign_in(&app, EMAIL, PASSWORD).await.is_signed_in_at(&app, &Door::ALL).await;
}

#[tokio::test]
async fn a_banned_account_cannot_shed_the_ban() {
    let app = TestApp::new().await;
    let member = Member::join(&app).await;
    app.directory.ban(account(member.id)).await.unwrap();

    let user = json!({ "email": EMAIL, "password": PASSWORD });
    let reply = app.delete("/users", json!({ "user": user })).await;
    reply.is(400, users_error("DELETE", "/users", 3, "This user is banned."));
    assert_eq!(create(&mut app.browser(), EMAIL).await, SignUp::EmailTaken);
    assert_eq!(enrol(&mut app.browser(), EMAIL).await, SignUp::EmailTaken);
    let again = register(&mut app.browser(), "test1234", "other@abc.com").await;
    assert_eq!(again, SignUp::UsernameTaken);
    for (door, expected) in [
        (Door::ApiKey, SignIn::Refused),
        (Door::Cookie, SignIn::Banned),
        (Door::Users, SignIn::Banned),
        (Door::Tenant, SignIn::Banned),
    ] {
        let right = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(right, expected, "{door:?}");
        let wrong = door.sign_in(&mut app.browser(), EMAIL, NEW_PASSWORD).await;
        assert_eq!(wrong, SignIn::Refused, "{door:?}");
    }
    assert_eq!(app.audited().await, 1);
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
async fn a_deletion_ends_every_credential_whoever_deletes() {
    for by_owner in [true, false] {
        let app = TestApp::new().await;
        let (member, bystander) = (Member::join(&app).await, bystander(&app).await);
        if by_owner {
            let user = json!({ "email": EMAIL, "password": PASSWORD });
            let reply = app.delete("/users", json!({ "user": user })).await;
            reply.is(200, json!({ "result": "Success", "url": "/users", "method": "DELETE" }));
        } else {
            app.directory.delete_account(account(member.id)).await.unwrap();
        }
        member.is_signed_in_at(&app, &[]).await;
        bystander.is_signed_in_at(&app, &Door::ALL).await;
        opens(&app, PASSWORD, SignIn::Refused).await;
        let url = format!("/users/{}", member.id);
        app.get(&url).await.is(404, users_error("GET", &url, 0, "There is not this user."));
        assert_eq!(app.audited().await, 1);
    }
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

#[tokio::test]
async fn a_live_session_deletes_no_account_but_its_own() {
    let app = TestApp::new().await;
    let (member, bystander) = (Member::join(&app).await, bystander(&app).await);
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    let reply = bystander.users.clone().delete("/users", user.clone()).await;
    reply.is(400, users_error("DELETE", "/users", 1, "This email address is incorrect."));
    member.is_signed_in_at(&app, &Door::ALL).await;

    // A dead one is none.
    app.directory.sign_out_everywhere(account(bystander.id)).await.unwrap();
    assert_eq!(bystander.users.clone().delete("/users", user).await.status, 200);
    member.is_signed_in_at(&app, &[]).await;
    assert_eq!(app.audited().await, 1);
}
