//! `POST /api/v1/user/register/`.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{LOGIN, LOGOUT, REGISTER, account, app_with_account, is_refused};
use crate::support::{MAX_BODY, TestApp, cookie_error, not_an_object, padded, without};

fn new(username: &str, password: &str, email: &str) -> Value {
    json!({ "username": username, "password": password, "email": email })
}

#[tokio::test]
async fn the_documents_example_registers_and_does_not_log_in() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    let reply = browser.post(REGISTER, account()).await;
    assert_snapshot!(reply, @r#"
    200 OK

    {"status":"success","user_id":"[id]"}
    "#);
    let id = app.account("test1234@abc.com").await.id;
    assert_eq!(reply.json()["user_id"], json!(id.number()));
    assert_eq!(browser.post(LOGOUT, json!({})).await.status, 401);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn two_faults_are_told_in_the_order_of_the_checks() {
    let app = app_with_account().await;
    let hashes = app.directory.hasher().computed();
    for (case, body, code) in [
        ("missing, length", json!({ "username": "short", "email": "x@abc.com" }), 103),
        ("missing, email", json!({ "username": "newcomer", "email": "x" }), 103),
        ("missing, taken", json!({ "username": "test1234", "password": "12345678" }), 103),
        ("character, length", new("shört", "12345678", "x@abc.com"), 103),
        ("character, password's length", new("newcömer", "1234567", "x@abc.com"), 103),
        ("character, email", new("new comer", "12345678", "x"), 103),
        ("character, email taken", new("new@comer", "12345678", "test1234@abc.com"), 103),
        ("control, username's length", new("short", "1234567\n", "x@abc.com"), 103),
        ("control, length", new("newcomer", "\0", "x@abc.com"), 103),
        ("control, email", new("newcomer", "12345678\u{7f}", "x"), 103),
        ("username's length, email", new("short", "12345678", "x"), 104),
        ("password's length, email", new("newcomer", "1234567", "x"), 104),
        ("password's length, username taken", new("test1234", "1234567", "x@abc.com"), 104),
        ("username's length, email taken", new("short", "12345678", "test1234@abc.com"), 104),
        ("email, username taken", new("test1234", "12345678", "x"), 107),
        ("both taken", new("test1234", "12345678", "test1234@abc.com"), 105),
        ("username taken", new("test1234", "12345678", "x@abc.com"), 105),
        ("email taken", new("newcomer", "12345678", "test1234@abc.com"), 106),
    ] {
        is_refused(&app.post(REGISTER, body).await, code, case);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_parameter_that_is_missing_in_any_way_is_invalid() {
    let app = TestApp::new().await;
    for field in ["username", "password", "email"] {
        for (case, body) in without(&account(), field) {
            let json = Some("application/json");
            let reply = app.browser().send(Method::POST, REGISTER, json, body).await;
            is_refused(&reply, 103, &case);
        }
    }
    for (case, body) in not_an_object(&account()) {
        let json = Some("application/json");
        let reply = app.browser().send(Method::POST, REGISTER, json, body).await;
        is_refused(&reply, 103, case);
    }
    for blank in [new("  ", "12345678", "x@abc.com"), new("newcomer", "12345678", "\t")] {
        is_refused(&app.post(REGISTER, blank).await, 103, "blank");
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn usernames_have_8_to_16_letters_digits_and_three_signs() {
    let app = TestApp::new().await;
    for (number, (username, expected)) in [
        ("a".repeat(7), 104),
        ("a".repeat(8), 200),
        ("b".repeat(16), 200),
        ("b".repeat(17), 104),
        ("ｃ".repeat(7), 104),
        ("ｃ".repeat(8), 200),
        ("ｄ".repeat(16), 200),
        ("ｄ".repeat(17), 104),
        ("_.-_.-_.-".to_owned(), 200),
        ("AZaz09_.-".to_owned(), 200),
        ("13800138000".to_owned(), 200),
        (" trimmed1\n".to_owned(), 200),
        ("e\u{301}".repeat(8), 103),
        ("密".repeat(8), 103),
        ("🚀".repeat(8), 103),
        ("user@test.com".to_owned(), 103),
        ("user name".to_owned(), 103),
        ("username\0".to_owned(), 103),
        ("user\u{200b}name".to_owned(), 103),
        ("tеst1234".to_owned(), 103),
        ("user#name".to_owned(), 103),
        ("{{7*7}}{{7*7}}".to_owned(), 103),
    ]
    .into_iter()
    .enumerate()
    {
        let shown: String = username.chars().take(20).collect();
        let reply =
            app.post(REGISTER, new(&username, "12345678", &format!("u{number}@abc.com"))).await;
        match expected {
            200 => assert_eq!(reply.json()["status"], "success", "{shown}: {reply}"),
            code => is_refused(&reply, code, &shown),
        }
    }
    app.audited().await;
}

#[tokio::test]
async fn a_username_of_any_excess_is_too_long() {
    let app = TestApp::new().await;
    for length in [17, 1024, 1025, 60_000] {
        let reply = app.post(REGISTER, new(&"x".repeat(length), "12345678", "x@abc.com")).await;
        is_refused(&reply, 104, &format!("{length} letters"));
    }
}

#[tokio::test]
async fn new_passwords_have_8_to_16_code_points() {
    let app = TestApp::new().await;
    let mut number = 0;
    for unit in ["a", "é", "e\u{301}", "密", "🚀", " "] {
        for (length, expected) in [(7, 104), (8, 200), (16, 200), (17, 104)] {
            number += 1;
            let (username, email) = (format!("user{number:04}"), format!("u{number}@abc.com"));
            let password = unit.repeat(length);
            let reply = app.post(REGISTER, new(&username, &password, &email)).await;
            if expected == 200 {
                assert_eq!(reply.json()["status"], "success", "{length} times {unit}: {reply}");
                let login = json!({ "username": username, "password": password });
                assert_eq!(app.post(LOGIN, login).await.json()["status"], "success");
            } else {
                is_refused(&reply, expected, &format!("{length} times {unit}"));
            }
        }
    }
    for control in ["1234567\n", "\u{0}12345678", "1234\u{1b}5678", "12345678\u{85}"] {
        is_refused(&app.post(REGISTER, new("newcomer", control, "x@abc.com")).await, 103, control);
    }
    is_refused(
        &app.post(REGISTER, new("newcomer", &"1".repeat(60_000), "x@abc.com")).await,
        104,
        "",
    );
}

#[tokio::test]
async fn what_is_no_plain_address_is_refused() {
    let app = TestApp::new().await;
    for email in [
        "x",
        "x@",
        "@abc.com",
        "x@abc",
        "x@abc.com.",
        "x y@abc.com",
        "x@a bc.com",
        "x@abc.com,y@abc.com",
        "\"x\"@abc.com",
        "x <x@abc.com>",
        "x@abc.com\r\nbcc: y@abc.com",
        "x@[127.0.0.1]",
        "x@127.0.0.1",
        "x\0@abc.com",
        "х@abc.com",
        &format!("{}@abc.com", "x".repeat(247)),
    ] {
        is_refused(&app.post(REGISTER, new("newcomer", "12345678", email)).await, 107, email);
    }
    let longest = format!("{}@abc.com", "x".repeat(246));
    assert_eq!(longest.len(), 254);
    let reply = app.post(REGISTER, new("newcomer", "12345678", &longest)).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn another_spelling_of_a_taken_identifier_is_taken() {
    let app = app_with_account().await;
    for username in ["TEST1234", "Test1234", " test1234 ", "ｔｅｓｔ１２３４"] {
        let reply = app.post(REGISTER, new(username, "12345678", "x@abc.com")).await;
        is_refused(&reply, 105, username);
    }
    for email in ["TEST1234@ABC.COM", " test1234@abc.com ", "test1234@ａｂｃ.com"] {
        let reply = app.post(REGISTER, new("newcomer", "12345678", email)).await;
        is_refused(&reply, 106, email);
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_hardened_policy_refuses_the_most_common_passwords_as_bad_ones() {
    let app = TestApp::with(&[("PASSWORD_POLICY", "hardened")]).await;
    for common in ["12345678", "password", "PASSWORD", "11111111", "qwertyui", "baseball"] {
        is_refused(&app.post(REGISTER, new("newcomer", common, "x@abc.com")).await, 104, common);
    }
    assert_eq!(app.directory.hasher().computed(), 0);
    let reply = app.post(REGISTER, new("newcomer", "k9#Lw2!pQz", "x@abc.com")).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");
}

#[tokio::test]
async fn a_hardened_policy_refuses_in_the_order_of_the_checks() {
    let app = TestApp::with(&[("PASSWORD_POLICY", "hardened")]).await;
    app.register("newcomer", "k9#Lw2!pQz", "x@abc.com").await;
    for (case, body, code) in [
        ("character, common", new("newcömer", "12345678", "x"), 103),
        ("common, email", new("newcomer", "12345678", "x"), 104),
        ("common, username taken", new("newcomer", "12345678", "y@abc.com"), 104),
        ("common, email taken", new("newcomer2", "12345678", "x@abc.com"), 104),
    ] {
        is_refused(&app.post(REGISTER, body).await, code, case);
    }
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let app = TestApp::new().await;
    let json = Some("application/json");
    let more = padded(&account(), MAX_BODY + 1);
    let reply = app.browser().send(Method::POST, REGISTER, json, more).await;
    reply.is(413, cookie_error(103, "invalid parameters"));
    assert_eq!(app.audited().await, 0);
    let most = padded(&account(), MAX_BODY);
    let reply = app.browser().send(Method::POST, REGISTER, json, most).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");
}

#[tokio::test]
async fn slashes_too_many_do_not_count_and_other_methods_are_refused() {
    let app = TestApp::new().await;
    for (number, path) in
        ["/api/v1/user/register", "/api//v1/user/register/", "//api/v1//user/register//"]
            .into_iter()
            .enumerate()
    {
        let body = new(&format!("newcomer{number}"), "12345678", &format!("x{number}@abc.com"));
        assert_eq!(app.post(path, body).await.json()["status"], "success", "{path}");
    }
    for path in [REGISTER, LOGIN, LOGOUT] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = app.browser().send_json(method, path, account()).await;
            reply.is(405, cookie_error(111, "not found"));
            assert_eq!(reply.header("allow"), Some("POST"), "{path}");
        }
        let reply = app.browser().send(Method::HEAD, path, None, "").await;
        let found = (reply.status.as_u16(), reply.header("allow"), reply.text.as_str());
        assert_eq!(found, (405, Some("POST"), ""));
    }
    assert_eq!(app.audited().await, 3);
}
