//! `POST /phone/users`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    HOUR, MINUTE, OTHER, PHONE, USERS, account, code_to, counted, fresh_code, id_of, join, number,
    register, says, too_many, wrong,
};
use crate::support::{PASSWORD, TestApp, without};

#[tokio::test]
async fn a_code_makes_an_account() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let reply = register(&mut app.browser(), PHONE, &code).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"content":{"id":"[id]","phone":"+8613800138000"},"state":200,"msg":"success"}
    "#);
    let id = id_of(&reply, PHONE);
    let made = app.directory.find_by_id(account(id)).await.unwrap();
    assert_eq!(made.phone.unwrap().as_str(), PHONE);
    assert!(made.email.is_none() && made.username.is_none() && made.name.is_none());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let body = |phone: &str, password: &str| json!({ "phone": phone, "password": password });
    assert_snapshot!(app.post(USERS, json!({})).await, @r#"
    200 OK

    {"state":404,"msg":"message required"}
    "#);
    assert_snapshot!(app.post(USERS, body("1", PASSWORD)).await, @r#"
    200 OK

    {"state":404,"msg":"phone invalid"}
    "#);
    assert_snapshot!(app.post(USERS, body(OTHER, "1234567")).await, @r#"
    200 OK

    {"state":404,"msg":"password invalid"}
    "#);
    assert_snapshot!(app.post(USERS, body(PHONE, PASSWORD)).await, @r#"
    200 OK

    {"content":null,"state":402,"msg":"phone has exist"}
    "#);
    assert_snapshot!(app.post(USERS, body(OTHER, PASSWORD)).await, @r#"
    200 OK

    {"state":404,"msg":"wrong code"}
    "#);
}

#[tokio::test]
async fn faults_are_told_in_the_order_of_the_checks() {
    let app = TestApp::new().await;
    let used = fresh_code(&app, PHONE).await;
    id_of(&register(&mut app.browser(), PHONE, &used).await, PHONE);
    app.clock.advance(MINUTE);
    let live = fresh_code(&app, PHONE).await;
    let body = |phone: &str, password: &str, code: &str| json!({ "phone": phone, "password": password, "code": code });
    let hashes = app.directory.hasher().computed();
    for (case, body, expected) in [
        ("ill-formed, no password", json!({ "phone": "x", "code": live }), "message required"),
        ("taken, no password", json!({ "phone": PHONE, "code": live }), "message required"),
        ("no phone, bad password", json!({ "password": "x", "code": live }), "message required"),
        ("blank phone", body(" ", PASSWORD, &live), "message required"),
        ("ill-formed, bad password", body("x", "x", &live), "phone invalid"),
        ("ill-formed, no code", json!({ "phone": "x", "password": PASSWORD }), "phone invalid"),
        ("taken, bad password", body(PHONE, "x", &live), "password invalid"),
        (
            "free, bad password, no code",
            json!({ "phone": OTHER, "password": "x" }),
            "password invalid",
        ),
        ("taken, live code", body(PHONE, PASSWORD, &live), "phone has exist"),
        ("taken, used code", body(PHONE, PASSWORD, &used), "phone has exist"),
        ("taken, wrong code", body(PHONE, PASSWORD, &wrong(&live, 1)), "phone has exist"),
        ("taken, no code", json!({ "phone": PHONE, "password": PASSWORD }), "phone has exist"),
        ("free, no code", json!({ "phone": OTHER, "password": PASSWORD }), "wrong code"),
    ] {
        let reply = app.post(USERS, body).await;
        if expected == "phone has exist" {
            reply.is(200, json!({ "content": null, "state": 402, "msg": expected }));
        } else {
            says(&reply, 404, expected, case);
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(counted(&app, "code_tries", PHONE).await, 0, "taken comes before the code");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_code_that_is_missing_in_any_way_is_wrong_and_no_try() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    for (case, body) in without(&body, "code") {
        let reply =
            app.browser().send(http::Method::POST, USERS, Some("application/json"), body).await;
        says(&reply, 404, "wrong code", &case);
    }
    let number: Value = code.parse::<u32>().unwrap().into();
    let body = json!({ "phone": PHONE, "password": PASSWORD, "code": number });
    says(&app.post(USERS, body).await, 404, "wrong code", "the right one as a number");
    assert_eq!(counted(&app, "code_tries", PHONE).await, 0);
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn registering_signs_nobody_in() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let reply = register(&mut app.browser(), PHONE, &code).await;
    id_of(&reply, PHONE);
    assert_eq!(reply.cookies(), []);
}

#[tokio::test]
async fn fields_that_nobody_asked_for_change_nothing() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let body = json!({
        "phone": PHONE,
        "password": PASSWORD,
        "code": code,
        "id": 1,
        "email": "ann@example.com",
        "username": "ann",
        "status": "banned",
        "epoch": 7,
        "content": { "id": 1, "phone": OTHER },
    });
    let id = id_of(&app.post(USERS, body).await, PHONE);
    assert_ne!(id, 1);
    let made = app.directory.find_by_id(account(id)).await.unwrap();
    assert!(made.email.is_none() && made.username.is_none());
    assert_eq!(made.epoch, 1);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn sign_ups_from_one_address_are_limited() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "2")]).await;
    let phones: Vec<_> = (0..3).map(number).collect();
    let mut browser = app.browser();
    for phone in &phones {
        let code = fresh_code(&app, phone).await;
        for case in ["one wrong code", "another one"] {
            let reply = register(&mut browser, phone, &wrong(&code, 1)).await;
            if phone == &phones[2] {
                too_many(&reply, case);
            } else {
                says(&reply, 404, "wrong code", case);
            }
        }
        let reply = register(&mut browser, phone, &code).await;
        if phone == &phones[2] {
            let retry_after = too_many(&reply, "the third sign-up");
            assert_eq!(retry_after, HOUR);
        } else {
            id_of(&reply, phone);
        }
    }
    // What was refused cost no try, and the code is still good: from elsewhere at once.
    let last = &phones[2];
    assert_eq!(counted(&app, "code_tries", last).await, 0);
    id_of(&register(&mut app.browser(), last, &code_to(&app, last)).await, last);
    app.clock.advance(HOUR);
    let fourth = number(3);
    let code = fresh_code(&app, &fourth).await;
    id_of(&register(&mut browser, &fourth, &code).await, &fourth);
    assert_eq!(app.audited().await, 4);
}

#[tokio::test]
async fn replies_that_tell_of_an_account_are_limited_by_address() {
    let app = TestApp::with(&[("LIMIT_DISCLOSURES_PER_ADDRESS", "3")]).await;
    join(&app, PHONE).await;
    let mut browser = app.browser();
    for _ in 0..3 {
        let reply = register(&mut browser, PHONE, "000000").await;
        assert_eq!(reply.json()["msg"], "phone has exist");
    }
    too_many(&register(&mut browser, PHONE, "000000").await, "the fourth");
    let elsewhere = register(&mut app.browser(), PHONE, "000000").await;
    assert_eq!(elsewhere.json()["msg"], "phone has exist");
}
