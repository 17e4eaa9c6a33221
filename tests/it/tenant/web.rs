//! Signing in and up by the web app.

use http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{
    COOKIE, EMAIL, NEW, PASSWORD, SIGN_IN, SIGN_UP, WRONG, change, change_password, credentials,
    is_refused, is_signed_in, join, signed_in, start, start_with, start_with_account,
    start_with_account_and, success, user_unauthenticated,
};
use crate::support::{Door, SignIn, TestApp, cookie_error, create, register};

#[tokio::test]
async fn the_documents_example_signs_up() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let reply = browser.post("/api//user/signup", credentials(EMAIL, PASSWORD)).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"user@test.com"},"message":"register successfully"}
    "#);
    let account = app.account(EMAIL).await;
    reply.is(200, success(account.id.number(), EMAIL, "register successfully"));
    assert!(is_signed_in(&browser).await);
    assert!(!account.email_verified, "nobody has proven the address");
    assert_eq!(app.outbox.messages().len(), 0);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn the_documents_example_signs_in() {
    let (app, id) = start_with_account().await;
    let mut browser = app.browser();
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"user@test.com"},"message":"authenticate successfully"}
    "#);
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn the_documents_example_of_a_whole_request_signs_in() {
    let (app, id) = start_with_account().await;
    for (origin, cookie) in [("https://api.test", "a=b"), ("https://api.test", "connect.sid=x")] {
        let mut browser = app
            .browser()
            .header("connection", "keep-alive")
            .header("accept", "application/json")
            .header("origin", origin)
            .header("user-agent", "User-Agent")
            .header("referer", "https://api.test/user/signin")
            .header("accept-encoding", "gzip, deflate")
            .header("accept-language", "zh-CN,zh;q=0.9")
            .header("cookie", cookie);
        let body = r#"{"username":"user@test.com","password":"testpass"}"#;
        let reply = browser.send(Method::POST, SIGN_IN, Some("application/json"), body).await;
        reply.is(200, success(id, EMAIL, "authenticate successfully"));
        assert_eq!(reply.header("content-encoding"), None);
    }
}

#[tokio::test]
async fn refusals_of_a_sign_in_are_to_the_letter() {
    let (app, _) = start_with_account().await;
    let mut browser = app.browser();
    let long = "x".repeat(129);
    for (body, message) in [
        (json!({ "password": PASSWORD }), "username empty"),
        (json!({ "username": EMAIL }), "password empty"),
        (credentials("user", PASSWORD), "provided username illigal"),
        (credentials(EMAIL, &long), "provided password illigal"),
        (credentials(EMAIL, WRONG), "credentials invalid"),
        (credentials("nobody@test.com", PASSWORD), "credentials invalid"),
    ] {
        is_refused(&browser.post(SIGN_IN, body).await, message, message);
    }
    app.ban(EMAIL).await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_snapshot!(reply, @r#"
    400 Bad Request

    {"message":"user banned"}
    "#);
    let reply = browser.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
    is_refused(&reply, "credentials invalid", "a ban is told to the right password alone");
}

#[tokio::test]
async fn refusals_of_a_sign_up_are_to_the_letter() {
    let (app, _) = start_with_account().await;
    let mut browser = app.browser();
    for (body, message) in [
        (json!({ "password": PASSWORD }), "username empty"),
        (json!({ "username": EMAIL }), "password empty"),
        (credentials("user", PASSWORD), "provided username illigal"),
        (credentials("new@test.com", "1234567"), "provided password illigal"),
        (credentials(EMAIL, PASSWORD), "user with this username already existed"),
        (credentials(EMAIL, WRONG), "user with this username already existed"),
    ] {
        is_refused(&browser.post(SIGN_UP, body).await, message, message);
    }
    app.ban(EMAIL).await;
    let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
    is_refused(&reply, "user with this username already existed", "banned");
    assert_eq!(browser.kept(COOKIE), None);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn spellings_of_one_address_sign_in_and_are_taken_and_are_shown_as_one() {
    let (app, id) = start_with_account().await;
    for username in ["USER@Test.COM", " user@test.com\n", "user@ｔｅｓｔ.com", "user@test。com"]
    {
        let reply = app.post(SIGN_IN, credentials(username, PASSWORD)).await;
        reply.is(200, success(id, EMAIL, "authenticate successfully"));
        let reply = app.post(SIGN_UP, credentials(username, PASSWORD)).await;
        is_refused(&reply, "user with this username already existed", username);
    }
    let reply = app.post(SIGN_UP, credentials(" Kim@BÜCHER.Example ", PASSWORD)).await;
    assert_eq!(reply.json()["data"]["username"], "kim@xn--bcher-kva.example");
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn an_account_of_another_contract_signs_in_and_its_address_is_taken() {
    let app = start().await;
    let cookie = register(&mut app.browser(), "test1234", "test1234@abc.com").await.id();
    let users = create(&mut app.browser(), "peggy@example.com").await.id();
    for (id, email) in [(cookie, "test1234@abc.com"), (users, "peggy@example.com")] {
        let right = credentials(email, crate::support::PASSWORD);
        let reply = app.post(SIGN_IN, right.clone()).await;
        reply.is(200, success(id, email, "authenticate successfully"));
        let reply = app.post(SIGN_UP, right).await;
        is_refused(&reply, "user with this username already existed", email);
    }
    // Its username is none here.
    let reply = app.post(SIGN_IN, credentials("test1234", crate::support::PASSWORD)).await;
    is_refused(&reply, "provided username illigal", "a username");
}

#[tokio::test]
async fn an_account_without_an_address_any_more_is_shown_without_one() {
    let (app, id) = start_with_account().await;
    app.forget(id, "email").await;
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, "", "authenticate successfully"));
}

#[tokio::test]
async fn an_id_is_a_text_of_the_number_that_other_doors_have() {
    let (app, id) = start_with_account().await;
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{door:?}");
    }
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.json()["data"]["id"], json!(id.to_string()));
    let by_email = json!({ "email": EMAIL, "password": PASSWORD });
    let reply = app.post("/user/signin", by_email).await;
    assert_eq!(reply.json()["user_id"], json!(id));
}

