//! Tokens of the contract `tenant` that nobody has handed out: with any header and any claims, signed
//! by the product's own key, by another one, or not at all.

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use local::SIGNING_KEYS_SECRET;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::TestApp;

/// Whoever has the private key, which nobody should.
pub(super) struct Forge {
    kid: String,
    key: KeyPair,
}

impl Forge {
    /// With the key by which the product signs.
    pub(super) fn of(app: &TestApp) -> Self {
        let secret = app.secrets.value(SIGNING_KEYS_SECRET).unwrap();
        let secret: Value = serde_json::from_str(&secret).unwrap();
        let stored = &secret["keys"][0];
        let key = BASE64.decode(stored["private_key"].as_str().unwrap().as_bytes()).unwrap();
        let key = KeyPair::from_pkcs8(&key).unwrap();
        Self { kid: stored["kid"].as_str().unwrap().to_owned(), key }
    }

    /// The header that the product writes.
    pub(super) fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid })
    }

    /// A token of these parts, as texts, with a good signature.
    pub(super) fn sign(&self, header: &str, claims: &str) -> String {
        let message = message(header, claims);
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

/// A token that a shared secret has signed.
pub(super) fn symmetric(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = message(&header.to_string(), &claims.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}

/// A token without a signature.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", message(&header.to_string(), &claims.to_string()))
}

fn message(header: &str, claims: &str) -> String {
    let encode = |part: &str| BASE64URL_NOPAD.encode(part.as_bytes());
    format!("{}.{}", encode(header), encode(claims))
}
