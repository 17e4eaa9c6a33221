//! What holds for the parameters and the paths of all operations.

use http::Method;
use serde_json::{Value, json};

use super::{
    CHANGE_PASSWORD, COOKIE, EMAIL, NEW, PASSWORD, SIGN_IN, SIGN_OUT, SIGN_UP, Tenant, WRONG,
    change, change_password, credentials, is_refused, is_signed_in, join, signed_in, start,
    start_with_account, tenant_unauthenticated, user_unauthenticated,
};
use crate::support::{Browser, MAX_BODY, Reply, padded, tenant_error, without};

/// The operations that have parameters, with ones that are good for a browser that is signed in. The
/// order is one in which they can all succeed.
fn operations() -> [(Method, &'static str, Value); 3] {
    [
        (Method::PUT, CHANGE_PASSWORD, change(PASSWORD, NEW)),
        (Method::POST, SIGN_IN, credentials(EMAIL, NEW)),
        (Method::POST, SIGN_UP, credentials("new@test.com", PASSWORD)),
    ]
}

async fn send(
    browser: &mut Browser,
    method: &Method,
    path: &str,
    body: impl Into<Vec<u8>>,
) -> Reply {
    browser.send(method.clone(), path, Some("application/json"), body.into()).await
}

#[tokio::test]
async fn a_parameter_that_is_missing_in_any_way_is_empty() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let hashes = app.directory.hasher().computed();
    for (method, path, body) in operations() {
        for name in body.as_object().unwrap().keys() {
            for (case, body) in without(&body, name) {
                let reply = send(&mut browser, &method, path, body).await;
                is_refused(&reply, &format!("{name} empty"), &format!("{path}: {case}"));
            }
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert!(is_signed_in(&browser).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_username_of_spaces_is_empty_and_a_password_of_spaces_is_one() {
    let (app, _) = start_with_account().await;
    for path in [SIGN_IN, SIGN_UP] {
        for blank in [" ", "\t\r\n", "\u{3000}", "\u{a0} "] {
            let reply = app.post(path, credentials(blank, PASSWORD)).await;
            is_refused(&reply, "username empty", blank);
        }
    }
    let reply = app.post(SIGN_IN, credentials(EMAIL, " ")).await;
    is_refused(&reply, "credentials invalid", "one space");
    let reply = app.post(SIGN_UP, credentials("new@test.com", " ")).await;
    is_refused(&reply, "provided password illigal", "too short");
    let spaces = credentials("new@test.com", &" ".repeat(8));
    assert_eq!(app.post(SIGN_UP, spaces.clone()).await.status, 200);
    assert_eq!(app.post(SIGN_IN, spaces).await.status, 200);
    let more = credentials("new@test.com", &" ".repeat(9));
    is_refused(&app.post(SIGN_IN, more).await, "credentials invalid", "nothing is trimmed");
}

#[tokio::test]
async fn faults_of_a_sign_in_are_told_in_the_order_of_the_checks() {
    let (app, _) = start_with_account().await;
    join(&app, "banned@test.com").await;
    app.ban("banned@test.com").await;
    let long = "x".repeat(129);
    for (case, body, message) in [
        ("nothing", json!({}), "username empty"),
        ("both empty", credentials("", ""), "username empty"),
        ("empty, illigal", credentials("", &long), "username empty"),
        ("illigal, empty", credentials("x", ""), "password empty"),
        ("illigal, missing", json!({ "username": "x" }), "password empty"),
        ("illigal, null", json!({ "username": "x", "password": null }), "password empty"),
        ("both illigal", credentials("x", &long), "provided username illigal"),
        ("illigal, right", credentials("x", PASSWORD), "provided username illigal"),
        ("unknown, illigal", credentials("nobody@test.com", &long), "provided password illigal"),
        ("known, illigal", credentials(EMAIL, "control\u{7}"), "provided password illigal"),
        ("banned, illigal", credentials("banned@test.com", &long), "provided password illigal"),
        ("unknown", credentials("nobody@test.com", PASSWORD), "credentials invalid"),
        ("wrong", credentials(EMAIL, WRONG), "credentials invalid"),
        ("banned, wrong", credentials("banned@test.com", WRONG), "credentials invalid"),
        ("banned", credentials("banned@test.com", PASSWORD), "user banned"),
    ] {
        is_refused(&app.post(SIGN_IN, body).await, message, case);
    }
}

#[tokio::test]
async fn faults_of_a_sign_up_are_told_in_the_order_of_the_checks() {
    let (app, _) = start_with_account().await;
    let hashes = app.directory.hasher().computed();
    for (case, body, message) in [
        ("nothing", json!({}), "username empty"),
        ("both empty", credentials(" ", ""), "username empty"),
        ("empty, illigal", credentials("", "short"), "username empty"),
        ("illigal, empty", credentials("x", ""), "password empty"),
        ("taken, empty", credentials(EMAIL, ""), "password empty"),
        ("both illigal", credentials("x", "short"), "provided username illigal"),
        ("taken, illigal", credentials(EMAIL, "short"), "provided password illigal"),
        ("taken, control", credentials(EMAIL, "12345678\n"), "provided password illigal"),
        ("taken", credentials(EMAIL, PASSWORD), "user with this username already existed"),
    ] {
        is_refused(&app.post(SIGN_UP, body).await, message, case);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn faults_of_a_password_change_are_told_in_the_order_of_the_checks() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let hashes = app.directory.hasher().computed();
    let long = "x".repeat(129);
    for (case, body, message) in [
        ("nothing", json!({}), "old_password empty"),
        ("both empty", change("", ""), "old_password empty"),
        ("empty, illigal", change("", "short"), "old_password empty"),
        ("illigal, empty", change(&long, ""), "new_password empty"),
        ("right, empty", change(PASSWORD, ""), "new_password empty"),
        ("both illigal", change(&long, "short"), "provided old_password illigal"),
        ("illigal, good", change("x\0", NEW), "provided old_password illigal"),
        ("wrong, illigal", change(WRONG, "short"), "provided new_password illigal"),
        ("right, illigal", change(PASSWORD, &long), "provided new_password illigal"),
    ] {
        is_refused(&change_password(&mut browser, body).await, message, case);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let reply = change_password(&mut browser, change(WRONG, NEW)).await;
    is_refused(&reply, "credentials invalid", "wrong");
    assert_eq!(app.directory.hasher().computed(), hashes + 1);
}

#[tokio::test]
async fn who_asks_is_checked_before_what_is_asked() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let browser = signed_in(&app, EMAIL).await;
    let dead = app.browser().cookie(COOKIE, &"a".repeat(80));
    let foreign = browser.clone().header(super::HEADER, "basic eDp5");
    let json = Some("application/json");
    for (case, content_type, body) in [
        ("good", json, change(PASSWORD, NEW).to_string()),
        ("no object", json, "[]".to_owned()),
        ("no JSON", json, "{".to_owned()),
        ("nothing", None, String::new()),
        ("empty", json, "{}".to_owned()),
        ("illigal", json, change("x\0", "x").to_string()),
        ("another type", Some("text/plain"), "{}".to_owned()),
    ] {
        for (method, path) in [(Method::PUT, CHANGE_PASSWORD), (Method::POST, SIGN_OUT)] {
            // The tenant comes first, with a live session or without.
            let mut foreign = foreign.clone();
            let reply = foreign.send(method.clone(), path, content_type, body.clone()).await;
            assert_eq!(reply.json(), tenant_unauthenticated(), "{case} {path}");
            // Then the user, also of a tenant that is one.
            for mut nobody in [app.browser(), dead.clone(), tenant.show(browser.clone())] {
                let reply = nobody.send(method.clone(), path, content_type, body.clone()).await;
                assert_eq!(reply.json(), user_unauthenticated(), "{case} {path}");
            }
        }
        for path in [SIGN_IN, SIGN_UP] {
            let mut foreign = foreign.clone();
            let reply = foreign.send(Method::POST, path, content_type, body.clone()).await;
            assert_eq!(reply.json(), tenant_unauthenticated(), "{case} {path}");
        }
    }
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn what_is_no_address_is_illigal() {
    let app = start().await;
    for username in [
        "user",
        "user@",
        "@test.com",
        "user@test",
        "user@test.com.",
        "us er@test.com",
        "user@te st.com",
        "user@test.com,x@test.com",
        "\"user\"@test.com",
        "User <user@test.com>",
        "user@test.com\r\nbcc: x@test.com",
        "user@[127.0.0.1]",
        "user@127.0.0.1",
        "user\0@test.com",
        "υser@test.com",
        "+8613800138000",
        &format!("{}@test.com", "x".repeat(246)),
    ] {
        for path in [SIGN_IN, SIGN_UP] {
            let reply = app.post(path, credentials(username, PASSWORD)).await;
            is_refused(&reply, "provided username illigal", username);
        }
    }
    let longest = format!("{}@test.com", "x".repeat(245));
    assert_eq!(longest.len(), 254);
    assert_eq!(app.post(SIGN_UP, credentials(&longest, PASSWORD)).await.status, 200);
    assert_eq!(app.post(SIGN_IN, credentials(&longest, PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn given_passwords_have_at_most_128_code_points_and_are_asked_of_the_hash() {
    let (app, _) = start_with_account().await;
    for password in ["x", " ", "1234567", &"🚀".repeat(128), &"é".repeat(128)] {
        app.import_password(EMAIL, password).await;
        let reply = app.post(SIGN_IN, credentials(EMAIL, password)).await;
        assert_eq!(reply.status, 200, "{password}: {reply}");
    }
    let decomposed = "e\u{301}".repeat(128);
    let mut browser = app.browser();
    let reply = browser.post(SIGN_IN, credentials(EMAIL, &decomposed)).await;
    assert_eq!(reply.status, 200, "{reply}");

    let hashes = app.directory.hasher().computed();
    for password in ["x".repeat(129), "🚀".repeat(129), "e\u{301}".repeat(129), "\u{9f}".into()] {
        for email in [EMAIL, "nobody@test.com"] {
            let reply = app.post(SIGN_IN, credentials(email, &password)).await;
            is_refused(&reply, "provided password illigal", &password);
        }
        let reply = change_password(&mut browser, change(&password, NEW)).await;
        is_refused(&reply, "provided old_password illigal", &password);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    let reply = change_password(&mut browser, change(&decomposed, NEW)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn new_passwords_have_8_to_128_code_points() {
    let app = start().await;
    let mut number = 0;
    for unit in ["a", "é", "e\u{301}", "密", "🚀", " "] {
        for (length, good) in [(7, false), (8, true), (128, true), (129, false)] {
            number += 1;
            let (email, password) = (format!("u{number}@test.com"), unit.repeat(length));
            let reply = app.post(SIGN_UP, credentials(&email, &password)).await;
            if good {
                assert_eq!(reply.status, 200, "{length} times {unit}: {reply}");
                let reply = app.post(SIGN_IN, credentials(&email, &password)).await;
                assert_eq!(reply.status, 200, "{length} times {unit}: {reply}");
            } else {
                is_refused(&reply, "provided password illigal", unit);
            }
        }
    }
    join(&app, EMAIL).await;
    let mut browser = signed_in(&app, EMAIL).await;
    for bad in ["1234567", &"x".repeat(129), "12345678\n", "\u{0}12345678", "12345678\u{85}"] {
        let reply = change_password(&mut browser, change(PASSWORD, bad)).await;
        is_refused(&reply, "provided new_password illigal", bad);
        let reply = app.post(SIGN_UP, credentials("new@test.com", bad)).await;
        is_refused(&reply, "provided password illigal", bad);
    }
    assert_eq!(app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for (method, path, body) in operations() {
        let reply = send(&mut browser, &method, path, padded(&body, MAX_BODY + 1)).await;
        reply.is(413, tenant_error(413, "body too large"));
        let reply = send(&mut browser, &method, path, padded(&body, MAX_BODY)).await;
        assert_eq!(reply.status, 200, "{path} {reply}");
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_parameters_in_the_query_count_for_nothing() {
    let (app, _) = start_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for (method, path, mut body) in operations() {
        let query = "username=x%40test.com&password=x&old_password=x&new_password=x";
        let path = format!("{path}?{query}");
        let reply = send(&mut browser, &method, &path, "{}").await;
        let names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        let first = names.iter().find(|name| reply.json()["message"] == format!("{name} empty"));
        assert!(first.is_some(), "{reply}");
        for (name, value) in
            [("id", json!(1)), ("Username", json!([])), ("token", json!("x")), ("", json!(null))]
        {
            body[name] = value;
        }
        let reply = send(&mut browser, &method, &path, body.to_string()).await;
        assert_eq!(reply.status, 200, "{path} {reply}");
    }
}

#[tokio::test]
async fn slashes_too_many_do_not_count() {
    for spelling in [|path: &str| format!("{path}/"), |path: &str| path.replace("/user", "//user")]
    {
        let (app, _) = start_with_account().await;
        let mut browser = signed_in(&app, EMAIL).await;
        for (method, path, body) in operations() {
            let reply = send(&mut browser, &method, &spelling(path), body.to_string()).await;
            assert_eq!(reply.status, 200, "{path} {reply}");
        }
        assert_eq!(browser.post(&spelling(SIGN_OUT), json!({})).await.status, 200);
        assert_eq!(app.audited().await, 2);
    }
}

#[tokio::test]
async fn another_method_is_told_the_one_that_there_is() {
    let (app, _) = start_with_account().await;
    for (path, allowed) in
        [(SIGN_IN, "POST"), (SIGN_UP, "POST"), (SIGN_OUT, "POST"), (CHANGE_PASSWORD, "PUT")]
    {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        for method in methods.into_iter().filter(|method| method != allowed) {
            let mut browser = signed_in(&app, EMAIL).await;
            let reply = browser.send_json(method.clone(), path, credentials(EMAIL, PASSWORD)).await;
            reply.is(405, tenant_error(405, "method not allowed"));
            assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
            assert!(is_signed_in(&browser).await);
        }
        let reply = app.browser().send(Method::HEAD, path, None, "").await;
        let found = (reply.status.as_u16(), reply.header("allow"), reply.text.as_str());
        assert_eq!(found, (405, Some(allowed), ""));
    }
}
