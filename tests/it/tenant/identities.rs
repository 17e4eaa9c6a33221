//! What becomes of identities that are bound: what leaves them alone, and what ends them.

use serde_json::json;
use shared::identifier::AccountId;

use super::{
    COOKIE, EMAIL, NEW, PASSWORD, SIGN_IN, arrived, bind, bound_to, change, change_password,
    credentials, identity, is_signed_in, join, signed_in, signed_in_by, start_with_account,
};
use crate::support::TestApp;

async fn delete(app: &TestApp, email: &str) {
    let user = json!({ "user": { "email": email, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
}

#[tokio::test]
async fn a_changed_password_ends_sessions_by_identities_and_not_the_identities() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let arrived = signed_in_by(&app, &identity("user")).await;
    let by_identity = app.browser().cookie(COOKIE, arrived.token.expose());
    let mut asking = signed_in(&app, EMAIL).await;
    assert_eq!(change_password(&mut asking, change(PASSWORD, NEW)).await.status, 200);
    assert!(!is_signed_in(&by_identity).await);
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_session_by_an_identity_changes_the_password_by_the_old_one_alone() {
    let (app, _) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let arrived = signed_in_by(&app, &identity("user")).await;
    let mut browser = app.browser().cookie(COOKIE, arrived.token.expose());
    let reply = change_password(&mut browser, change(super::WRONG, NEW)).await;
    super::is_refused(&reply, "credentials invalid", "wrong");
    assert_eq!(change_password(&mut browser, change(PASSWORD, NEW)).await.status, 200);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_deleted_account_frees_its_identities() {
    let (app, id) = start_with_account().await;
    for subject in ["one", "two"] {
        bind(&app, &identity(subject), EMAIL).await;
    }
    let before = signed_in_by(&app, &identity("one")).await;
    delete(&app, EMAIL).await;
    assert_eq!(app.dump("accounts").await.len(), 0);
    assert!(!is_signed_in(&app.browser().cookie(COOKIE, before.token.expose())).await);
    for subject in ["one", "two"] {
        assert_eq!(bound_to(&app, &identity(subject)).await, None, "{subject}");
    }
    let next = join(&app, EMAIL).await;
    assert_ne!(next, id);
    assert_eq!(bound_to(&app, &identity("one")).await, None, "the address does not bring it back");
    bind(&app, &identity("one"), EMAIL).await;
    assert_eq!(bound_to(&app, &identity("one")).await, Some(next));
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_that_the_operator_deletes_frees_them_too() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    app.directory.delete_account(AccountId::new(id).unwrap()).await.unwrap();
    assert_eq!(bound_to(&app, &identity("user")).await, None);
    assert_eq!(app.dump("accounts").await.len(), 0);
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn an_account_that_goes_while_an_identity_waits_is_not_signed_in_to() {
    let (app, _) = start_with_account().await;
    let mut browser = arrived(&app, &identity("user")).await;
    delete(&app, EMAIL).await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    super::is_refused(&reply, "credentials invalid", "deleted");
    assert_eq!(app.dump("accounts").await.len(), 0);
}

#[tokio::test]
async fn an_identity_that_is_unbound_waits_the_next_time() {
    let (app, id) = start_with_account().await;
    for subject in ["one", "two"] {
        bind(&app, &identity(subject), EMAIL).await;
    }
    let session = signed_in_by(&app, &identity("one")).await;
    let account = AccountId::new(id).unwrap();
    assert!(app.directory.unbind(account, &identity("one")).await.unwrap());
    assert_eq!(bound_to(&app, &identity("one")).await, None);
    assert_eq!(bound_to(&app, &identity("two")).await, Some(id));
    let live = is_signed_in(&app.browser().cookie(COOKIE, session.token.expose())).await;
    assert!(live, "sessions stay, unless the operator ends them");
    assert_eq!(app.audited().await, 1);

    for subject in ["one", "three"] {
        assert!(!app.directory.unbind(account, &identity(subject)).await.unwrap(), "{subject}");
    }
    // Nobody else's is unbound by another account's number.
    let other = AccountId::new(join(&app, "other@test.com").await).unwrap();
    assert!(!app.directory.unbind(other, &identity("two")).await.unwrap());
    assert_eq!(bound_to(&app, &identity("two")).await, Some(id));

    bind(&app, &identity("one"), "other@test.com").await;
    assert_eq!(bound_to(&app, &identity("one")).await, Some(other.number()));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn an_account_that_was_proven_keeps_its_identities_when_the_address_changes() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let mut users = app.browser();
    let sign_in = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    users.post("/users/sign_in", sign_in).await;
    let moved = json!({ "user": { "email": "moved@test.com", "name": "Somebody" } });
    assert_eq!(users.patch("/users", moved).await.status, 200);
    let arrived = signed_in_by(&app, &identity("user")).await;
    assert_eq!(arrived.account.id.number(), id);
    assert_eq!(arrived.account.shown_email(), "moved@test.com");
    // Who has the address next has nothing of it.
    let next = join(&app, EMAIL).await;
    assert_ne!(bound_to(&app, &identity("user")).await, Some(next));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn the_table_holds_an_identity_and_no_more_of_who_it_is() {
    let (app, _) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let claims: Vec<_> = app
        .dump("accounts")
        .await
        .into_iter()
        .filter(|item| item["pk"].as_s().unwrap().starts_with("oauth#"))
        .collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0]["pk"].as_s().unwrap(), "oauth#https://id.example#user");
    assert!(!format!("{claims:?}").contains(EMAIL));
}
