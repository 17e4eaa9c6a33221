//! What an ID token has to be.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use local::SigningKey;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Stage, arrives,
    host::{KEYS, TOKEN},
    is_outage, is_refused,
};
use crate::support::{Reply, jwt::part};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate("key").unwrap());
static STRANGERS: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate("key").unwrap());

/// What comes of a visit when the provider, whose key is [`KEY`], makes its token so of the claims
/// that it should have.
async fn visit(stage: &Stage, token: impl Fn(Value) -> String + Send + 'static) -> Reply {
    stage.host.change(KEYS, |document| document["keys"] = json!([KEY.public()]));
    stage.host.change(TOKEN, move |document| {
        document["id_token"] = token(part(document["id_token"].as_str().unwrap(), 1)).into();
    });
    stage.visit("ann").await
}

/// The same, with a token that has changed claims and is signed as it should be.
async fn visit_with(stage: &Stage, changes: Value) -> Reply {
    visit(stage, move |mut claims| {
        let now = claims["iat"].as_i64().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            let value = match value.as_str().and_then(|text| text.strip_prefix("now")) {
                Some("") => now.into(),
                Some(seconds) => (now + seconds.parse::<i64>().unwrap()).into(),
                None => value.clone(),
            };
            if value == "gone" {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name.as_str()] = value;
            }
        }
        KEY.sign(&KEY.header(), &claims).unwrap()
    })
    .await
}

#[tokio::test]
async fn a_token_that_is_as_it_should_be_counts() {
    let stage = Stage::set().await;
    for changes in [
        json!({}),
        json!({ "aud": ["atrium"] }),
        json!({ "azp": "atrium" }),
        json!({ "exp": "now+1" }),
        json!({ "iat": "now+60" }),
        json!({ "iat": "now-660" }),
        json!({ "sub": "x".repeat(255) }),
        json!({ "email": "ann@example.com", "email_verified": true, "unheard_of": [1, {}] }),
    ] {
        arrives(&visit_with(&stage, changes).await);
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_client_visit_or_time_does_not() {
    let stage = Stage::set().await;
    let slash = format!("{}/", stage.host.issuer());
    for changes in [
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": slash }),
        json!({ "aud": "gone" }),
        json!({ "aud": "another" }),
        json!({ "aud": ["another"] }),
        json!({ "aud": [] }),
        json!({ "aud": "ATRIUM" }),
        json!({ "aud": ["atrium", "another"] }),
        json!({ "aud": ["another", "atrium"], "azp": "another" }),
        json!({ "aud": ["atrium", "another"], "azp": "atrium" }),
        json!({ "azp": "another" }),
        json!({ "nonce": "another" }),
        json!({ "nonce": "" }),
        json!({ "nonce": "gone" }),
        json!({ "exp": "now" }),
        json!({ "exp": "now-1" }),
        json!({ "iat": "now+61" }),
        json!({ "iat": "now-661" }),
        json!({ "sub": "" }),
        json!({ "sub": "x".repeat(256) }),
    ] {
        let reply = visit_with(&stage, changes.clone()).await;
        assert_eq!(reply.status, 400, "{changes}");
        is_refused(&reply);
    }
    arrives(&visit_with(&stage, json!({})).await);
}

#[tokio::test]
async fn a_token_that_lacks_what_every_one_has_is_the_providers_fault() {
    let stage = Stage::set().await;
    for changes in [
        json!({ "iss": "gone" }),
        json!({ "sub": "gone" }),
        json!({ "sub": 1 }),
        json!({ "exp": "gone" }),
        json!({ "exp": "9999999999" }),
        json!({ "exp": 1e300 }),
        json!({ "exp": null }),
        json!({ "iat": "gone" }),
        json!({ "iat": "yesterday" }),
    ] {
        let reply = visit_with(&stage, changes.clone()).await;
        assert_eq!(reply.status, 503, "{changes}");
        is_outage(&reply);
    }
}

fn encode(part: &Value) -> String {
    BASE64URL_NOPAD.encode(part.to_string().as_bytes())
}

fn symmetric(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}

#[tokio::test]
async fn only_the_providers_signature_counts() {
    let stage = Stage::set().await;
    let secret = stage.host.entry()["client_secret"].as_str().unwrap().to_owned();

    for alg in ["none", "None", "NONE"] {
        let reply = visit(&stage, move |claims| {
            format!("{}.{}.", encode(&json!({ "alg": alg })), encode(&claims))
        });
        let reply = reply.await;
        if alg == "none" { is_refused(&reply) } else { is_outage(&reply) }
    }
    // Without the signature that it had, with a stranger's, with a changed one.
    is_refused(
        &visit(&stage, |claims| {
            let token = KEY.sign(&KEY.header(), &claims).unwrap();
            format!("{}.", token.rsplit_once('.').unwrap().0)
        })
        .await,
    );
    is_refused(&visit(&stage, |claims| STRANGERS.sign(&KEY.header(), &claims).unwrap()).await);
    is_refused(
        &visit(&stage, |claims| {
            let mut other = claims.clone();
            other["sub"] = "bob".into();
            let token = KEY.sign(&KEY.header(), &claims).unwrap();
            let (header, _) = token.split_once('.').unwrap();
            format!("{header}.{}.{}", encode(&other), token.rsplit_once('.').unwrap().1)
        })
        .await,
    );
    // By what the client knows, or everyone.
    let modulus = KEY.public()["n"].as_str().unwrap().to_owned();
    for key in [secret, modulus, KEY.public().to_string(), String::new()] {
        is_refused(
            &visit(&stage, move |claims| {
                symmetric(&json!({ "alg": "HS256", "kid": "key" }), &claims, key.as_bytes())
            })
            .await,
        );
    }
    arrives(&visit(&stage, |claims| KEY.sign(&KEY.header(), &claims).unwrap()).await);
}

#[tokio::test]
async fn a_token_does_not_bring_its_own_key() {
    let stage = Stage::set().await;
    let elsewhere = "http://127.0.0.1:1/jwks";
    for (name, value) in [
        ("jwk", STRANGERS.public()),
        ("jku", elsewhere.into()),
        ("x5u", elsewhere.into()),
        ("kid", "../key".into()),
        ("kid", "another".into()),
        ("crit", json!(["exp"])),
        ("typ", "at+jwt".into()),
    ] {
        // Whatever is said of the key, also under a header that is all right but for that.
        let header = move || {
            let mut header = KEY.header();
            header[name] = value.clone();
            header
        };
        let strangers = header.clone();
        is_refused(
            &visit(&stage, move |claims| STRANGERS.sign(&strangers(), &claims).unwrap()).await,
        );
        let ignored = ["jwk", "jku", "x5u"].contains(&name);
        let reply = visit(&stage, move |claims| KEY.sign(&header(), &claims).unwrap()).await;
        if ignored { arrives(&reply) } else { is_refused(&reply) }
    }
}
