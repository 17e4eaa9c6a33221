//! Tokens that are signed as they should be, whatever they say.

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use crate::world::SIGNING_KEYS;

/// Our own key, in the hands of somebody who makes tokens.
pub(crate) struct Forge {
    pub(crate) kid: String,
    key: KeyPair,
}

pub(crate) static FORGE: LazyLock<Forge> = LazyLock::new(|| {
    let secret: Value = serde_json::from_str(&SIGNING_KEYS).unwrap();
    let stored = &secret["keys"][0];
    let key = BASE64.decode(stored["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let kid = stored["kid"].as_str().unwrap().to_owned();
    Forge { kid, key: KeyPair::from_pkcs8(&key).unwrap() }
});

impl Forge {
    /// The public key, as a provider publishes its own ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    pub(crate) fn key_set(&self) -> Value {
        let key = PublicKeyComponents::<Vec<u8>>::from(self.key.public_key());
        let (n, e) = (encode(&key.n), encode(&key.e));
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": self.kid, "n": n, "e": e }] })
    }

    /// A token of these parts. A signature takes a while, so what is no JSON gets a bad one.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        let mut signature = vec![0; self.key.public_modulus_len()];
        if is_json(header) && is_json(claims) {
            let random = SystemRandom::new();
            self.key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
        }
        format!("{message}.{}", encode(&signature))
    }
}

fn encode(part: &[u8]) -> String {
    BASE64URL_NOPAD.encode(part)
}
