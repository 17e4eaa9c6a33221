//! Providers change their keys.

use local::SigningKey;
use serde_json::json;

use super::{
    Stage, arrives,
    host::{CONFIGURATION, Host, KEYS, TOKEN},
    is_outage, is_refused,
};
use crate::support::jwt::part;

/// From now on the provider signs with this key.
fn sign_with(host: &Host, key: SigningKey) {
    host.change(TOKEN, move |document| {
        let claims = part(document["id_token"].as_str().unwrap(), 1);
        document["id_token"] = key.sign(&key.header(), &claims).unwrap().into();
    });
}

fn publish(host: &Host, key: &SigningKey) {
    let keys = json!([key.public()]);
    host.change(KEYS, move |document| document["keys"] = keys.clone());
}

#[tokio::test]
async fn a_key_that_is_not_known_yet_is_looked_for_once() {
    let stage = Stage::set().await;
    arrives(&stage.visit("ann").await);

    // Changed while the browser was away; under a name of its own, and under none.
    for id in ["next", "next"] {
        let (mut browser, back) = stage.back("ann").await;
        let key = SigningKey::generate(id).unwrap();
        publish(&stage.host, &key);
        sign_with(&stage.host, key);
        arrives(&browser.get(&back).await);
        assert_eq!(stage.host.asked(), [TOKEN, CONFIGURATION, KEYS]);
        // What was read then is kept.
        let (mut browser, back) = stage.back("ann").await;
        arrives(&browser.get(&back).await);
        assert_eq!(stage.host.asked(), [TOKEN]);
    }

    // One that is nowhere.
    let (mut browser, back) = stage.back("ann").await;
    sign_with(&stage.host, SigningKey::generate("unknown").unwrap());
    is_refused(&browser.get(&back).await);
    assert_eq!(stage.host.asked(), [TOKEN, CONFIGURATION, KEYS]);
}

#[tokio::test]
async fn without_any_keys_nobody_signs_in() {
    let stage = Stage::set().await;
    stage.host.change(KEYS, |document| document["keys"] = json!([]));
    is_refused(&stage.visit("ann").await);
    let (mut browser, back) = stage.back("ann").await;
    stage.host.answer(KEYS, super::host::Answer::Text(500, String::new()));
    is_outage(&browser.get(&back).await);
}
