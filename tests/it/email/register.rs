//! `POST /email/users`.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    DAY, EMAIL, OTHER, body, credentials, join, mails, opens, register, start, start_with, success,
    taken,
};
use crate::support::{Door, PASSWORD, SignIn, TestApp};

#[tokio::test]
async fn the_documents_example_is_mailed_a_link() {
    let app = start().await;
    assert_snapshot!(app.post("/email/users", credentials(EMAIL, "value2-and-more")).await, @r#"
    200 OK

    {"state":200,"msg":"success"}
    "#);
    assert_eq!(app.outbox.messages().len(), 1);
    assert_eq!(mails(&app, EMAIL).len(), 1);
}

#[tokio::test]
async fn refusals_are_to_the_letter_and_come_with_status_200() {
    let app = start().await;
    join(&app, "proven@example.com").await;
    register(&app, EMAIL, PASSWORD).await;
    for (body, expected) in [
        (json!({}), r#"{"state":400,"msg":"message required"}"#),
        (credentials("x", PASSWORD), r#"{"state":400,"msg":"email invalid"}"#),
        (credentials(EMAIL, "1234567"), r#"{"state":400,"msg":"password invalid"}"#),
        (credentials("proven@example.com", PASSWORD), r#"{"state":402,"msg":"email has exist"}"#),
        (credentials(EMAIL, PASSWORD), r#"{"state":402,"msg":"send too frequently"}"#),
    ] {
        let reply = app.post("/email/users", body).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, expected));
        assert_eq!(reply.cookies(), []);
        assert_eq!(reply.header("retry-after"), None);
    }
}

#[tokio::test]
async fn faults_are_told_in_the_order_of_the_checks() {
    let app = start().await;
    join(&app, "proven@example.com").await;
    register(&app, EMAIL, PASSWORD).await;
    let sent = app.outbox.messages().len();
    for (case, fields, state, message) in [
        ("bad, none", json!({ "email": "x" }), 400, "message required"),
        ("none, bad", json!({ "password": "x" }), 400, "message required"),
        ("blank, good", credentials(" \n", PASSWORD), 400, "message required"),
        ("bad, bad", credentials("x", "x"), 400, "email invalid"),
        ("bad, good", credentials("x", PASSWORD), 400, "email invalid"),
        ("proven, bad", credentials("proven@example.com", "x"), 400, "password invalid"),
        ("too soon, bad", credentials(EMAIL, "x"), 400, "password invalid"),
        ("proven", credentials("proven@example.com", PASSWORD), 402, "email has exist"),
    ] {
        let reply = app.post("/email/users", fields).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, body(state, message)), "{case}");
    }
    assert_eq!(app.outbox.messages().len(), sent);
    app.audited().await;
}

#[tokio::test]
async fn a_new_password_has_8_to_128_characters_and_no_controls() {
    let app = start().await;
    let ask = async |password: &str| {
        let reply = app.post("/email/users", credentials(EMAIL, password)).await;
        app.clock.advance(DAY);
        reply
    };
    for password in
        ["1234567", &"x".repeat(129), "with\ncontrol", "with\u{85}control", "密码密码密码密"]
    {
        ask(password).await.is(200, body(400, "password invalid"));
    }
    assert_eq!(app.outbox.messages().len(), 0);
    assert_eq!(app.directory.hasher().computed(), 0);
    for password in ["12345678", "password", "        ", &"密".repeat(8), &"🚀".repeat(128)] {
        ask(password).await.is(200, success());
    }
}

#[tokio::test]
async fn a_hardened_policy_refuses_the_most_common_passwords() {
    let app = start_with(&[("PASSWORD_POLICY", "hardened")]).await;
    let reply = app.post("/email/users", credentials(EMAIL, "12345678")).await;
    reply.is(200, body(400, "password invalid"));
    register(&app, EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn an_account_made_by_email_signs_in_at_every_door() {
    let app = start().await;
    join(&app, EMAIL).await;
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert!(!opens(&app, EMAIL, OTHER).await);
    let id = app.account(EMAIL).await.id.number();
    for door in Door::ALL {
        let found = door.sign_in(&mut app.browser(), EMAIL, PASSWORD).await;
        assert_eq!(found, SignIn::Done(id), "{door:?}");
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_proven_address_is_taken_at_every_sign_up() {
    let app = start().await;
    join(&app, EMAIL).await;
    let sent = app.outbox.messages().len();
    let asked = app.directory.hasher().computed();
    for email in [EMAIL, "ANN@EXAMPLE.COM", " ann@example.com "] {
        // Again and again: nothing was sent, so nothing is too soon.
        app.post("/email/users", credentials(email, PASSWORD)).await.is(200, taken());
    }
    assert_eq!(app.directory.hasher().computed(), asked);
    assert_eq!(app.outbox.messages().len(), sent);
    let user = json!({ "username": "ann-0001", "password": PASSWORD, "email": EMAIL });
    assert_eq!(app.post("/api/v1/user/register/", user).await.json()["error_code"], 106);

    // Nor does what was refused keep anybody waiting once the address is free.
    app.clock.advance(60);
    app.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, taken());
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    register(&app, EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn spellings_of_one_address_are_one() {
    for email in ["ANN@Example.COM", " ann@example.com\r\n", "ann@ｅｘａｍｐｌｅ.com"] {
        let app = start().await;
        app.post("/email/users", credentials(email, PASSWORD)).await.is(200, success());
        let to: Vec<_> = app.outbox.messages().into_iter().map(|message| message.to).collect();
        assert_eq!(to, [EMAIL]);
        app.post("/email/users", credentials(EMAIL, PASSWORD))
            .await
            .is(200, body(402, "send too frequently"));
        app.get(&super::Mailed::of(&mails(&app, EMAIL)[0]).open).await.is(200, success());
        assert!(opens(&app, EMAIL, PASSWORD).await);
    }
}

#[tokio::test]
async fn the_account_has_the_password_to_the_letter() {
    let app = start().await;
    let mailed = register(&app, EMAIL, " pa55 wörd\u{301} ").await;
    app.get(&mailed.open).await.is(200, success());
    assert!(opens(&app, EMAIL, " pa55 wörd\u{301} ").await);
    assert!(!opens(&app, EMAIL, "pa55 wörd\u{301}").await);
}

#[tokio::test]
async fn signing_up_counts_per_client_address() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "2")]).await;
    let mut browser = app.browser();
    for email in ["one@example.com", "two@example.com"] {
        browser.post("/email/users", credentials(email, PASSWORD)).await.is(200, success());
    }
    let hashes = app.directory.hasher().computed();
    let reply = browser.post("/email/users", credentials("three@example.com", PASSWORD)).await;
    reply.is(429, body(429, "too many requests"));
    let wait: i64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait));
    assert_eq!(app.directory.hasher().computed(), hashes);
    // It used up nothing of the recipient's: another client may ask for it at once.
    register(&app, "three@example.com", PASSWORD).await;
    app.clock.advance(3600);
    browser
        .post("/email/users", credentials("four@example.com", PASSWORD))
        .await
        .is(200, success());
}
