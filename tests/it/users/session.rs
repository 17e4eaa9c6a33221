//! `POST /users/sign_in` and `DELETE /users/sign_out`.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    DELETE, EMAIL, NAME, SIGN_IN, SIGN_OUT, app_with_account, app_with_account_and, create,
    credentials, is_signed_in, signed_in, user,
};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn the_documents_example_signs_in() {
    let app = app_with_account().await;
    let reply = app.post("/users/sign_in", user(credentials(EMAIL, PASSWORD))).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: _session=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users/sign_in","method":"POST","user":{"id":"[id]","name":"Margaret","email":"peggy@example.com"}}
    "#);
    let id = app.account(EMAIL).await.id;
    assert_eq!(reply.json()["user"]["id"], json!(id.number()));
}

#[tokio::test]
async fn the_documents_example_signs_out() {
    let app = app_with_account().await;
    let id = app.account(EMAIL).await.id.number();
    for (content_type, body) in [(Some("application/json"), "{}"), (None, "")] {
        let mut browser = signed_in(&app, EMAIL).await;
        let reply = browser.send(Method::DELETE, "/users/sign_out", content_type, body).await;
        let expected = json!({
            "result": "Success",
            "url": "/users/sign_out",
            "method": "DELETE",
            "user": { "id": id, "name": NAME, "email": EMAIL },
        });
        reply.is(200, expected);
        assert_eq!(
            reply.header("set-cookie"),
            Some("_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure")
        );
    }
}

#[tokio::test]
async fn refusals_of_a_sign_in_are_to_the_letter() {
    let app = app_with_account().await;
    assert_snapshot!(app.post("/users/sign_in", user(json!({}))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":0,"message":"Bad parameter."}}
    "#);
    let reply = app.post("/users/sign_in", user(credentials("nobody@example.com", PASSWORD))).await;
    assert_snapshot!(reply, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":1,"message":"There is not this email address."}}
    "#);
    let reply = app.post("/users/sign_in", user(credentials(EMAIL, "something else"))).await;
    assert_snapshot!(reply, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":2,"message":"This password is incorrect."}}
    "#);
    app.ban(EMAIL).await;
    let reply = app.post("/users/sign_in", user(credentials(EMAIL, PASSWORD))).await;
    assert_snapshot!(reply, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":3,"message":"This user is banned."}}
    "#);
}

#[tokio::test]
async fn refusals_of_a_sign_out_are_to_the_letter() {
    let app = TestApp::new().await;
    assert_snapshot!(app.delete("/users/sign_out", json!({})).await, @r#"
    403 Forbidden

    {"result":"Failed","url":"/users/sign_out","method":"DELETE","error":{"code":0,"message":"You have not sign in yet."}}
    "#);
}

#[tokio::test]
async fn faults_of_a_sign_in_are_told_in_the_order_of_the_checks() {
    let app = app_with_account().await;
    create(&app, "Banned", "banned@example.com").await;
    app.ban("banned@example.com").await;
    let longest = "x".repeat(129);
    for (case, fields, code) in [
        ("ill-formed, missing", json!({ "email": "x" }), 0),
        ("unknown, missing", json!({ "email": "nobody@example.com" }), 0),
        ("blank", credentials(" ", PASSWORD), 0),
        ("ill-formed", credentials("x", PASSWORD), 1),
        ("name", credentials(NAME, PASSWORD), 1),
        ("space within", credentials("peggy @example.com", PASSWORD), 1),
        ("two addresses", credentials("peggy@example.com,peggy@example.com", PASSWORD), 1),
        ("unknown, impossible password", credentials("nobody@example.com", &longest), 1),
        ("space after the password", credentials(EMAIL, "k9#Lw2!pQz "), 2),
        ("space before the password", credentials(EMAIL, " k9#Lw2!pQz"), 2),
        ("a part of the password", credentials(EMAIL, "k9#Lw2!pQ"), 2),
        ("blank password", credentials(EMAIL, " "), 2),
        ("too long", credentials(EMAIL, &longest), 2),
        ("control", credentials(EMAIL, "k9#Lw2!pQz\n"), 2),
        ("banned, wrong password", credentials("banned@example.com", "something else"), 2),
        ("banned", credentials("banned@example.com", PASSWORD), 3),
    ] {
        SIGN_IN.refused(&SIGN_IN.ask(&mut app.browser(), fields).await, code, case);
    }
}

#[tokio::test]
async fn uniform_replies_do_not_tell_an_unknown_account_from_a_wrong_password() {
    let app = app_with_account_and(&[("REPLIES", "uniform")]).await;
    create(&app, "Gone", "gone@example.com").await;
    let gone = credentials("gone@example.com", PASSWORD);
    assert_eq!(DELETE.ask(&mut app.browser(), gone).await.status, 200);
    create(&app, "Banned", "banned@example.com").await;
    app.ban("banned@example.com").await;

    let wrong = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, "something else")).await;
    SIGN_IN.refused(&wrong, 2, "wrong password");
    let longest = "x".repeat(129);
    for (case, email, password) in [
        ("unknown", "nobody@example.com", PASSWORD),
        ("deleted", "gone@example.com", PASSWORD),
        ("impossible password", EMAIL, &longest),
        ("unknown, impossible password", "nobody@example.com", &longest),
        ("banned, wrong password", "banned@example.com", "something else"),
    ] {
        let reply = SIGN_IN.ask(&mut app.browser(), credentials(email, password)).await;
        assert_eq!(
            (reply.status, &reply.headers, &reply.text),
            (wrong.status, &wrong.headers, &wrong.text),
            "{case}"
        );
    }
    let banned = credentials("banned@example.com", PASSWORD);
    SIGN_IN.refused(&SIGN_IN.ask(&mut app.browser(), banned).await, 3, "banned");
}

#[tokio::test]
async fn spellings_of_one_address_sign_in_and_are_shown_as_one() {
    let app = app_with_account().await;
    for email in ["PEGGY@Example.COM", " peggy@example.com\n", "peggy@ｅｘａｍｐｌｅ.com"] {
        let reply = SIGN_IN.ask(&mut app.browser(), credentials(email, PASSWORD)).await;
        assert_eq!(reply.json()["user"]["email"], EMAIL, "{email}");
    }
}

#[tokio::test]
async fn passwords_that_a_new_account_could_not_have_are_asked_of_the_hash() {
    let app = app_with_account().await;
    for password in ["x", " ", "1234567", "password", &"🚀".repeat(128), &"é".repeat(128)] {
        app.import_password(EMAIL, password).await;
        let reply = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, password)).await;
        assert_eq!(reply.status, 200, "{password}: {reply}");
    }
    let decomposed = credentials(EMAIL, &"e\u{301}".repeat(128));
    assert_eq!(SIGN_IN.ask(&mut app.browser(), decomposed).await.status, 200);

    let hashes = app.directory.hasher().computed();
    for password in ["x".repeat(129), "🚀".repeat(129), "e\u{301}".repeat(129), "\u{9f}".into()] {
        let reply = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, &password)).await;
        SIGN_IN.refused(&reply, 2, &password);
        let unknown = credentials("nobody@example.com", &password);
        SIGN_IN.refused(&SIGN_IN.ask(&mut app.browser(), unknown).await, 1, &password);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
}

#[tokio::test]
async fn an_account_of_another_contract_shows_its_username_or_nothing_as_its_name() {
    let app = TestApp::new().await;
    app.register("test1234", PASSWORD, EMAIL).await;
    let name = async |expected: &str| {
        let mut browser = app.browser();
        let reply = SIGN_IN.ask(&mut browser, credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.json()["user"]["name"], expected, "{reply}");
        let reply = SIGN_OUT.ask(&mut browser, json!({})).await;
        assert_eq!(reply.json()["user"]["name"], expected, "{reply}");
    };
    name("test1234").await;
    app.forget(app.account(EMAIL).await.id.number(), "username").await;
    name("").await;
}

#[tokio::test]
async fn a_session_presented_at_a_sign_in_does_not_survive_it() {
    let app = app_with_account().await;
    create(&app, "Neighbour", "next@example.com").await;
    let old = signed_in(&app, EMAIL).await;
    let mut browser = old.clone();
    SIGN_IN.ask(&mut browser, credentials(EMAIL, "something else")).await;
    assert!(is_signed_in(&browser).await, "a refusal leaves the session as it was");

    SIGN_IN.ask(&mut browser, credentials("next@example.com", PASSWORD)).await;
    assert_ne!(browser.kept("_session"), old.kept("_session"));
    assert!(!is_signed_in(&old).await);
    assert!(is_signed_in(&browser).await);

    let invented = "a".repeat(80);
    let mut browser = app.browser().cookie("_session", &invented);
    SIGN_IN.ask(&mut browser, credentials(EMAIL, PASSWORD)).await;
    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&app.browser().cookie("_session", &invented)).await);
}

