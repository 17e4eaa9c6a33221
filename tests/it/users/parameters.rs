//! What holds for the parameters and the paths of all operations.

use http::Method;
use serde_json::{Value, json};

use super::{
    CHANGE_PASSWORD, CREATE, DELETE, EMAIL, NAME, Operation, SIGN_IN, SIGN_OUT, UPDATE,
    app_with_account, create, credentials, is_signed_in, newcomer, signed_in, user,
};
use crate::support::{MAX_BODY, PASSWORD, TestApp, padded, without};

const NEW: &str = "correct horse battery";

/// The operations that have parameters, with ones that are good for a browser that is signed in.
/// The order is one in which they can all succeed.
fn operations() -> [(Operation, Value); 5] {
    let change =
        json!({ "old_password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW });
    [
        (SIGN_IN, credentials(EMAIL, PASSWORD)),
        (CREATE, newcomer("Ann", "ann@example.com", PASSWORD)),
        (UPDATE, json!({ "name": "Meg" })),
        (CHANGE_PASSWORD, change),
        (DELETE, credentials(EMAIL, NEW)),
    ]
}

#[tokio::test]
async fn a_parameter_that_is_missing_in_any_way_is_bad() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let hashes = app.directory.hasher().computed();
    for (operation, fields) in operations() {
        for field in fields.as_object().unwrap().keys() {
            for (case, fields) in without(&fields, field) {
                let body = format!(r#"{{"user":{fields}}}"#);
                let reply = operation.send(&mut browser, body).await;
                operation.refused(&reply, 0, &format!("{}: {case}", operation.url));
            }
        }
        for (case, body) in without(&user(fields.clone()), "user") {
            let reply = operation.send(&mut browser, body).await;
            operation.refused(&reply, 0, &format!("{}: {case}", operation.url));
        }
        let bare = operation.send(&mut browser, fields.to_string()).await;
        operation.refused(&bare, 0, "not inside user");
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert!(is_signed_in(&browser).await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for (operation, fields) in operations() {
        let body = user(fields);
        let reply = operation.send(&mut browser, padded(&body, MAX_BODY + 1)).await;
        let error = &reply.json()["error"]["code"];
        assert_eq!((reply.status.as_u16(), error), (413, &json!(413)), "{reply}");
        let reply = operation.send(&mut browser, padded(&body, MAX_BODY)).await;
        assert_eq!(reply.status, 200, "{} {reply}", operation.url);
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    for (operation, mut fields) in operations() {
        for (name, value) in
            [("id", json!(1)), ("Email", json!([])), ("admin", json!(true)), ("", json!(null))]
        {
            fields[name] = value;
        }
        let body = json!({ "user": fields, "User": {}, "id": 1, "email": "ann@example.com" });
        let reply = operation.send(&mut browser, body.to_string()).await;
        assert_eq!(reply.status, 200, "{} {reply}", operation.url);
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn slashes_too_many_do_not_count_but_are_shown_in_the_url() {
    for spelling in [|url: &str| format!("{url}/"), |url: &str| format!("/{url}//")] {
        let app = app_with_account().await;
        let mut browser = signed_in(&app, EMAIL).await;
        for (operation, fields) in operations() {
            let url = spelling(operation.url);
            let method = operation.method.clone();
            let reply = browser.send_json(method.clone(), &url, user(json!({}))).await;
            let body = reply.json();
            assert_eq!((&body["url"], &body["error"]["code"]), (&json!(url), &json!(0)));
            let reply = browser.send_json(method.clone(), &url, user(fields)).await;
            let body = reply.json();
            assert_eq!((reply.status.as_u16(), &body["url"]), (200, &json!(url)), "{reply}");
            assert_eq!(body["method"], method.as_str());
        }
    }
    let app = app_with_account().await;
    let mut browser = signed_in(&app, EMAIL).await;
    let reply = browser.delete("/users//sign_out/", json!({})).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["url"]), (200, &json!("/users//sign_out/")));
}

#[tokio::test]
async fn another_method_is_told_the_ones_that_there_are() {
    let app = TestApp::new().await;
    let id = create(&app, NAME, EMAIL).await;
    let profile = format!("/users/{id}");
    for (url, allowed, others) in [
        (SIGN_IN.url, "POST", [Method::PUT, Method::PATCH, Method::DELETE]),
        (SIGN_OUT.url, "DELETE", [Method::POST, Method::PUT, Method::PATCH]),
        (CHANGE_PASSWORD.url, "PATCH", [Method::POST, Method::PUT, Method::DELETE]),
        (CREATE.url, "DELETE PATCH POST", [Method::GET, Method::HEAD, Method::PUT]),
        (&profile, "GET HEAD", [Method::POST, Method::PATCH, Method::DELETE]),
    ] {
        for method in others {
            let mut browser = signed_in(&app, EMAIL).await;
            let body = user(credentials(EMAIL, PASSWORD));
            let reply = browser.send_json(method.clone(), url, body).await;
            assert_eq!(reply.status, 405, "{method} {url}");
            let mut allow: Vec<_> = reply.header("allow").unwrap().split(',').collect();
            allow.iter_mut().for_each(|method| *method = method.trim());
            allow.sort_unstable();
            assert_eq!(allow.join(" "), allowed, "{method} {url}");
            if method == Method::HEAD {
                assert_eq!(reply.text, "");
            } else {
                let body = reply.json();
                let expected = (&json!(url), &json!(method.as_str()), &json!(405));
                assert_eq!((&body["url"], &body["method"], &body["error"]["code"]), expected);
            }
            assert!(is_signed_in(&browser).await, "{method} {url} changed something");
        }
    }
    assert_eq!(app.audited().await, 1);
}
