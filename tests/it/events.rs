//! The events in `events/`, replayed through each function's entry. They are what API Gateway
//! hands over, and can be used as they stand with `sam local invoke` and `cargo lambda invoke`.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use local::Template;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    host::{Host, know},
    scene::{self, events, signed_anew},
};

async fn replay(function: &str) -> String {
    let mut lines = Vec::new();
    for (name, event) in events(function) {
        let app = TestApp::with(scene::settings(function)).await;
        scene::set(&app).await;
        let provider = Host::start(&app.clock).await;
        know(&app, &[provider.entry()]);
        let answer = app.function(function).answer(event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        let body = shown(answer["body"].as_str().unwrap());
        lines.push(format!("{name}: {status} {body}"));
    }
    lines.join("\n")
}

/// A body without what is drawn at random: a new key, a new account's id. Of a page its heading.
fn shown(body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    if let Some((_, rest)) = body.split_once("<h1>") {
        return rest.split_once("</h1>").unwrap().0.to_owned();
    }
    let value: Value = serde_json::from_str(body).unwrap();
    let mut body = body.to_owned();
    let objects = [&value, &value["user"], &value["content"], &value["data"], &value["keys"][0]];
    for field in ["api_key", "user_id", "id", "token", "kid", "n"] {
        let found = objects.iter().filter_map(|object| object.get(field)).next();
        let ours = [json!(65213), json!("65213")];
        if let Some(found) = found.filter(|found| !ours.contains(found)) {
            body = body.replace(&found.to_string(), "\"…\"");
        }
    }
    body
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
async fn the_events_of_email_are_answered() {
    assert_snapshot!(replay("email").await, @r#"
    ask-to-cancel-not-valid: 404 This link is not valid
    ask-to-cancel-ok: 200 This was not you?
    cancel-email-not-found: 200 {"content":null,"state":404,"msg":"email not found"}
    cancel-ok: 200 The registration is withdrawn
    confirm-email-not-found: 200 {"content":null,"state":404,"msg":"email not found"}
    confirm-ok: 200 Your account is active
    open-email-not-found: 200 {"content":null,"state":404,"msg":"email not found"}
    open-ok: 200 {"state":200,"msg":"success"}
    open-page-ok: 200 Activate your account
    register-email-has-exist: 200 {"state":402,"msg":"email has exist"}
    register-message-required: 200 {"state":400,"msg":"message required"}
    register-ok: 200 {"state":200,"msg":"success"}
    sign-in-by-post-message-required: 200 {"state":400,"msg":"message required"}
    sign-in-by-post-ok: 200 {"state":200,"msg":"success"}
    sign-in-email-not-exists: 200 {"state":404,"msg":"email not exists"}
    sign-in-ok: 200 {"state":200,"msg":"success"}
    sign-in-wrong-password: 200 {"state":404,"msg":"wrong password"}
    sign-out-email-not-exists: 200 {"state":404,"msg":"email not exists"}
    sign-out-ok: 200 {"state":200,"msg":"success"}
    "#);
}

#[tokio::test]
async fn the_events_of_oauth_are_answered() {
    assert_snapshot!(replay("oauth").await, @r#"
    callback-another-state: 400 {"message":"oauth request illigal"}
    callback-oauth-request-illigal: 400 {"message":"oauth request illigal"}
    start-not-found: 404 {"code":404,"message":"not found"}
    start-ok: 302
    "#);
}

#[tokio::test]
async fn the_events_of_tenant_are_answered() {
    assert_snapshot!(replay("tenant").await, @r#"
    change-password-credentials-invalid: 400 {"message":"credentials invalid"}
    change-password-ok: 200 {"data":{"id":"65213","username":"test1234@abc.com"},"message":"authenticate successfully"}
    change-password-user-unauthenticated: 401 {"code":401,"message":"user unauthenticated"}
    issuer-ok: 200 {"issuer":"https://api.test","jwks_uri":"https://api.test/.well-known/jwks.json"}
    issuer-trailing-slash-ok: 200 {"issuer":"https://api.test","jwks_uri":"https://api.test/.well-known/jwks.json"}
    keys-ok: 200 {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"…","n":"…","e":"AQAB"}]}
    keys-trailing-slash-ok: 200 {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"…","n":"…","e":"AQAB"}]}
    keys-wrong-method: 405 {"code":405,"message":"method not allowed"}
    signin-client-app-ok: 200 {"data":{"id":"65213","username":"test1234@abc.com","token":"…"},"message":"authenticate successfully"}
    signin-credentials-invalid: 400 {"message":"credentials invalid"}
    signin-ok: 200 {"data":{"id":"65213","username":"test1234@abc.com"},"message":"authenticate successfully"}
    signin-tenant-unauthenticated: 401 {"code":401,"message":"tenant unauthenticated"}
    signin-username-empty: 400 {"message":"username empty"}
    signout-ok: 200 {"data":{},"message":"sign out successfully"}
    signout-user-unauthenticated: 401 {"code":401,"message":"user unauthenticated"}
    signup-already-existed: 400 {"message":"user with this username already existed"}
    signup-client-app-ok: 200 {"data":{"id":"…","username":"ann@abc.com","token":"…"},"message":"register successfully"}
    signup-ok: 200 {"data":{"id":"…","username":"ann@abc.com"},"message":"register successfully"}
    "#);
}

#[tokio::test]
async fn the_events_of_fallback_are_answered() {
    assert_snapshot!(replay("fallback").await, @r#"
    login-empty-segments-ok: 200 {"status":"success","username":"test1234","email":"test1234@abc.com","uid":"65213"}
    not-found: 404 {"message":"Not Found"}
    signin-does-not-match: 403 {"error_name":"does not match"}
    signup-empty-segment-ok: 200 {"data":{"id":"…","username":"ann@abc.com"},"message":"register successfully"}
    "#);
}

#[tokio::test]
async fn the_events_of_phone_are_answered() {
    assert_snapshot!(replay("phone").await, @r#"
    register-ok: 200 {"content":{"id":"…","phone":"+8613900139000"},"state":200,"msg":"success"}
    register-phone-has-exist: 200 {"content":null,"state":402,"msg":"phone has exist"}
    register-wrong-code: 200 {"state":404,"msg":"wrong code"}
    send-code-ok: 200 {"state":200,"msg":"success"}
    send-code-phone-invalid: 200 {"state":404,"msg":"phone invalid"}
    sign-in-by-post-message-required: 200 {"state":400,"msg":"message required"}
    sign-in-by-post-ok: 200 {"state":200,"msg":"success"}
    sign-in-ok: 200 {"state":200,"msg":"success"}
    sign-in-phone-not-exists: 200 {"state":404,"msg":"phone not exists"}
    sign-in-wrong-password: 200 {"state":404,"msg":"wrong password"}
    sign-out-ok: 200 {"state":200,"msg":"success"}
    sign-out-phone-not-exists: 200 {"state":404,"msg":"phone not exists"}
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

#[tokio::test]
async fn the_events_of_authorizer_are_answered() {
    let app = TestApp::new().await;
    scene::set(&app).await;
    let mut lines = Vec::new();
    for (name, event) in events("authorizer") {
        let is_token = name == "tenant-token-ok";
        let event = if is_token { signed_anew(&app, event).await } else { event };
        let answer = app.authorizer().answer(event).await.unwrap();
        lines.push(format!("{name}: {answer}"));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    api-key-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"api_key","tenant":""}}
    api-key-unknown: {"isAuthorized":false}
    contact-session-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"contact","tenant":""}}
    contact-session-unknown: {"isAuthorized":false}
    cookie-session-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"cookie","tenant":""}}
    cookie-session-unknown: {"isAuthorized":false}
    nothing-presented: {"isAuthorized":false}
    tenant-token-another-key: {"isAuthorized":false}
    tenant-token-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"tenant","tenant":"local"}}
    users-session-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"users","tenant":""}}
    users-session-unknown: {"isAuthorized":false}
    web-session-ok: {"isAuthorized":true,"context":{"accountId":"65213","contract":"tenant","tenant":""}}
    web-session-unknown: {"isAuthorized":false}
    "#);
}

/// No event that is stored can succeed there: a success takes a code, which a provider hands out to one
/// browser and once.
const NEVER_AGAIN: &str = "GET /oauth/{provider}/callback";

#[test]
fn every_route_has_an_event_that_succeeds_and_one_that_fails() {
    for route in Template::load().unwrap().routes {
        if route.method == "ANY" && !route.is_default() {
            continue;
        }
        let key = route.key();
        let names: BTreeSet<_> = events(&route.function)
            .into_iter()
            .filter(|(_, event)| event["routeKey"] == key.as_str())
            .map(|(name, _)| name)
            .collect();
        let succeeds = key == NEVER_AGAIN || names.iter().any(|name| name.ends_with("-ok"));
        assert!(succeeds && names.len() > 1, "{key} has only the events {names:?}");
    }
}
