//! Headers and bodies that cannot be read, or could be read as something else, and secrets that are
//! none. Contracts: all.

use std::collections::HashMap;

use http::Method;
use local::SIGNING_KEYS_SECRET;
use serde_json::{Value, json};
use shared::config::Config;

use super::{
    endpoints::{Contract, Endpoint, with_a_body},
    events::{answer, sign_in},
    holder::{Holder, TENANT_HEADER, Tenant, Way, basic},
};
use crate::support::{
    PASSWORD, SignIn, TestApp, cookie_error, not_an_object,
    stored::{everything, stored, unchanged},
    tenant_error, users_error,
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

#[tokio::test]
async fn a78_a_body_that_says_to_be_something_else_than_json_in_utf_8_is_not_read() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = everything(&app).await;
    let hashes = app.directory.hasher().computed();
    let mut with_body = with_a_body(&holder);
    // Where a body need not be, one that is there has to be JSON all the same.
    for way in [Way::Email, Way::Phone] {
        with_body.push(Endpoint {
            contract: Contract::Contact,
            method: Method::DELETE,
            path: way.path().to_owned(),
            body: Some(way.credentials(holder.identifier(way), PASSWORD)),
            needs: Some(way),
        });
    }
    for endpoint in &with_body {
        let body = endpoint.body.as_ref().unwrap();
        let (method, path) = (endpoint.method.clone(), endpoint.path.as_str());
        for content_type in [
            "",
            "nonsense",
            "json",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/jsonp",
            "application/problem+json",
            "application/json; charset=utf-7",
            "application/json; charset=utf-16",
            "application/json; charset=gb2312",
            "application/json; charset",
            "application/json, text/plain",
            "application/json,application/json",
            "application/json\u{e9}",
        ] {
            // Where a body need not be, it can be a form.
            if content_type.contains("urlencoded") && method == Method::DELETE && path != "/users" {
                continue;
            }
            let mut browser = endpoint.browser(&app, &holder);
            let text = body.to_string();
            let reply = browser.send(method.clone(), path, Some(content_type), text).await;
            endpoint.contract.faults(&reply, 415, &method, path);
        }
        let twice = endpoint.browser(&app, &holder).header("content-type", "application/json");
        let reply = twice.clone().send(method.clone(), path, Some("text/plain"), "{}").await;
        endpoint.contract.faults(&reply, 415, &method, path);
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    unchanged(&before, &everything(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
    // What says that it is JSON, or nothing, is read.
    for content_type in
        [None, Some("application/json"), Some("Application/JSON; Charset=\"UTF-8\"")]
    {
        for way in Way::ALL {
            let body = way.credentials(holder.identifier(way), PASSWORD).to_string();
            let mut browser = holder.stranger(&app, way);
            let reply = browser.send(Method::POST, way.path(), content_type, body).await;
            assert_eq!(way.outcome(&reply), SignIn::Done(holder.account(way)), "{content_type:?}");
        }
    }
}

#[tokio::test]
async fn a79_no_header_that_cannot_be_read_lets_a_check_be_left_out() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ADDRESS", "1")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    let ways = Way::ALL.into_iter().filter(|way| *way != Way::ClientApp);
    // The one guess that this address has.
    let wrong = sign_in(Way::Users, &holder.email, NEW_PASSWORD);
    assert_eq!(answer(&app, Way::Users, wrong).await.1["error"]["code"], 2);
    for (pointer, value) in [
        ("/requestContext/http/sourceIp", json!("nowhere")),
        ("/requestContext/http/sourceIp", json!("")),
        ("/requestContext/http/sourceIp", Value::Null),
        ("/requestContext/http/sourceIp", json!("999.1.1.1")),
        ("/headers/host", json!("a b")),
        ("/headers/host", json!("")),
        ("/headers/cookie", json!("\u{e9}=\u{1f36a}; =; ;; token")),
        ("/cookies", json!(["\u{0}", "token=\r\n", "=", "sessionid"])),
        ("/headers/authorization", json!("bearer \u{fffd}")),
        ("/headers/accept-language", json!("\u{e9};q=x,,*;q=9")),
        ("/headers/accept", json!("\u{e9}/*;q=,,")),
        ("/headers/x-forwarded-for", json!("1.1.1.1, nonsense, ::g")),
        ("/headers/x-forwarded-proto", json!("https, http")),
        ("/headers/content-length", json!("-1")),
        ("/headers/traceparent", json!("\u{e9}")),
    ] {
        let strange = |mut event: Value| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            event.pointer_mut(parent).unwrap()[name] = value.clone();
            event
        };
        if pointer.ends_with("sourceIp") {
            // From nowhere there is one guess, too, whatever nowhere is called.
            let wrong = strange(sign_in(Way::Users, &holder.email, NEW_PASSWORD));
            let (_, body) = answer(&app, Way::Users, wrong).await;
            assert!([2, 429].contains(&body["error"]["code"].as_u64().unwrap()), "{body}");
        }
        for way in ways.clone() {
            let case = format!("{way:?} {pointer} {value}");
            let right = sign_in(way, holder.identifier(way), PASSWORD);
            let found = answer(&app, way, strange(right.clone())).await;
            let too_many = way.contract().fault(429, &Method::POST, way.path());
            assert_eq!(found, (429, too_many), "the limit: {case}");
            let mut foreign = right;
            foreign["headers"]["origin"] = "https://evil.example".into();
            foreign["headers"]["sec-fetch-site"] = "\u{e9}".into();
            let found = answer(&app, way, strange(foreign)).await;
            let forbidden = way.contract().fault(403, &Method::POST, way.path());
            assert_eq!(found, (403, forbidden), "the origin: {case}");
        }
        // A tenant's header that cannot be read is not as none.
        app.clock.advance(15 * 60);
        let mut event = sign_in(Way::WebApp, &holder.email, PASSWORD);
        event["headers"][TENANT_HEADER] = "b\u{e1}sic \u{1f511}".into();
        let found = answer(&app, Way::WebApp, strange(event)).await;
        assert_eq!(found, (401, tenant_error(401, "tenant unauthenticated")), "{pointer}");
        // That was the guess of the next quarter of an hour.
        if pointer.ends_with("sourceIp") {
            let mut event = sign_in(Way::WebApp, &holder.email, PASSWORD);
            event["headers"][TENANT_HEADER] = "x".into();
            answer(&app, Way::WebApp, event).await;
        }
    }
    holder.is_live_at(&app, &Way::ALL).await;
}

/// What a contract says to a body that is none.
fn no_body(endpoint: &Endpoint) -> (u16, Value) {
    let Endpoint { method, path, .. } = endpoint;
    match endpoint.contract {
        Contract::ApiKey => (403, json!({ "error_name": "lack of parameters" })),
        Contract::Cookie => (200, cookie_error(103, "invalid parameters")),
        Contract::Users => (400, users_error(method.as_str(), path, 0, "Bad parameter.")),
        Contract::Tenant => (400, json!({ "message": "request illigal" })),
        Contract::Contact => {
            let state = if path == "/phone/users" { 404 } else { 400 };
            (200, json!({ "state": state, "msg": "message required" }))
        }
    }
}

#[tokio::test]
async fn a80_a_body_that_is_not_one_json_object_is_refused() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = everything(&app).await;
    let hashes = app.directory.hasher().computed();
    for endpoint in with_a_body(&holder) {
        let (method, path) = (endpoint.method.clone(), endpoint.path.as_str());
        let (status, expected) = no_body(&endpoint);
        let body = endpoint.body.clone().unwrap();
        for (case, text) in not_an_object(&body) {
            for content_type in [Some("application/json"), None] {
                let mut browser = endpoint.browser(&app, &holder);
                let reply = browser.send(method.clone(), path, content_type, text.clone()).await;
                let found = (reply.status.as_u16(), reply.json(), reply.cookies());
                assert_eq!(found, (status, expected.clone(), vec![]), "{method} {path} {case}");
            }
        }
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    unchanged(&before, &everything(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test]
async fn a81_a_password_of_another_type_is_not_turned_into_a_text() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    // Each is the password of the account once, as the text that it would be turned into.
    for (text, values) in [
        ("12345678", vec![json!(12_345_678), json!(12_345_678.0), json!(["12345678"])]),
        ("true", vec![json!(true), json!([true])]),
        ("null", vec![json!(null), json!([null])]),
        ("[]", vec![json!([])]),
        ("{}", vec![json!({}), json!({ "$ne": null })]),
        ("[object Object]", vec![json!({}), json!({ "password": "x" })]),
        ("0", vec![json!(0), json!(false), json!("")]),
    ] {
        app.import_password(&holder.email, text).await;
        let hash = app.recorded(holder.id, "password").await.unwrap();
        app.record(holder.phone_id, "password", &hash).await;
        let hashes = app.directory.hasher().computed();
        let before = stored(&app).await;
        for value in values {
            for way in Way::ALL {
                let mut browser = holder.stranger(&app, way);
                let reply = way.ask(&mut browser, holder.identifier(way), value.clone()).await;
                assert_eq!(reply.cookies(), [], "{way:?} {value}");
                let found = (reply.status.as_u16(), reply.json());
                assert_eq!(found, missing_password(way), "{way:?} {value}");
            }
            let user = json!({ "email": holder.email, "password": value });
            let reply = app.delete("/users", json!({ "user": user })).await;
            reply.is(400, users_error("DELETE", "/users", 0, "Bad parameter."));
            for endpoint in with_a_body(&holder) {
                let signs_up = ["/register/", "/signup", "/users"];
                let signs_up = signs_up.iter().any(|path| endpoint.path.ends_with(path));
                if !signs_up || endpoint.method != Method::POST {
                    continue;
                }
                let mut body = endpoint.body.clone().unwrap();
                for place in ["/password", "/user/password", "/user/password_confirm"] {
                    if let Some(field) = body.pointer_mut(place) {
                        *field = value.clone();
                    }
                }
                let reply = endpoint.browser(&app, &holder).post(&endpoint.path, body).await;
                let told = reply.text.to_lowercase();
                assert!(!told.contains("\"success") && !told.contains("successfully"), "{reply}");
            }
        }
        assert_eq!(app.directory.hasher().computed(), hashes, "{text}: nothing is hashed");
        unchanged(&before, &stored(&app).await);
        assert_eq!(holder.opened(&app, text).await, holder.done(), "{text}");
    }
}

/// What is said to a sign-in without a password.
fn missing_password(way: Way) -> (u16, Value) {
    match way {
        Way::ApiKey => (403, json!({ "error_name": "lack of parameters" })),
        Way::Cookie => (200, cookie_error(103, "invalid parameters")),
        Way::Users => (400, users_error("POST", "/users/sign_in", 0, "Bad parameter.")),
        Way::WebApp | Way::ClientApp => (400, json!({ "message": "password empty" })),
        Way::Email | Way::Phone => (200, json!({ "state": 400, "msg": "message required" })),
    }
}

#[tokio::test]
async fn a82_without_its_secrets_or_with_an_example_nothing_is_signed_or_believed() {
    // What has to be set has no default.
    let vars: HashMap<String, String> =
        [("ACCOUNTS_TABLE", "accounts"), ("TOKENS_TABLE", "tokens")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    Config::from_vars(&vars).unwrap();
    for name in ["ACCOUNTS_TABLE", "TOKENS_TABLE"] {
        let mut without = vars.clone();
        without.remove(name);
        Config::from_vars(&without).unwrap_err();
        without.insert(name.to_owned(), String::new());
        Config::from_vars(&without).unwrap_err();
    }
    // Nor is there a secret that is as good as none.
    for secret in [
        "",
        "{}",
        "null",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kid":"example","created":0,"signs_from":0,"private_key":""}]}"#,
        r#"{"keys":[{"kid":"example","created":0,"signs_from":0,"private_key":"c2VjcmV0"}]}"#,
        "changeme",
    ] {
        let app = TestApp::new().await;
        let ours = app.secrets.value(SIGNING_KEYS_SECRET).unwrap();
        app.register("ann.the.1st", PASSWORD, "ann@example.com").await;
        let tenant = Tenant::create(&app).await;
        app.secrets.set(SIGNING_KEYS_SECRET, secret);
        let before = stored(&app).await;
        let body = Way::ClientApp.credentials("ann@example.com", PASSWORD);
        let mut client_app = tenant.client_app(&app);
        for path in ["/api/user/signin", "/api/user/signup"] {
            let reply = client_app.post(path, body.clone()).await;
            reply.is(503, tenant_error(503, "service unavailable"));
        }
        let mut bearer = tenant.bearer(&app, "eyJhbGciOiJub25lIn0.e30.");
        let reply = bearer.post("/api/user/signout", json!({})).await;
        assert!([401, 503].contains(&reply.status.as_u16()), "{reply}");
        assert_eq!(app.get("/.well-known/jwks.json").await.status, 503);
        unchanged(&before, &stored(&app).await);
        // With the keys there, it works again.
        app.secrets.set(SIGNING_KEYS_SECRET, &ours);
        app.clock.advance(30);
        let reply = client_app.post("/api/user/signin", body).await;
        assert_eq!(reply.json()["message"], "authenticate successfully", "{reply}");
    }
    // The providers' secrets: without them nobody is sent anywhere.
    for secret in ["", "{}", "changeme", r#"{"providers":[{"name":"local"}]}"#] {
        let app = TestApp::with(&[("STAGE", "local")]).await;
        app.secrets.set("providers", secret);
        let reply = app.get("/oauth/local/start").await;
        reply.is(503, tenant_error(503, "service unavailable"));
        assert_eq!((reply.cookies(), reply.header("location")), (vec![], None));
    }
    // A tenant that nobody has made, as examples and the local server have it.
    let app = TestApp::new().await;
    for (id, secret) in [("local", "local-tenant-secret"), ("tenant_id", "tenant_pass")] {
        let header = basic(id, secret);
        let mut client_app = app.browser().header(TENANT_HEADER, &header);
        let reply = client_app.post("/api/user/signin", json!({})).await;
        reply.is(401, tenant_error(401, "tenant unauthenticated"));
    }
}
