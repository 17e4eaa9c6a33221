//! `POST /api/v1/user/login/`.

use http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{LOGIN, LOGOUT, app_with_account, app_with_account_and, is_refused, logged_in, login};
use crate::support::{MAX_BODY, TestApp, cookie_error, not_an_object, padded, without};

fn by(username: &str, password: &str) -> Value {
    json!({ "username": username, "password": password })
}

#[tokio::test]
async fn the_documents_example_logs_in() {
    let app = app_with_account().await;
    let reply = app.post(LOGIN, login()).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: sessionid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","username":"test1234","email":"test1234@abc.com","uid":"[id as a string]"}
    "#);
    let id = app.account("test1234@abc.com").await.id;
    assert_eq!(reply.json()["uid"], json!(id.to_string()));
}

#[tokio::test]
async fn the_documents_example_of_a_refusal_is_to_the_letter() {
    let app = app_with_account().await;
    assert_snapshot!(app.post(LOGIN, by("test1234", "12345679")).await, @r#"
    200 OK

    {"status":"failed","desc":"user name or password incorrect","error_code":102}
    "#);
}

#[tokio::test]
async fn the_cookie_is_set_as_the_operator_wants() {
    for (settings, expected) in [
        (&[("COOKIE_SAME_SITE", "none")] as &[_], "Max-Age=1209600; SameSite=None; Secure"),
        (&[("COOKIE_SAME_SITE", "strict")], "Max-Age=1209600; SameSite=Strict; Secure"),
        (&[("COOKIE_IDLE_DAYS", "3")], "Max-Age=259200; SameSite=Lax; Secure"),
        (&[("STAGE", "local")], "Max-Age=1209600; SameSite=Lax"),
    ] {
        let app = app_with_account_and(settings).await;
        let expected = expected.replace("; SameSite", "; Path=/; HttpOnly; SameSite");
        let reply = app.post(LOGIN, login()).await;
        let cookie = reply.header("set-cookie").unwrap();
        let (_, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, expected);
    }
}

#[tokio::test]
async fn a_username_or_an_email_address_in_any_spelling_logs_in() {
    let app = app_with_account().await;
    for username in [
        "TEST1234",
        " test1234\n",
        "ｔｅｓｔ１２３４",
        "test1234@abc.com",
        "Test1234@ABC.com",
        "\ttest1234@abc.com ",
    ] {
        let body = app.post(LOGIN, by(username, "12345678")).await.json();
        assert_eq!(body["username"], "test1234", "{username}");
        assert_eq!(body["email"], "test1234@abc.com", "{username}");
    }
}

#[tokio::test]
async fn an_account_without_username_shows_its_email_in_its_place() {
    let app = TestApp::new().await;
    let password = "k9#Lw2!pQz";
    let user = json!({
        "name": "Test",
        "email": "ann@example.com",
        "password": password,
        "password_confirm": password,
    });
    assert_eq!(app.post("/users", json!({ "user": user })).await.status, 200);
    assert_snapshot!(app.post(LOGIN, by("ann@example.com", password)).await, @r#"
    200 OK
    set-cookie: sessionid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","username":"ann@example.com","email":"ann@example.com","uid":"[id as a string]"}
    "#);
    is_refused(&app.post(LOGIN, by("Test", password)).await, 102, "a name is no username");
}

#[tokio::test]
async fn an_account_without_email_shows_an_empty_one() {
    let app = app_with_account().await;
    app.forget(app.account("test1234@abc.com").await.id.number(), "email").await;
    assert_snapshot!(app.post(LOGIN, login()).await, @r#"
    200 OK
    set-cookie: sessionid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","username":"test1234","email":"","uid":"[id as a string]"}
    "#);
}

#[tokio::test]
async fn username_and_password_that_do_not_match_are_refused_alike() {
    for replies in ["documented", "uniform"] {
        let app = app_with_account_and(&[("REPLIES", replies)]).await;
        app.register("banned-1", "12345678", "banned@abc.com").await;
        app.ban("banned@abc.com").await;
        let wrong = app.post(LOGIN, by("test1234", "12345679")).await;
        is_refused(&wrong, 102, "wrong password");
        for (case, username, password) in [
            ("unknown username", "nobody-1", "12345678"),
            ("unknown email", "nobody@abc.com", "12345678"),
            ("no email address", "test1234@abc", "12345678"),
            ("space after the password", "test1234", "12345678 "),
            ("space before the password", "test1234", " 12345678"),
            ("other case", "test1234", "1234567A"),
            ("short", "test1234", "1"),
            ("blank", "test1234", " "),
            ("too long", "test1234", &"1".repeat(129)),
            ("with a control", "test1234", "12345678\0"),
            ("too long for unknown", "nobody-1", &"1".repeat(129)),
            ("banned, wrong password", "banned-1", "12345679"),
        ] {
            let reply = app.post(LOGIN, by(username, password)).await;
            assert_eq!(
                (reply.status, &reply.headers, &reply.text),
                (wrong.status, &wrong.headers, &wrong.text),
                "{case}"
            );
        }
        let reply = app.post(LOGIN, by("banned-1", "12345678")).await;
        is_refused(&reply, 109, "a ban is told to the right password");
    }
}

#[tokio::test]
async fn a_username_that_nobody_can_have_is_incorrect() {
    let app = app_with_account().await;
    for username in
        ["test 1234", "tést1234", "密".repeat(8).as_str(), "tеst1234", "test1234\0", "#", "a,b@c.d"]
    {
        is_refused(&app.post(LOGIN, by(username, "12345678")).await, 102, username);
    }
}

#[tokio::test]
async fn a_parameter_that_is_missing_in_any_way_is_invalid() {
    let app = app_with_account().await;
    let hashes = app.directory.hasher().computed();
    for field in ["username", "password"] {
        for (case, body) in without(&login(), field) {
            let json = Some("application/json");
            let reply = app.browser().send(Method::POST, LOGIN, json, body).await;
            is_refused(&reply, 103, &case);
        }
    }
    for (case, body) in not_an_object(&login()) {
        let json = Some("application/json");
        let reply = app.browser().send(Method::POST, LOGIN, json, body).await;
        is_refused(&reply, 103, case);
    }
    is_refused(&app.post(LOGIN, by(" ", "12345678")).await, 103, "blank");
    is_refused(&app.post(LOGIN, json!({ "username": "#" })).await, 103, "malformed, missing");
    assert_eq!(app.directory.hasher().computed(), hashes);
}

#[tokio::test]
async fn passwords_that_a_new_account_could_not_have_are_asked_of_the_hash() {
    let app = app_with_account().await;
    let composed = format!("{}é", "密".repeat(127));
    for password in ["x", "1234567", " ", "12345678901234567", &composed] {
        app.import_password("test1234@abc.com", password).await;
        let reply = app.post(LOGIN, by("test1234", password)).await;
        assert_eq!(reply.json()["status"], "success", "{password}: {reply}");
    }
    let decomposed = composed.replace('é', "e\u{301}");
    let reply = app.post(LOGIN, by("test1234", &decomposed)).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");

    let hashes = app.directory.hasher().computed();
    for password in ["密".repeat(129), format!("{composed}\u{302}\u{301}"), "\n".into()] {
        for username in ["test1234", "nobody-1"] {
            is_refused(&app.post(LOGIN, by(username, &password)).await, 102, &password);
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
}

#[tokio::test]
async fn a_session_presented_at_a_login_does_not_survive_it() {
    let app = app_with_account().await;
    app.register("neighbour", "12345678", "neighbour@abc.com").await;
    let old = logged_in(&app).await;
    let mut browser = old.clone();
    is_refused(&browser.post(LOGIN, by("test1234", "12345679")).await, 102, "wrong password");
    assert_eq!(browser.kept("sessionid"), old.kept("sessionid"));

    browser.post(LOGIN, by("neighbour", "12345678")).await;
    assert_ne!(browser.kept("sessionid"), old.kept("sessionid"));
    assert_eq!(old.clone().post(LOGOUT, json!({})).await.status, 401);
    assert_eq!(browser.post(LOGOUT, json!({})).await.status, 200);

    // One that was refused leaves the session as it was.
    let mut browser = logged_in(&app).await;
    browser.post(LOGIN, by("nobody-1", "12345678")).await;
    assert_eq!(browser.post(LOGOUT, json!({})).await.status, 200);
}

#[tokio::test]
async fn an_invented_session_is_never_adopted() {
    let app = app_with_account().await;
    let id = app.account("test1234@abc.com").await.id.number();
    for invented in [format!("{id:016x}{}", "a".repeat(64)), "a".repeat(80), "x".to_owned()] {
        let mut browser = app.browser().cookie("sessionid", &invented);
        browser.post(LOGIN, login()).await;
        assert_ne!(browser.kept("sessionid"), Some(invented.as_str()));
        let mut planted = app.browser().cookie("sessionid", &invented);
        assert_eq!(planted.post(LOGOUT, json!({})).await.status, 401);
    }
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let app = app_with_account().await;
    let json = Some("application/json");
    let more = padded(&login(), MAX_BODY + 1);
    let reply = app.browser().send(Method::POST, LOGIN, json, more).await;
    reply.is(413, cookie_error(103, "invalid parameters"));
    let most = padded(&login(), MAX_BODY);
    let reply = app.browser().send(Method::POST, LOGIN, json, most).await;
    assert_eq!(reply.json()["status"], "success", "{reply}");
}

#[tokio::test]
async fn slashes_too_many_do_not_count() {
    let app = app_with_account().await;
    for path in ["/api/v1/user/login", "/api//v1/user/login", "//api/v1/user//login//"] {
        assert_eq!(app.post(path, login()).await.json()["status"], "success", "{path}");
    }
}