#[tokio::test]
async fn signing_up_signs_out_of_the_account_before() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let before = browser.clone();
    let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
    is_refused(&reply, "user with this username already existed", "taken");
    assert!(is_signed_in(&browser).await, "a refusal leaves the session as it was");

    let reply = browser.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_ne!(browser.kept(COOKIE), before.kept(COOKIE));
    assert!(!is_signed_in(&before).await);
    let reply = change_password(&mut browser, change(PASSWORD, NEW)).await;
    assert_eq!(reply.json()["data"]["username"], "new@test.com");
}

#[tokio::test]
async fn a_hardened_policy_refuses_the_most_common_passwords() {
    let app = start_with(&[("PASSWORD_POLICY", "hardened")]).await;
    let hashes = app.directory.hasher().computed();
    for common in ["12345678", "password", "PASSWORD", "11111111", "qwertyui", "baseball"] {
        let reply = app.post(SIGN_UP, credentials(EMAIL, common)).await;
        is_refused(&reply, "provided password illigal", common);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let mut browser = app.browser();
    let reply = browser.post(SIGN_UP, credentials(EMAIL, "k9#Lw2!pQz")).await;
    assert_eq!(reply.status, 200, "{reply}");
    let reply = change_password(&mut browser, change("k9#Lw2!pQz", "password")).await;
    is_refused(&reply, "provided new_password illigal", "changed");

    // They are ordinary ones otherwise.
    let app = start().await;
    let reply = app.post(SIGN_UP, credentials(EMAIL, "password")).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn who_is_deleted_or_signed_out_everywhere_is_unauthenticated() {
    let (app, _) = start_with_account().await;
    let browser = signed_in(&app, EMAIL).await;
    app.directory.sign_out_everywhere(app.account(EMAIL).await.id).await.unwrap();
    assert!(!is_signed_in(&browser).await);

    let mut browser = signed_in(&app, EMAIL).await;
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    assert!(!is_signed_in(&browser).await);
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    is_refused(&reply, "credentials invalid", "deleted");
    // Who comes next is someone else, whom the old cookie does not sign in.
    join(&app, EMAIL).await;
    change_password(&mut browser, change(PASSWORD, NEW)).await.is(401, user_unauthenticated());
}

#[tokio::test]
async fn a_sign_in_of_this_contract_is_none_at_another() {
    let (app, _) = start_with_account_and(&[]).await;
    let browser = signed_in(&app, EMAIL).await;
    let session = browser.kept(COOKIE).unwrap();
    let mut other = app.browser().cookie("sessionid", session).cookie("_session", session);
    let reply = other.post("/api/v1/user/logout/", json!({})).await;
    reply.is(401, cookie_error(101, "login required"));
    assert_eq!(other.delete("/users/sign_out", json!({})).await.status, 403);
    assert!(is_signed_in(&browser).await);
}
