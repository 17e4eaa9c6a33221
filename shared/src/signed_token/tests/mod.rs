//! Keys that take a while to make, and are made once.

mod keys;
mod rotation;
mod tokens;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::SigningKeys;
use crate::{clock::Seconds, secret::FromSecret as _};

/// 2026-01-01T00:00:00Z.
const NOW: Seconds = 1_767_225_600;

const DAY: Seconds = 86_400;

/// Keys as a secret holds them.
static STORED: LazyLock<[Value; 3]> = LazyLock::new(|| {
    [(); 3].map(|()| {
        let text = SigningKeys::generate(NOW).unwrap().to_secret().unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["keys"][0].take()
    })
});

/// The name of one of the keys.
fn kid(number: usize) -> &'static str {
    STORED[number].get("kid").unwrap().as_str().unwrap()
}

/// The secret with these of the keys, of which each was made, and signs, from then on.
fn text(keys: &[(usize, Seconds, Seconds)]) -> String {
    let keys = keys.iter().map(|&(number, created, signs_from)| {
        let mut key = STORED[number].clone();
        key["created"] = created.into();
        key["signs_from"] = signs_from.into();
        key
    });
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

/// The keys in such a secret.
fn keys(keys: &[(usize, Seconds, Seconds)]) -> SigningKeys {
    SigningKeys::from_secret(&text(keys)).unwrap()
}

/// The numbers of these keys.
fn numbers(keys: &SigningKeys) -> Vec<usize> {
    let number = |name: &str| (0..3).find(|&number| kid(number) == name).unwrap();
    keys.iter().map(|key| number(key.kid())).collect()
}
