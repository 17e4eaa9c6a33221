//! The keys that tokens are signed by: one following another, and what happens when they are out of
//! reach.

use data_encoding::BASE64URL_NOPAD;
use local::SIGNING_KEYS_SECRET;
use serde_json::{Value, json};
use shared::signed_token::SigningKeys;

use super::{
    EMAIL, PASSWORD, SIGN_IN, SIGN_OUT, SIGN_UP, Tenant, change_password, credentials,
    is_signed_in, signed_in, start_with_account, start_with_account_and,
};
use crate::support::{Reply, TestApp, tenant_error};

const HOUR: i64 = 60 * 60;

/// For so long keys are used without reading them again.
const FRESH: i64 = 5 * 60;

fn kid(token: &str) -> Value {
    let (header, _) = token.split_once('.').unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

/// The secret's keys, as it holds them.
fn stored(app: &TestApp) -> Value {
    serde_json::from_str(&app.secrets.value(SIGNING_KEYS_SECRET).unwrap()).unwrap()
}

/// A key that signs from then on, as the secret holds it.
fn another_key(app: &TestApp, signs_from: i64) -> Value {
    let keys = SigningKeys::generate(app.clock.now()).unwrap().to_secret().unwrap();
    let mut key = serde_json::from_str::<Value>(&keys).unwrap()["keys"][0].take();
    key["signs_from"] = signs_from.into();
    key
}

fn set_keys(app: &TestApp, keys: &[&Value]) {
    app.secrets.set(SIGNING_KEYS_SECRET, &json!({ "keys": keys }).to_string());
}

async fn published(app: &TestApp) -> Vec<Value> {
    let keys = app.get("/.well-known/jwks.json").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[track_caller]
fn is_unavailable(reply: &Reply) {
    assert_eq!(reply.header("retry-after"), Some("1"));
    reply.is(503, tenant_error(503, "service unavailable"));
}

#[tokio::test]
async fn tokens_outlive_the_key_that_signed_them_until_it_is_taken_away() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let old_token = tenant.token(&app, EMAIL, PASSWORD).await;
    let old = stored(&app)["keys"][0].clone();
    let new = another_key(&app, app.clock.now() + HOUR);
    set_keys(&app, &[&old, &new]);
    app.clock.advance(FRESH);
    assert_eq!(published(&app).await, [old["kid"].clone(), new["kid"].clone()]);
    assert_eq!(kid(&tenant.token(&app, EMAIL, PASSWORD).await), old["kid"]);
    app.clock.advance(HOUR);
    let new_token = tenant.token(&app, EMAIL, PASSWORD).await;
    assert_eq!(kid(&new_token), new["kid"]);
    for token in [&old_token, &new_token] {
        assert!(is_signed_in(&tenant.bearer(&app, token)).await);
    }
    set_keys(&app, &[&new]);
    app.clock.advance(FRESH);
    assert!(!is_signed_in(&tenant.bearer(&app, &old_token)).await);
    assert!(is_signed_in(&tenant.bearer(&app, &new_token)).await);
    assert_eq!(published(&app).await, [new["kid"].clone()]);
}

#[tokio::test]
async fn without_keys_nobody_gets_a_token_or_gets_in_with_one() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    for failure in ["out of reach", "none yet", "unreadable"] {
        // Another instance, which has read nothing so far.
        let (app, _) = start_with_account().await;
        let tenant = Tenant::create(&app).await;
        match failure {
            "out of reach" => app.secrets.set_failing(true),
            "none yet" => app.secrets.set(SIGNING_KEYS_SECRET, r#"{"keys":[]}"#),
            _ => app.secrets.set(SIGNING_KEYS_SECRET, "not what it should be"),
        }
        let hashes = app.directory.hasher().computed();
        let accounts = app.dump("accounts").await.len();
        for path in [SIGN_IN, SIGN_UP] {
            let body = credentials(if path == SIGN_IN { EMAIL } else { "new@test.com" }, PASSWORD);
            is_unavailable(&tenant.client_app(&app).post(path, body).await);
        }
        let mut client_app = tenant.bearer(&app, &token);
        is_unavailable(&change_password(&mut client_app, json!({})).await);
        is_unavailable(&client_app.post(SIGN_OUT, json!({})).await);
        is_unavailable(&app.get("/.well-known/jwks.json").await);
        assert_eq!(app.directory.hasher().computed(), hashes, "{failure}");
        assert_eq!(app.dump("accounts").await.len(), accounts, "{failure}");
        // The web app needs no keys, and where they are needs none to be told.
        assert!(is_signed_in(&signed_in(&app, EMAIL).await).await);
        assert_eq!(app.get("/.well-known/openid-configuration").await.status, 200);
        // What failed is asked for again after a while.
        set_keys(&app, &[&another_key(&app, app.clock.now())]);
        app.secrets.set_failing(false);
        app.clock.advance(30);
        let reply = tenant.client_app(&app).post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.status, 200, "{failure}: {reply}");
    }
}

#[tokio::test]
async fn keys_that_were_read_serve_on_until_they_are_too_old() {
    let (app, _) = start_with_account_and(&[("SECRET_MAX_AGE_HOURS", "2")]).await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    app.secrets.set_failing(true);
    app.clock.advance(2 * HOUR - 1);
    assert!(is_signed_in(&tenant.bearer(&app, &token)).await);
    tenant.token(&app, EMAIL, PASSWORD).await;
    app.clock.advance(1);
    let mut client_app = tenant.bearer(&app, &token);
    is_unavailable(&change_password(&mut client_app, json!({})).await);
    is_unavailable(&app.get("/.well-known/jwks.json").await);
    let reply = tenant.client_app(&app).post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    is_unavailable(&reply);
    app.secrets.set_failing(false);
    app.clock.advance(30);
    assert!(is_signed_in(&client_app).await);
}

#[tokio::test]
async fn keys_are_read_once_and_again_after_a_while() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let before = app.secrets.reads();
    for _ in 0..3 {
        let token = tenant.token(&app, EMAIL, PASSWORD).await;
        assert!(is_signed_in(&tenant.bearer(&app, &token)).await);
    }
    assert_eq!(app.secrets.reads(), before + 1);
    app.clock.advance(FRESH);
    tenant.token(&app, EMAIL, PASSWORD).await;
    assert_eq!(app.secrets.reads(), before + 2);
}
