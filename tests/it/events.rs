//! The events in `events/`, replayed through each function's entry. They are what API Gateway
//! hands over, and can be used as they stand with `sam local invoke` and `cargo lambda invoke`.

use std::{collections::BTreeSet, fs, path::Path};

use aws_sdk_dynamodb::types::AttributeValue;
use insta::assert_snapshot;
use local::{Template, link};
use serde_json::{Value, json};
use shared::credential::{Kind, Token};

use crate::support::TestApp;

/// The token in the events' cookies and bodies. Its account does not exist but here.
fn token() -> String {
    format!("{:016x}{}", 65213, "a1".repeat(32))
}

/// The app with the account of the events, whose token is live in each contract.
async fn app() -> TestApp {
    let app = TestApp::new().await;
    let body =
        json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" });
    let id = app.post("/api/v1/user/register/", body).await.json()["user_id"].as_u64().unwrap();
    give_number(&app, id).await;
    for kind in [Kind::ApiKey, Kind::CookieSession, Kind::UsersSession] {
        plant(&app, kind).await;
    }
    app
}

/// Gives the account the number that the events' token carries.
async fn give_number(app: &TestApp, id: u64) {
    let number = |number: u64| AttributeValue::N(number.to_string());
    for mut item in app.dump("accounts").await {
        let old = [("pk", item["pk"].clone()), ("sk", item["sk"].clone())];
        let old = old.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let delete = app.db.delete_item().table_name("accounts").set_key(Some(old));
        delete.send().await.unwrap();
        if item["pk"] == AttributeValue::S(format!("account#{id}")) {
            item.insert("pk".to_owned(), AttributeValue::S("account#65213".to_owned()));
            item.insert("id".to_owned(), number(65213));
        } else {
            item.insert("account".to_owned(), number(65213));
        }
        let put = app.db.put_item().table_name("accounts").set_item(Some(item));
        put.send().await.unwrap();
    }
}

async fn plant(app: &TestApp, kind: Kind) {
    let digest = Token::parse(&token()).unwrap().digest();
    let number = |number: i64| AttributeValue::N(number.to_string());
    let later = app.clock.now() + 3600;
    app.db
        .put_item()
        .table_name("tokens")
        .item("pk", AttributeValue::S(format!("credential#{}#{digest}", kind.as_str())))
        .item("account", number(65213))
        .item("kind", AttributeValue::S(kind.as_str().to_owned()))
        .item("epoch", number(1))
        .item("created", number(app.clock.now()))
        .item("expires", number(later))
        .item("ends", number(later))
        .item("ttl", number(later))
        .send()
        .await
        .unwrap();
}

fn events(function: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
    let mut events: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

async fn replay(function: &str) -> String {
    let mut lines = Vec::new();
    for (name, event) in events(function) {
        let app = app().await;
        let answer = link(function, app.app.clone()).unwrap().answer(event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        let mut body = answer["body"].as_str().unwrap().to_owned();
        // What is drawn at random: a new key, a new account's id.
        for field in ["api_key", "user_id", "id"] {
            let value = serde_json::from_str::<Value>(&body).unwrap();
            let found = value.get(field).or_else(|| value["user"].get(field)).cloned();
            if let Some(found) = found.filter(|found| *found != json!(65213)) {
                body = body.replace(&found.to_string(), "\"…\"");
            }
        }
        lines.push(format!("{name}: {status} {body}"));
    }
    lines.join("\n")
}

#[tokio::test]
async fn the_events_of_api_key_are_answered() {
    assert_snapshot!(replay("api-key").await, @r#"
    signin-does-not-match: 403 {"error_name":"does not match"}
    signin-lack-of-parameters: 403 {"error_name":"lack of parameters"}
    signin-ok: 200 {"api_key":"…","user_id":65213}
    signout-lack-of-parameters: 403 {"error_name":"lack of parameters"}
    signout-ok: 200 {}
    "#);
}

#[tokio::test]
async fn the_events_of_cookie_are_answered() {
    assert_snapshot!(replay("cookie").await, @r#"
    login-incorrect: 200 {"status":"failed","desc":"user name or password incorrect","error_code":102}
    login-ok: 200 {"status":"success","username":"test1234","email":"test1234@abc.com","uid":"65213"}
    login-trailing-slash: 200 {"status":"success","username":"test1234","email":"test1234@abc.com","uid":"65213"}
    logout-login-required: 401 {"status":"failed","desc":"login required","error_code":101}
    logout-ok: 200 {"status":"success","uid":65213}
    register-ok: 200 {"status":"success","user_id":"…"}
    register-username-taken: 200 {"status":"failed","desc":"username taken","error_code":105}
    "#);
}

#[tokio::test]
async fn the_events_of_users_are_answered() {
    assert_snapshot!(replay("users").await, @r#"
    change-password-mismatch: 400 {"result":"Failed","url":"/users/password","method":"PATCH","error":{"code":5,"message":"These passwords do not match."}}
    change-password-ok: 200 {"result":"Success","url":"/users/password","method":"PATCH","user":{"id":65213,"name":"test1234","email":"test1234@abc.com"}}
    create-ok: 200 {"result":"Success","url":"/users","method":"POST","user":{"id":"…","name":"Ann","email":"ann@abc.com"}}
    create-too-easy: 400 {"result":"Failed","url":"/users","method":"POST","error":{"code":2,"message":"This password is too easy."}}
    delete-ok: 200 {"result":"Success","url":"/users","method":"DELETE"}
    delete-unknown: 400 {"result":"Failed","url":"/users","method":"DELETE","error":{"code":1,"message":"This email address is incorrect."}}
    show-nobody: 404 {"result":"Failed","url":"/users/1","method":"GET","error":{"code":0,"message":"There is not this user."}}
    show-ok: 200 {"result":"Success","url":"/users/65213","method":"GET","user":{"name":"test1234","upload_emoji":[]}}
    sign-in-ok: 200 {"result":"Success","url":"/users/sign_in","method":"POST","user":{"id":65213,"name":"test1234","email":"test1234@abc.com"}}
    sign-in-wrong-password: 400 {"result":"Failed","url":"/users/sign_in","method":"POST","error":{"code":2,"message":"This password is incorrect."}}
    sign-out-not-signed-in: 403 {"result":"Failed","url":"/users/sign_out","method":"DELETE","error":{"code":0,"message":"You have not sign in yet."}}
    sign-out-ok: 200 {"result":"Success","url":"/users/sign_out","method":"DELETE","user":{"id":65213,"name":"test1234","email":"test1234@abc.com"}}
    update-not-signed-in: 400 {"result":"Failed","url":"/users","method":"PATCH","error":{"code":2,"message":"You have not sign in yet."}}
    update-ok: 200 {"result":"Success","url":"/users","method":"PATCH","user":{"id":65213,"name":"Ann","email":"test1234@abc.com"}}
    wrong-method: 405 {"result":"Failed","url":"/users","method":"PUT","error":{"code":405,"message":"Method Not Allowed"}}
    "#);
}

#[test]
fn every_route_has_an_event_that_succeeds_and_one_that_fails() {
    for route in Template::load().unwrap().routes {
        if route.method == "ANY" {
            continue;
        }
        let key = format!("{} {}", route.method, route.path);
        let names: BTreeSet<_> = events(&route.function)
            .into_iter()
            .filter(|(_, event)| event["routeKey"] == key.as_str())
            .map(|(name, _)| name)
            .collect();
        let succeeds = names.iter().any(|name| name.ends_with("-ok"));
        assert!(succeeds && names.len() > 1, "{key} has only the events {names:?}");
    }
}
