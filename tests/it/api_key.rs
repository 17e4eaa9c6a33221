//! The contract `api_key`.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};
use shared::{
    credential::{Kind, Token},
    identifier::AccountId,
};

use crate::support::{MAX_BODY, Reply, TestApp, api_key, padded, without};

const EMAIL: &str = "cc@prophetdigit.com";
const PASSWORD: &str = "12345678";
const DAY: i64 = 24 * 60 * 60;

/// The account of the document's example.
async fn app_with_account() -> TestApp {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    app.register("prophet.cc", PASSWORD, EMAIL).await;
    app
}

fn example() -> Value {
    json!({ "email": EMAIL, "password": PASSWORD })
}

/// Signs in and answers with the key.
async fn key(app: &TestApp) -> String {
    let body = app.post("/user/signin", example()).await.json();
    api_key(&body["api_key"]);
    body["api_key"].as_str().unwrap().to_owned()
}

/// Whether a key is one that the directory takes.
async fn is_live(app: &TestApp, key: &str) -> bool {
    app.directory.session(Kind::ApiKey, Token::parse(key).as_ref()).await.is_ok()
}

#[track_caller]
fn is_refused(reply: &Reply, name: &str, case: &str) {
    let found = (reply.status.as_u16(), reply.json(), reply.cookies());
    assert_eq!(found, (403, json!({ "error_name": name }), Vec::new()), "{case}");
}

#[tokio::test]
async fn the_documents_example_signs_in() {
    let app = app_with_account().await;
    let reply = app.post("/user/signin", example()).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"api_key":"[key]","user_id":"[id]"}
    "#);
    let id = AccountId::new(reply.json()["user_id"].as_u64().unwrap());
    assert_eq!(id, Some(app.account(EMAIL).await.id));
}

#[tokio::test]
async fn the_documents_example_signs_out() {
    let app = app_with_account().await;
    assert_snapshot!(app.post("/user/signout", json!({ "api_key": "e4cbcdc2faff41a7e311" })).await, @r"
    200 OK

    {}
    ");
    let key = key(&app).await;
    assert!(is_live(&app, &key).await);
    assert_snapshot!(app.post("/user/signout", json!({ "api_key": key })).await, @r"
    200 OK

    {}
    ");
    assert!(!is_live(&app, &key).await);
}

#[tokio::test]
async fn each_sign_in_hands_out_a_key_and_earlier_ones_live_on() {
    let app = app_with_account().await;
    let keys = [key(&app).await, key(&app).await, key(&app).await];
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    for key in &keys {
        assert!(is_live(&app, key).await);
    }
    app.post("/user/signout", json!({ "api_key": keys[1] })).await.is(200, json!({}));
    let live = [is_live(&app, &keys[0]).await, is_live(&app, &keys[1]).await];
    assert_eq!((live, is_live(&app, &keys[2]).await), ([true, false], true));
}

#[tokio::test]
async fn a_key_lives_for_90_days() {
    let app = app_with_account().await;
    let key = key(&app).await;
    app.clock.advance(90 * DAY - 1);
    assert!(is_live(&app, &key).await);
    app.clock.advance(1);
    assert!(!is_live(&app, &key).await);
    app.post("/user/signout", json!({ "api_key": key })).await.is(200, json!({}));
}

#[tokio::test]
async fn a_key_that_ends_nothing_is_signed_out_all_the_same() {
    let app = app_with_account().await;
    let key = key(&app).await;
    let mut browser = app.browser();
    let login = json!({ "username": "prophet.cc", "password": PASSWORD });
    browser.post("/api/v1/user/login/", login).await;
    let session = browser.kept("sessionid").unwrap().to_owned();

    app.post("/user/signout", json!({ "api_key": key })).await.is(200, json!({}));
    let id = format!("{:016x}", app.account(EMAIL).await.id.number());
    let unknown = format!("{id}{}", "0".repeat(64));
    for (case, other) in [
        ("dead", key.clone()),
        ("unknown", unknown),
        ("of nobody", "0".repeat(80)),
        ("of another contract", session),
        ("too short", key[..79].to_owned()),
        ("too long", format!("{key}0")),
        ("in capitals", key.to_uppercase()),
        ("no hexadecimal", "g".repeat(80)),
        ("not even ASCII", "🔑".repeat(20)),
        ("a control", "\0".to_owned()),
        ("large", "0".repeat(60_000)),
    ] {
        let reply = app.post("/user/signout", json!({ "api_key": other })).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "{}"), "{case}");
    }
    let logout = browser.post("/api/v1/user/logout/", json!({})).await;
    assert_eq!(logout.status, 200, "the session of the other contract is ended");
}

#[tokio::test]
async fn a_missing_parameter_is_told_before_anything_else() {
    let app = app_with_account().await;
    let hashes = app.directory.hasher().computed();
    let ill_formed = json!({ "email": "ill-formed", "password": PASSWORD });
    let key = json!({ "api_key": key(&app).await });
    for (path, body, field) in [
        ("/user/signin", &example(), "email"),
        ("/user/signin", &example(), "password"),
        ("/user/signin", &ill_formed, "password"),
        ("/user/signout", &key, "api_key"),
    ] {
        for (case, body) in without(body, field) {
            let json = Some("application/json");
            let reply = app.browser().send(Method::POST, path, json, body).await;
            is_refused(&reply, "lack of parameters", &case);
        }
    }
    for path in ["/user/signin", "/user/signout"] {
        is_refused(&app.post(path, json!({})).await, "lack of parameters", path);
    }
    assert_eq!(app.directory.hasher().computed(), hashes + 1, "only the sign-in is a hash");
    assert!(is_live(&app, key["api_key"].as_str().unwrap()).await);
}

