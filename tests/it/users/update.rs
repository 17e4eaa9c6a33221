//! `PATCH /users`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    CHANGE_PASSWORD, CREATE, EMAIL, NAME, SIGN_IN, UPDATE, app_with_account, create, credentials,
    is_signed_in, newcomer, signed_in, user,
};
use crate::support::{PASSWORD, TestApp};

/// The subject of the mail that tells of a changed address.
const SUBJECT: &str = "The email address of your Atrium account was changed";

/// The addresses that mails went to, with their subjects.
fn notices(app: &TestApp) -> Vec<(String, String)> {
    let messages = app.outbox.messages().into_iter();
    messages.map(|message| (message.to, message.subject.unwrap_or_default())).collect()
}

#[tokio::test]
async fn the_documents_example_changes_name_and_email() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let body = user(json!({ "name": "Meg", "email": "Meg@Example.com" }));
    let reply = browser.patch("/users", body).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"result":"Success","url":"/users","method":"PATCH","user":{"id":"[id]","name":"Meg","email":"meg@example.com"}}
    "#);
    let account = app.account("meg@example.com").await;
    assert_eq!(reply.json()["user"]["id"], json!(account.id.number()));
    assert!(!account.email_verified);
    assert!(is_signed_in(&browser).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = app_with_account().await;
    create(&app, "Ann", "ann@example.com").await;
    let mut browser = signed_in(&app, EMAIL).await;
    assert_snapshot!(browser.patch("/users", json!({})).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"PATCH","error":{"code":0,"message":"Bad parameter."}}
    "#);
    let taken = user(json!({ "email": "ann@example.com" }));
    assert_snapshot!(browser.patch("/users", taken.clone()).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"PATCH","error":{"code":1,"message":"This email address has used."}}
    "#);
    assert_snapshot!(app.browser().patch("/users", taken).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users","method":"PATCH","error":{"code":2,"message":"You have not sign in yet."}}
    "#);
}

#[tokio::test]
async fn two_faults_are_told_in_the_order_of_the_checks() {
    let app = app_with_account().await;
    create(&app, "Ann", "ann@example.com").await;
    let mut nobody = app.browser();
    for (case, body) in [
        ("not signed in, no JSON", "x".to_owned()),
        ("not signed in, empty", String::new()),
        ("not signed in, missing", "{}".to_owned()),
        ("not signed in, bad", user(json!({ "name": "" })).to_string()),
        ("not signed in, used", user(json!({ "email": "ann@example.com" })).to_string()),
        ("not signed in", user(json!({ "name": "Meg" })).to_string()),
    ] {
        UPDATE.refused(&UPDATE.send(&mut nobody, body).await, 2, case);
    }
    let mut browser = signed_in(&app, EMAIL).await;
    for (case, fields, code) in [
        ("name, used", json!({ "name": "a\nb", "email": "ann@example.com" }), 0),
        ("name, good", json!({ "name": "x".repeat(65), "email": "meg@example.com" }), 0),
        ("good, ill-formed", json!({ "name": "Meg", "email": "meg" }), 0),
        ("good, used", json!({ "name": "Meg", "email": "Ann@example.com" }), 1),
        ("used", json!({ "email": "ann@example.com" }), 1),
    ] {
        UPDATE.refused(&UPDATE.ask(&mut browser, fields).await, code, case);
    }
    let account = app.account(EMAIL).await;
    assert_eq!((account.shown_name(), account.shown_email()), (NAME, EMAIL), "nothing changed");
    assert_eq!(notices(&app), []);
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn what_is_not_sent_stays() {
    let app = app_with_account().await;
    let id = app.account(EMAIL).await.id.number();
    let mut browser = signed_in(&app, EMAIL).await;
    for (fields, name, email) in [
        (json!({ "name": " Meg " }), "Meg", EMAIL),
        (json!({ "email": "meg@example.com" }), "Meg", "meg@example.com"),
        (json!({ "name": "Meg", "email": "meg@example.com" }), "Meg", "meg@example.com"),
        (json!({ "name": "密", "id": 1, "status": "banned" }), "密", "meg@example.com"),
        (json!({ "email": EMAIL, "email_verified": true, "username": "x" }), "密", EMAIL),
    ] {
        let expected = json!({ "id": id, "name": name, "email": email });
        let reply = UPDATE.ask(&mut browser, fields).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["user"]), (200, &expected));
    }
    let account = app.account(EMAIL).await;
    assert!(!account.email_verified);
    assert_eq!(account.username, None);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_name_is_a_good_one_or_nothing_changes() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for unit in ["a", "é", "密", "🚀"] {
        let longest = unit.repeat(64);
        let reply = UPDATE.ask(&mut browser, json!({ "name": longest })).await;
        assert_eq!(reply.json()["user"]["name"], json!(longest), "{reply}");
        let reply = UPDATE.ask(&mut browser, json!({ "name": unit.repeat(65) })).await;
        UPDATE.refused(&reply, 0, unit);
    }
    for name in ["", " ", "\n", "a\0b", "a\rb", "\u{1b}[31mred", "a\u{85}b"] {
        UPDATE.refused(&UPDATE.ask(&mut browser, json!({ "name": name })).await, 0, name);
    }
    for email in ["", " ", "x", "x@y", "x y@example.com", "x@example.com\r\nbcc: y@example.com"] {
        let fields = json!({ "name": "Meg", "email": email });
        UPDATE.refused(&UPDATE.ask(&mut browser, fields).await, 0, email);
    }
    assert_eq!(app.account(EMAIL).await.shown_name(), "🚀".repeat(64));
}

