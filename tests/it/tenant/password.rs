//! `PUT /api/user/update_password` by the web app.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    EMAIL, NEW, PASSWORD, SIGN_IN, SIGN_OUT, WRONG, change, change_password, credentials,
    is_refused, is_signed_in, signed_in, start_with_account, start_with_account_and, success,
    user_unauthenticated,
};
use crate::support::{Door, SignIn, TestApp};

/// Whether a password is the account's, at every door alike.
async fn opens(app: &TestApp, password: &str) -> bool {
    let mut opened = Vec::new();
    for door in Door::ALL {
        let outcome = door.sign_in(&mut app.browser(), EMAIL, password).await;
        opened.push(matches!(outcome, SignIn::Done(_)));
    }
    assert!(opened.iter().all(|it| *it == opened[0]), "{opened:?}");
    opened[0]
}

#[tokio::test]
async fn the_documents_example_changes_the_password() {
    let (app, id) = start_with_account().await;
    app.import_password(EMAIL, "oldpassword").await;
    let mut browser = app.browser();
    browser.post(SIGN_IN, credentials(EMAIL, "oldpassword")).await;
    let before = browser.kept("connect.sid").map(str::to_owned);
    let reply = change_password(&mut browser, change("oldpassword", "newpassword")).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"user@test.com"},"message":"authenticate successfully"}
    "#);
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert_eq!(browser.kept("connect.sid").map(str::to_owned), before);
    assert!(!opens(&app, "oldpassword").await);
    assert!(opens(&app, "newpassword").await);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for (body, message) in [
        (json!({ "new_password": NEW }), "old_password empty"),
        (json!({ "old_password": PASSWORD }), "new_password empty"),
        (change(&"x".repeat(129), NEW), "provided old_password illigal"),
        (change(PASSWORD, "1234567"), "provided new_password illigal"),
        (change(WRONG, NEW), "credentials invalid"),
        (change("testpass ", NEW), "credentials invalid"),
        (change("Testpass", NEW), "credentials invalid"),
    ] {
        is_refused(&change_password(&mut browser, body).await, message, message);
    }
    assert!(opens(&app, PASSWORD).await);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn who_is_not_signed_in_is_unauthenticated() {
    let (app, _) = start_with_account().await;
    let reply = change_password(&mut app.browser(), change(PASSWORD, NEW)).await;
    assert_snapshot!(reply, @r#"
    401 Unauthorized

    {"code":401,"message":"user unauthenticated"}
    "#);
    let mut browser = signed_in(&app, EMAIL).await;
    let copy = browser.clone();
    browser.post(SIGN_OUT, json!({})).await;
    let mut banned = signed_in(&app, EMAIL).await;
    app.ban(EMAIL).await;
    for ended in [&mut browser, &mut copy.clone(), &mut banned] {
        let reply = change_password(ended, change(PASSWORD, NEW)).await;
        reply.is(401, user_unauthenticated());
    }
    app.directory.unban(app.account(EMAIL).await.id).await.unwrap();
    let reply = change_password(&mut banned, change(PASSWORD, NEW)).await;
    reply.is(401, user_unauthenticated());
    assert!(opens(&app, PASSWORD).await);
}

#[tokio::test]
async fn every_other_credential_ends_and_the_asking_session_goes_on() {
    let (app, _) = start_with_account().await;
    let (mut asking, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let mut cookie = app.browser();
    Door::Cookie.sign_in(&mut cookie, EMAIL, PASSWORD).await;
    let mut users = app.browser();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let reply = change_password(&mut asking, change(PASSWORD, NEW)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!is_signed_in(&other).await);
    assert_eq!(cookie.post("/api/v1/user/logout/", json!({})).await.status, 401);
    assert_eq!(users.delete("/users/sign_out", json!({})).await.status, 403);

    assert!(is_signed_in(&asking).await);
    let reply = change_password(&mut asking, change(NEW, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(asking.post(SIGN_OUT, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_change_at_another_door_ends_the_session() {
    let (app, _) = start_with_account_and(&[]).await;
    let browser = signed_in(&app, EMAIL).await;
    let mut users = app.browser();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let new = "k9#Lw2!pQz";
    let fields =
        json!({ "old_password": PASSWORD, "new_password": new, "new_password_confirm": new });
    let reply = users.patch("/users/password", json!({ "user": fields })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!is_signed_in(&browser).await);
    assert!(opens(&app, new).await);
}

#[tokio::test]
async fn the_address_is_told_of_a_new_password_and_of_no_other() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    change_password(&mut browser, change(WRONG, NEW)).await;
    change_password(&mut browser, change(PASSWORD, "short")).await;
    assert_eq!(app.outbox.messages().len(), 0);
    let mut chinese = browser.clone().header("accept-language", "zh-CN,zh;q=0.9");
    assert_eq!(change_password(&mut browser, change(PASSWORD, NEW)).await.status, 200);
    assert_eq!(change_password(&mut chinese, change(NEW, PASSWORD)).await.status, 200);
    let sent: Vec<_> = app.outbox.messages().into_iter().rev().collect();
    let subjects: Vec<_> = sent.iter().map(|mail| mail.subject.clone().unwrap()).collect();
    let expected =
        ["The password of your Atrium account was changed", "您的 Atrium 账号密码已更改"];
    assert_eq!(subjects, expected);
    for mail in sent {
        assert_eq!((mail.to.as_str(), mail.links.len()), (EMAIL, 0));
        assert!(!mail.text.contains(NEW) && !mail.text.contains(PASSWORD));
    }
}
