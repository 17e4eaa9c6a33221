//! `POST /api/v1/user/logout/`.

use http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{LOGIN, LOGOUT, app_with_account, logged_in, login};
use crate::support::{TestApp, cookie_error};

/// What a browser without a live session is told.
#[track_caller]
fn is_refused(reply: &crate::support::Reply, case: &str) {
    let found = (reply.status.as_u16(), reply.json());
    assert_eq!(found, (401, cookie_error(101, "login required")), "{case}");
}

#[tokio::test]
async fn the_documents_example_logs_out() {
    let app = app_with_account().await;
    let mut browser = logged_in(&app).await;
    let reply = browser.send(Method::POST, LOGOUT, None, "").await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: sessionid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","uid":"[id]"}
    "#);
    let id = app.account("test1234@abc.com").await.id;
    assert_eq!(reply.json()["uid"], json!(id.number()));
}

#[tokio::test]
async fn the_documents_example_of_a_refusal_is_to_the_letter() {
    let app = TestApp::new().await;
    assert_snapshot!(app.browser().send(Method::POST, LOGOUT, None, "").await, @r#"
    401 Unauthorized

    {"status":"failed","desc":"login required","error_code":101}
    "#);
}

#[tokio::test]
async fn a_session_is_dead_after_its_logout() {
    let app = app_with_account().await;
    let mut browser = logged_in(&app).await;
    let mut copy = browser.clone();
    assert_eq!(browser.post(LOGOUT, json!({})).await.status, 200);
    is_refused(&copy.post(LOGOUT, json!({})).await, "replayed");
    is_refused(&browser.post(LOGOUT, json!({})).await, "again");
}

#[tokio::test]
async fn logging_out_ends_no_other_session() {
    let app = app_with_account().await;
    let (mut one, mut other) = (logged_in(&app).await, logged_in(&app).await);
    assert_eq!(one.post(LOGOUT, json!({})).await.status, 200);
    assert_eq!(other.post(LOGOUT, json!({})).await.status, 200);
}

#[tokio::test]
async fn only_the_own_live_cookie_counts() {
    let app = app_with_account().await;
    let session = logged_in(&app).await.kept("sessionid").unwrap().to_owned();

    let credentials = json!({ "email": "test1234@abc.com", "password": "12345678" });
    let key = app.post("/user/signin", credentials.clone()).await.json();
    let mut users = app.browser();
    users.post("/users/sign_in", json!({ "user": credentials })).await;
    let of_users = users.kept("_session").unwrap().to_owned();
    let last = if session.ends_with('0') { "1" } else { "0" };

    for (case, cookie) in [
        ("an api_key", key["api_key"].as_str().unwrap().to_owned()),
        ("a session of the contract users", of_users),
        ("one character changed", format!("{}{last}", &session[..79])),
        ("cut off", session[..79].to_owned()),
        ("longer", format!("{session}0")),
        ("in capitals", session.to_uppercase()),
        ("invented", "a".repeat(80)),
        ("of nobody", "0".repeat(80)),
        ("no hexadecimal", "密".repeat(26)),
        ("large", "0".repeat(8000)),
    ] {
        let mut browser = app.browser().cookie("sessionid", &cookie);
        is_refused(&browser.post(LOGOUT, json!({})).await, case);
    }
    for (case, cookies) in [
        ("under the name of another contract", format!("_session={session}")),
        ("under another name", format!("Sessionid={session}; sessionid2={session}")),
        ("two that differ", format!("sessionid={session}; sessionid={}", "a".repeat(80))),
        ("two that differ, one empty", format!("sessionid=; sessionid={session}")),
    ] {
        let mut browser = app.browser().header("cookie", &cookies);
        is_refused(&browser.post(LOGOUT, json!({})).await, case);
    }
    let mut header = app.browser().header("authorization", &format!("bearer {session}"));
    is_refused(&header.post(LOGOUT, json!({ "sessionid": session })).await, "elsewhere");

    let mut browser = app.browser().header("cookie", &format!("a=b; sessionid={session};c"));
    assert_eq!(browser.post(LOGOUT, json!({})).await.status, 200, "none of these ended it");
}

#[tokio::test]
async fn a_ban_ends_every_session() {
    let app = app_with_account().await;
    let mut browser = logged_in(&app).await;
    app.ban("test1234@abc.com").await;
    is_refused(&browser.post(LOGOUT, json!({})).await, "banned");
    let id = app.account("test1234@abc.com").await.id;
    app.directory.unban(id).await.unwrap();
    is_refused(&browser.post(LOGOUT, json!({})).await, "a lifted ban revives nothing");
    assert_eq!(browser.post(LOGIN, login()).await.json()["status"], "success");
}

#[tokio::test]
async fn slashes_too_many_do_not_count() {
    let app = app_with_account().await;
    for path in ["/api/v1/user/logout", "/api//v1/user/logout", "//api/v1/user//logout//"] {
        let mut browser = logged_in(&app).await;
        assert_eq!(browser.post(path, json!({})).await.status, 200, "{path}");
    }
}