#[tokio::test]
async fn a_field_that_is_there_in_a_wrong_way_is_bad_even_beside_a_good_one() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for wrong in [
        r#"{"name":1,"email":"meg@example.com"}"#,
        r#"{"name":["Meg"],"email":"meg@example.com"}"#,
        r#"{"name":{"name":"Meg"},"email":"meg@example.com"}"#,
        r#"{"name":true,"email":"meg@example.com"}"#,
        r#"{"name":null,"email":"meg@example.com"}"#,
        r#"{"name":"","email":"meg@example.com"}"#,
        r#"{"name":"Meg","name":"Meg","email":"meg@example.com"}"#,
        r#"{"name":"Meg","email":1}"#,
        r#"{"name":"Meg","email":["meg@example.com"]}"#,
        r#"{"name":"Meg","email":{}}"#,
        r#"{"name":"Meg","email":null}"#,
        r#"{"name":"Meg","email":"meg@example.com","email":"meg@example.com"}"#,
        r#"{"Name":"Meg","EMAIL":"meg@example.com"}"#,
        r"{}",
    ] {
        let reply = UPDATE.send(&mut browser, format!(r#"{{"user":{wrong}}}"#)).await;
        UPDATE.refused(&reply, 0, wrong);
    }
    let reply = UPDATE.send(&mut browser, r#"{"user":{"name":"A"},"user":{"name":"B"}}"#).await;
    UPDATE.refused(&reply, 0, "user is there twice");
    assert_eq!(app.account(EMAIL).await.shown_name(), NAME);
}

#[tokio::test]
async fn the_own_address_in_any_spelling_changes_nothing_and_tells_nobody() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for email in [EMAIL, "PEGGY@example.COM", " peggy@example.com "] {
        let reply = UPDATE.ask(&mut browser, json!({ "email": email })).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["user"]["email"]), (200, &json!(EMAIL)));
    }
    assert_eq!(notices(&app), []);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_changed_email_signs_in_and_the_old_one_is_free_and_told() {
    let app = app_with_account().await;
    let id = app.account(EMAIL).await.id.number();
    let mut browser = signed_in(&app, EMAIL).await;
    let reply = UPDATE.ask(&mut browser, json!({ "email": "meg@example.com" })).await;
    assert_eq!(reply.status, 200, "{reply}");
    let expected = [(EMAIL.to_owned(), SUBJECT.to_owned())];
    assert_eq!(notices(&app), expected);

    let old = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, PASSWORD)).await;
    SIGN_IN.refused(&old, 1, "the old address is nobody's");
    let new = SIGN_IN.ask(&mut app.browser(), credentials("meg@example.com", PASSWORD)).await;
    assert_eq!(new.json()["user"]["id"], json!(id));
    let taken = newcomer("Ann", "meg@example.com", PASSWORD);
    CREATE.refused(&CREATE.ask(&mut app.browser(), taken).await, 1, "the new address is taken");
    let other = create(&app, "Ann", EMAIL).await;
    assert_ne!(other, id);

    // And back again is no longer possible, until it is.
    UPDATE.refused(&UPDATE.ask(&mut browser, json!({ "email": EMAIL })).await, 1, "taken by now");
    let mut ann = signed_in(&app, EMAIL).await;
    UPDATE.ask(&mut ann, json!({ "email": "ann@example.com" })).await;
    assert_eq!(UPDATE.ask(&mut browser, json!({ "email": EMAIL })).await.status, 200);
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn an_account_of_another_contract_gets_a_name_and_keeps_its_username() {
    let app = TestApp::new().await;
    app.register("test1234", PASSWORD, EMAIL).await;
    let mut browser = signed_in(&app, EMAIL).await;
    let reply = UPDATE.ask(&mut browser, json!({ "name": "Meg" })).await;
    assert_eq!(reply.json()["user"]["name"], "Meg");
    let login = json!({ "username": "test1234", "password": PASSWORD });
    let reply = app.post("/api/v1/user/login/", login).await;
    assert_eq!(reply.json()["username"], "test1234");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_without_email_gets_one_and_nobody_is_told() {
    let app = TestApp::new().await;
    app.register("test1234", PASSWORD, EMAIL).await;
    let id = app.account(EMAIL).await.id.number();
    let mut browser = signed_in(&app, EMAIL).await;
    app.forget(id, "email").await;
    let reply = UPDATE.ask(&mut browser, json!({ "name": "Meg" })).await;
    assert_eq!(reply.json()["user"], json!({ "id": id, "name": "Meg", "email": "" }));
    let reply = UPDATE.ask(&mut browser, json!({ "email": "meg@example.com" })).await;
    assert_eq!(reply.json()["user"]["email"], "meg@example.com");
    assert_eq!(notices(&app), []);
}

#[tokio::test]
async fn a_change_of_the_profile_ends_no_session_and_keeps_the_password() {
    let app = app_with_account().await;
    let (mut one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let fields: Value = json!({ "email": "meg@example.com", "password": "something else" });
    assert_eq!(UPDATE.ask(&mut one, fields).await.status, 200);
    assert!(is_signed_in(&one).await && is_signed_in(&other).await);
    let change = json!({
        "old_password": PASSWORD,
        "new_password": "correct horse battery",
        "new_password_confirm": "correct horse battery",
    });
    assert_eq!(CHANGE_PASSWORD.ask(&mut one, change).await.status, 200);
}
