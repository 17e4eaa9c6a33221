//! `DELETE /users`.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    DELETE, EMAIL, NAME, SIGN_OUT, app_with_account, app_with_account_and, create, credentials,
    is_signed_in, signed_in, user,
};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn the_documents_example_deletes_the_account_without_a_cookie() {
    let app = app_with_account().await;
    assert_snapshot!(app.delete("/users", user(credentials(EMAIL, PASSWORD))).await, @r#"
    200 OK

    {"result":"Success","url":"/users","method":"DELETE"}
    "#);
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn refusals_carry_the_real_url_and_method() {
    let app = app_with_account().await;
    assert_snapshot!(app.delete("/users", json!({})).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"DELETE","error":{"code":0,"message":"Bad parameter."}}
    "#);
    let unknown = user(credentials("nobody@example.com", PASSWORD));
    assert_snapshot!(app.delete("/users", unknown).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"DELETE","error":{"code":1,"message":"This email address is incorrect."}}
    "#);
    assert_snapshot!(app.delete("/users", user(credentials(EMAIL, "something else"))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"DELETE","error":{"code":2,"message":"This password is incorrect."}}
    "#);
    app.ban(EMAIL).await;
    assert_snapshot!(app.delete("/users", user(credentials(EMAIL, PASSWORD))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"DELETE","error":{"code":3,"message":"This user is banned."}}
    "#);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn two_faults_are_told_in_the_order_of_the_checks() {
    // What is told here is none of a sign-in's replies, so it stays as documented.
    for replies in ["documented", "uniform"] {
        let app = app_with_account_and(&[("REPLIES", replies)]).await;
        create(&app, "Banned", "banned@example.com").await;
        app.ban("banned@example.com").await;
        let longest = "x".repeat(129);
        for (case, fields, code) in [
            ("ill-formed, missing", json!({ "email": "x" }), 0),
            ("unknown, missing", json!({ "email": "nobody@example.com" }), 0),
            ("ill-formed", credentials("x", PASSWORD), 1),
            ("name", credentials(NAME, PASSWORD), 1),
            ("unknown, impossible password", credentials("nobody@example.com", &longest), 1),
            ("too long", credentials(EMAIL, &longest), 2),
            ("control", credentials(EMAIL, "k9#Lw2!pQz\n"), 2),
            ("space after the password", credentials(EMAIL, "k9#Lw2!pQz "), 2),
            ("banned, wrong password", credentials("banned@example.com", "something else"), 2),
            ("banned", credentials("banned@example.com", PASSWORD), 3),
        ] {
            DELETE.refused(&DELETE.ask(&mut app.browser(), fields).await, code, case);
        }
        assert_eq!(app.audited().await, 2);
    }
}

#[tokio::test]
async fn a_live_cookie_must_be_that_of_the_account_that_is_named() {
    let app = app_with_account().await;
    create(&app, "Ann", "ann@example.com").await;
    let mut ann = signed_in(&app, "ann@example.com").await;
    let hers = ann.clone();
    for (case, fields) in [
        ("right password", credentials(EMAIL, PASSWORD)),
        ("wrong password", credentials(EMAIL, "something else")),
    ] {
        DELETE.refused(&DELETE.ask(&mut ann, fields).await, 1, case);
    }
    let wrong = credentials("ann@example.com", "something else");
    DELETE.refused(&DELETE.ask(&mut ann, wrong).await, 2, "her own");
    assert!(is_signed_in(&ann).await);
    assert_eq!(app.audited().await, 2);

    // A dead cookie is none.
    SIGN_OUT.ask(&mut ann, json!({})).await;
    let reply = DELETE.ask(&mut hers.clone(), credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    let mut garbage = app.browser().cookie("_session", "x");
    let reply = DELETE.ask(&mut garbage, credentials("ann@example.com", PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn the_own_session_may_ask_and_ends() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let copy = browser.clone();
    let reply = DELETE.ask(&mut browser, credentials(" PEGGY@example.com", PASSWORD)).await;
    reply.is(200, json!({ "result": "Success", "url": "/users", "method": "DELETE" }));
    assert_eq!(
        reply.header("set-cookie"),
        Some("_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure")
    );
    SIGN_OUT.refused(&SIGN_OUT.ask(&mut copy.clone(), json!({})).await, 0, "the session is dead");
}

#[tokio::test]
async fn the_identifiers_are_free_at_once() {
    let app = TestApp::new().await;
    for _ in 0..3 {
        app.register("test1234", PASSWORD, EMAIL).await;
        let before = app.account(EMAIL).await.id;
        let reply = DELETE.ask(&mut app.browser(), credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.status, 200, "{reply}");
        let after = create(&app, NAME, EMAIL).await;
        assert_ne!(after, before.number());
        let reply = DELETE.ask(&mut app.browser(), credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a_password_that_nobody_can_have_costs_no_hash_and_an_imported_one_deletes() {
    let app = app_with_account().await;
    app.import_password(EMAIL, "x").await;
    let hashes = app.directory.hasher().computed();
    for password in ["x".repeat(129), "🚀".repeat(129), "\n".into(), "x\0".into()] {
        let reply = DELETE.ask(&mut app.browser(), credentials(EMAIL, &password)).await;
        DELETE.refused(&reply, 2, &password);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(DELETE.ask(&mut app.browser(), credentials(EMAIL, "x")).await.status, 200);
}