#[tokio::test]
async fn email_and_password_that_do_not_match_are_refused_alike() {
    for replies in ["documented", "uniform"] {
        let app =
            TestApp::with(&[("REPLIES", replies), ("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
        app.register("prophet.cc", PASSWORD, EMAIL).await;
        app.register("banned-1", PASSWORD, "banned@example.com").await;
        app.ban("banned@example.com").await;
        let wrong = json!({ "email": EMAIL, "password": "12345679" });
        let wrong = app.post("/user/signin", wrong).await;
        is_refused(&wrong, "does not match", "wrong password");
        for (case, email, password) in [
            ("unknown", "nobody@example.com", PASSWORD),
            ("no email address", "prophet.cc", PASSWORD),
            ("two addresses", "cc@prophetdigit.com,cc@prophetdigit.com", PASSWORD),
            ("space within", "cc @prophetdigit.com", PASSWORD),
            ("no domain", "cc@localhost", PASSWORD),
            ("space after the password", EMAIL, "12345678 "),
            ("space before the password", EMAIL, " 12345678"),
            ("a part of the password", EMAIL, "1234567"),
            ("short", EMAIL, "1"),
            ("blank", EMAIL, " "),
            ("too long", EMAIL, &"1".repeat(129)),
            ("with a control", EMAIL, "12345678\n"),
            ("banned", "banned@example.com", PASSWORD),
            ("banned, wrong password", "banned@example.com", "12345679"),
        ] {
            let body = json!({ "email": email, "password": password });
            let reply = app.post("/user/signin", body).await;
            assert_eq!(
                (reply.status, &reply.headers, &reply.text),
                (wrong.status, &wrong.headers, &wrong.text),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn spellings_of_one_address_sign_in_to_one_account() {
    let app = app_with_account().await;
    let id = app.account(EMAIL).await.id;
    for email in
        ["CC@ProphetDigit.COM", " cc@prophetdigit.com\n", "cc@ｐｒｏｐｈｅｔｄｉｇｉｔ.com"]
    {
        let body = json!({ "email": email, "password": PASSWORD, "user_id": 1, "extra": [null] });
        let reply = app.post("/user/signin", body).await;
        assert_eq!(reply.json()["user_id"], id.number(), "{email}");
    }
}

#[tokio::test]
async fn accounts_of_other_contracts_sign_in_with_any_password_that_they_can_have() {
    let app = TestApp::new().await;
    let long: String = "correct horse 密 é🚀 ".chars().cycle().take(127).chain(['!']).collect();
    let user = json!({ "name": "cc", "email": EMAIL, "password": long, "password_confirm": long });
    assert_eq!(app.post("/users", json!({ "user": user })).await.status, 200);
    for (case, password) in
        [("128 characters", long.clone()), ("decomposed", long.replace('é', "e\u{301}"))]
    {
        let body = json!({ "email": EMAIL, "password": password });
        assert_eq!(app.post("/user/signin", body).await.status, 200, "{case}");
    }
    for short in ["x", " ", "密码", "1234567"] {
        app.import_password(EMAIL, short).await;
        let body = json!({ "email": EMAIL, "password": short });
        assert_eq!(app.post("/user/signin", body).await.status, 200, "{short}");
    }
}

#[tokio::test]
async fn a_password_that_nobody_can_have_costs_no_hash() {
    let app = app_with_account().await;
    let hashes = app.directory.hasher().computed();
    for password in
        ["1".repeat(129), "密".repeat(129), "e\u{301}".repeat(129), "\u{7f}".into(), "\0".into()]
    {
        for email in [EMAIL, "nobody@example.com"] {
            let body = json!({ "email": email, "password": password });
            is_refused(&app.post("/user/signin", body).await, "does not match", &password);
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let longest = json!({ "email": EMAIL, "password": "e\u{301}".repeat(128) });
    is_refused(&app.post("/user/signin", longest).await, "does not match", "128 characters");
    assert_eq!(app.directory.hasher().computed(), hashes + 1);
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let app = app_with_account().await;
    let key = key(&app).await;
    for (path, body) in [("/user/signin", example()), ("/user/signout", json!({ "api_key": key }))]
    {
        let json = Some("application/json");
        let more = padded(&body, MAX_BODY + 1);
        let reply = app.browser().send(Method::POST, path, json, more).await;
        reply.is(413, json!({ "error_name": "body too large" }));
        let most = padded(&body, MAX_BODY);
        assert_eq!(app.browser().send(Method::POST, path, json, most).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn slashes_too_many_do_not_count_and_other_methods_are_refused() {
    let app = app_with_account().await;
    for path in ["/user/signin/", "//user/signin", "/user//signin", "//user//signin//"] {
        assert_eq!(app.post(path, example()).await.status, 200, "{path}");
    }
    for path in ["/user/signout/", "//user//signout"] {
        app.post(path, json!({ "api_key": "x" })).await.is(200, json!({}));
    }
    for path in ["/user/signin", "/user/signout/"] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = app.browser().send_json(method, path, example()).await;
            reply.is(405, json!({ "error_name": "method not allowed" }));
            assert_eq!(reply.header("allow"), Some("POST"), "{path}");
        }
        let reply = app.browser().send(Method::HEAD, path, None, "").await;
        let found = (reply.status.as_u16(), reply.header("allow"), reply.text.as_str());
        assert_eq!(found, (405, Some("POST"), ""));
    }
}