#[tokio::test]
async fn signing_out_ends_the_presented_session_alone() {
    let app = app_with_account().await;
    let (mut one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let mut copy = one.clone();
    assert_eq!(SIGN_OUT.ask(&mut one, json!({})).await.status, 200);
    SIGN_OUT.refused(&SIGN_OUT.ask(&mut copy, json!({})).await, 0, "replayed");
    SIGN_OUT.refused(&SIGN_OUT.ask(&mut one, json!({})).await, 0, "again");
    assert!(is_signed_in(&other).await);
}

#[tokio::test]
async fn only_the_own_live_cookie_counts() {
    let app = app_with_account().await;
    let session = signed_in(&app, EMAIL).await.kept("_session").unwrap().to_owned();
    let mut cookie = app.browser();
    let login = json!({ "username": EMAIL, "password": PASSWORD });
    cookie.post("/api/v1/user/login/", login).await;
    let of_cookie = cookie.kept("sessionid").unwrap().to_owned();
    let key = app.post("/user/signin", credentials(EMAIL, PASSWORD)).await.json();
    let last = if session.ends_with('0') { "1" } else { "0" };
    let cookie = |value: &str| format!("_session={value}");

    for (case, cookies) in [
        ("a session of the contract cookie", cookie(&of_cookie)),
        ("an api_key", cookie(key["api_key"].as_str().unwrap())),
        ("one character changed", cookie(&format!("{}{last}", &session[..79]))),
        ("cut off", cookie(&session[..79])),
        ("in capitals", cookie(&session.to_uppercase())),
        ("invented", cookie(&"a".repeat(80))),
        ("large", cookie(&"0".repeat(8000))),
        ("under the name of another contract", format!("sessionid={session}")),
        ("two that differ", format!("_session={session}; _session={}", "a".repeat(80))),
    ] {
        let mut browser = app.browser().header("cookie", &cookies);
        SIGN_OUT.refused(&SIGN_OUT.ask(&mut browser, json!({})).await, 0, case);
    }
    let mut in_body = app.browser();
    let body: Value = json!({ "_session": session, "user": { "_session": session, "id": 1 } });
    SIGN_OUT.refused(&SIGN_OUT.send(&mut in_body, body.to_string()).await, 0, "in the body");
    assert!(is_signed_in(&app.browser().cookie("_session", &session)).await);
}
