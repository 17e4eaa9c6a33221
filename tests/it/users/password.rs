//! `PATCH /users/password`.

use insta::assert_snapshot;
use serde_json::{Value, json};
use shared::credential::{Kind, Token};

use super::{
    CHANGE_PASSWORD, EMAIL, NAME, SIGN_IN, SIGN_OUT, app_with_account, app_with_account_and,
    credentials, is_signed_in, signed_in, user,
};
use crate::support::{PASSWORD, TestApp};

const NEW: &str = "correct horse battery";

fn change(old: &str, new: &str, confirm: &str) -> Value {
    json!({ "old_password": old, "new_password": new, "new_password_confirm": confirm })
}

#[tokio::test]
async fn the_documents_example_changes_the_password() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let reply = browser.patch("/users/password", user(change(PASSWORD, NEW, NEW))).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: _session=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users/password","method":"PATCH","user":{"id":"[id]","name":"Margaret","email":"peggy@example.com"}}
    "#);
    let old = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, PASSWORD)).await;
    SIGN_IN.refused(&old, 2, "the old password");
    let new = SIGN_IN.ask(&mut app.browser(), credentials(EMAIL, NEW)).await;
    assert_eq!(new.status, 200, "{new}");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let path = "/users/password";
    assert_snapshot!(browser.patch(path, json!({})).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":0,"message":"Bad parameter."}}
    "#);
    assert_snapshot!(app.browser().patch(path, user(change(PASSWORD, NEW, NEW))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":2,"message":"You have not sign in yet."}}
    "#);
    assert_snapshot!(browser.patch(path, user(change("something else", NEW, NEW))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":3,"message":"This password is incorrect."}}
    "#);
    assert_snapshot!(browser.patch(path, user(change(PASSWORD, "password", "password"))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":4,"message":"This password is too easy."}}
    "#);
    assert_snapshot!(browser.patch(path, user(change(PASSWORD, NEW, PASSWORD))).await, @r#"
    400 Bad Request

    {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":5,"message":"These passwords do not match."}}
    "#);
}

#[tokio::test]
async fn two_faults_are_told_in_the_order_of_the_checks_and_the_hash_comes_last() {
    let app = app_with_account().await;
    let mut nobody = app.browser();
    for (case, body) in [
        ("not signed in, no JSON", "x".to_owned()),
        ("not signed in, missing", "{}".to_owned()),
        ("not signed in, differing", user(change(PASSWORD, NEW, PASSWORD)).to_string()),
        ("not signed in, wrong", user(change("something else", NEW, NEW)).to_string()),
    ] {
        CHANGE_PASSWORD.refused(&CHANGE_PASSWORD.send(&mut nobody, body).await, 2, case);
    }
    let mut browser = signed_in(&app, EMAIL).await;
    let hashes = app.directory.hasher().computed();
    let missing = json!({ "new_password": NEW, "new_password_confirm": PASSWORD });
    for (case, fields, code) in [
        ("missing, differing", missing, 0),
        ("short, differing", change(PASSWORD, "k9#Lw2!", NEW), 0),
        ("short, wrong", change("something else", "k9#Lw2!", "k9#Lw2!"), 0),
        ("control, easy", change(PASSWORD, "password\n", "password\n"), 0),
        ("differing, easy", change(PASSWORD, "password", "passwore"), 5),
        ("differing, wrong", change("something else", NEW, PASSWORD), 5),
        ("easy, wrong", change("something else", "password", "password"), 4),
        ("own name, wrong", change("something else", "k9#margaret!Lw2", "k9#margaret!Lw2"), 4),
    ] {
        let reply = CHANGE_PASSWORD.ask(&mut browser, fields).await;
        CHANGE_PASSWORD.refused(&reply, code, case);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let wrong = CHANGE_PASSWORD.ask(&mut browser, change("something else", NEW, NEW)).await;
    CHANGE_PASSWORD.refused(&wrong, 3, "wrong");
    assert_eq!(app.directory.hasher().computed(), hashes + 1);
    assert!(is_signed_in(&browser).await);
    signed_in(&app, EMAIL).await;
}

#[tokio::test]
async fn every_other_credential_ends_and_the_asking_session_goes_on() {
    let app = app_with_account().await;
    let (mut asking, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let mut cookie = app.browser();
    let login = json!({ "username": EMAIL, "password": PASSWORD });
    cookie.post("/api/v1/user/login/", login).await;
    let key = app.post("/user/signin", credentials(EMAIL, PASSWORD)).await.json();
    let key = Token::parse(key["api_key"].as_str().unwrap());
    assert!(app.directory.session(Kind::ApiKey, key.as_ref()).await.is_ok());

    let reply = CHANGE_PASSWORD.ask(&mut asking, change(PASSWORD, NEW, NEW)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!is_signed_in(&other).await);
    assert_eq!(cookie.post("/api/v1/user/logout/", json!({})).await.status, 401);
    assert!(app.directory.session(Kind::ApiKey, key.as_ref()).await.is_err());

    assert!(is_signed_in(&asking).await);
    let reply = CHANGE_PASSWORD.ask(&mut asking, change(NEW, PASSWORD, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(SIGN_OUT.ask(&mut asking, json!({})).await.status, 200);
    assert!(!is_signed_in(&asking).await);
}

#[tokio::test]
async fn a_refused_change_ends_nothing() {
    let app = app_with_account().await;
    let (mut asking, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    for (old, new, confirm, code) in [
        ("something else", NEW, NEW, 3),
        (PASSWORD, "password", "password", 4),
        (PASSWORD, NEW, PASSWORD, 5),
        (PASSWORD, "short", "short", 0),
    ] {
        let reply = CHANGE_PASSWORD.ask(&mut asking, change(old, new, confirm)).await;
        CHANGE_PASSWORD.refused(&reply, code, new);
    }
    assert!(is_signed_in(&asking).await && is_signed_in(&other).await);
    signed_in(&app, EMAIL).await;
}

#[tokio::test]
async fn the_old_password_is_asked_of_the_hash_whatever_its_length() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let decomposed = "e\u{301}".repeat(128);
    for (stored, given) in [("x", "x"), (" ", " "), (&"é".repeat(128), &decomposed)] {
        app.import_password(EMAIL, stored).await;
        let reply = CHANGE_PASSWORD.ask(&mut browser, change(given, NEW, NEW)).await;
        assert_eq!(reply.status, 200, "{given}: {reply}");
    }
    let hashes = app.directory.hasher().computed();
    for old in ["x".repeat(129), "密".repeat(129), format!("{NEW}\n"), "\0".into()] {
        let reply = CHANGE_PASSWORD.ask(&mut browser, change(&old, PASSWORD, PASSWORD)).await;
        CHANGE_PASSWORD.refused(&reply, 3, &old);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    for old in [&format!("{NEW} "), &format!(" {NEW}"), &NEW.to_uppercase()] {
        let reply = CHANGE_PASSWORD.ask(&mut browser, change(old, PASSWORD, PASSWORD)).await;
        CHANGE_PASSWORD.refused(&reply, 3, old);
    }
}

#[tokio::test]
async fn new_passwords_have_8_to_128_code_points() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let mut old = PASSWORD.to_owned();
    for unit in ["a", "é", "e\u{301}", "密", "🚀", " "] {
        for (length, accepted) in [(7, false), (8, true), (128, true), (129, false)] {
            let new = format!("k9#Lw2{}", unit.repeat(length - 6));
            let reply = CHANGE_PASSWORD.ask(&mut browser, change(&old, &new, &new)).await;
            if accepted {
                assert_eq!(reply.status, 200, "{length} with {unit}: {reply}");
                old = new;
            } else {
                CHANGE_PASSWORD.refused(&reply, 0, &format!("{length} with {unit}"));
            }
        }
    }
    for new in ["k9#Lw2!pQz\n", "\u{0}k9#Lw2!pQz", "k9#Lw2!pQz\u{85}"] {
        let reply = CHANGE_PASSWORD.ask(&mut browser, change(&old, new, new)).await;
        CHANGE_PASSWORD.refused(&reply, 0, new);
    }
    let composed = change(&old, "k9#Lw2!pQzé", "k9#Lw2!pQze\u{301}");
    assert_eq!(CHANGE_PASSWORD.ask(&mut browser, composed).await.status, 200);
}

#[tokio::test]
async fn the_accounts_own_words_make_a_password_too_easy() {
    let app = app_with_account().await;
    app.register("elizabeth", PASSWORD, "liz@example.com").await;
    for (email, words) in
        [(EMAIL, vec![NAME, "MARGARET", "peggy", "pEGGy"]), ("liz@example.com", vec!["ELIZAbeth"])]
    {
        let mut browser = signed_in(&app, email).await;
        for word in words {
            let new = format!("k9#Lw2!{word}!2wL");
            let reply = CHANGE_PASSWORD.ask(&mut browser, change(PASSWORD, &new, &new)).await;
            CHANGE_PASSWORD.refused(&reply, 4, word);
        }
        for easy in ["password", "12345678", "aaaaaaaaaaaa"] {
            let reply = CHANGE_PASSWORD.ask(&mut browser, change(PASSWORD, easy, easy)).await;
            CHANGE_PASSWORD.refused(&reply, 4, easy);
        }
    }
    let mut liz = signed_in(&app, "liz@example.com").await;
    let short = "k9#Lw2!liz!2wL";
    let reply = CHANGE_PASSWORD.ask(&mut liz, change(PASSWORD, short, short)).await;
    assert_eq!(reply.status, 200, "a word of 3 characters turns up by chance: {reply}");
}

#[tokio::test]
async fn a_hardened_policy_finds_the_most_common_passwords_too_easy() {
    let app = app_with_account_and(&[("PASSWORD_POLICY", "hardened")]).await;
    let mut browser = signed_in(&app, EMAIL).await;
    for common in ["12345678", "password", "PASSWORD", "11111111", "qwertyui", "baseball"] {
        let reply = CHANGE_PASSWORD.ask(&mut browser, change(PASSWORD, common, common)).await;
        CHANGE_PASSWORD.refused(&reply, 4, common);
    }
    let reply = CHANGE_PASSWORD.ask(&mut browser, change(PASSWORD, NEW, NEW)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn a_session_that_ended_changes_no_password() {
    let app = TestApp::new().await;
    super::create(&app, NAME, EMAIL).await;
    let mut browser = signed_in(&app, EMAIL).await;
    let copy = browser.clone();
    SIGN_OUT.ask(&mut browser, json!({})).await;
    for mut ended in [browser, copy] {
        let reply = CHANGE_PASSWORD.ask(&mut ended, change(PASSWORD, NEW, NEW)).await;
        CHANGE_PASSWORD.refused(&reply, 2, "signed out");
    }
    let mut banned = signed_in(&app, EMAIL).await;
    app.ban(EMAIL).await;
    let reply = CHANGE_PASSWORD.ask(&mut banned, change(PASSWORD, NEW, NEW)).await;
    CHANGE_PASSWORD.refused(&reply, 2, "banned");
}
