//! Keys on their way into a secret and out of it.

use serde_json::{Value, json};

use super::{NOW, STORED, kid, text};
use crate::{secret::FromSecret as _, signed_token::SigningKeys};

#[test]
fn keys_survive_the_trip_into_the_secret_and_back() {
    let text = text(&[(0, NOW - 7, NOW), (1, NOW, NOW + 9)]);
    let keys = SigningKeys::from_secret(&text).unwrap();
    let times: Vec<_> =
        keys.iter().map(|key| (key.kid(), key.created(), key.signs_from())).collect();
    assert_eq!(times, [(kid(0), NOW - 7, NOW), (kid(1), NOW, NOW + 9)]);
    assert_eq!(keys.to_secret().unwrap(), text);
    assert_eq!(keys.find(kid(1)).unwrap().kid(), kid(1));
    assert!(keys.find(kid(2)).is_none());
}

#[test]
fn what_is_no_set_of_keys_is_refused_and_not_quoted() {
    let alter = |name: &str, value: Value| {
        let mut key = STORED[0].clone();
        key[name] = value;
        json!({ "keys": [key] }).to_string()
    };
    let private_key = STORED[0]["private_key"].as_str().unwrap();
    for bad in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        r#"{"keys":[{"kid":"hunter2"}]}"#.to_owned(),
        text(&[(0, NOW, NOW), (0, NOW + 1, NOW + 1)]),
        text(&[(0, NOW, NOW), (1, NOW, NOW), (0, NOW + 1, NOW + 1)]),
        alter("kid", kid(1).into()),
        alter("kid", "".into()),
        alter("created", "yesterday".into()),
        alter("signs_from", 1.5.into()),
        alter("private_key", "".into()),
        alter("private_key", private_key[4..].into()),
        alter("private_key", STORED[1]["private_key"].clone()),
        alter("private_key", "!".into()),
    ] {
        let outage = SigningKeys::from_secret(&bad).unwrap_err().to_string();
        assert_eq!(outage, "the signing keys are unreadable", "{bad}");
    }
    SigningKeys::from_secret(&alter("kid", kid(0).into())).unwrap();
}

#[test]
fn nothing_of_a_key_shows_in_debug_output() {
    let keys = SigningKeys::from_secret(&text(&[(0, NOW, NOW)])).unwrap();
    assert_eq!(format!("{keys:?}"), format!("SigningKeys([SigningKey({}, ..)])", kid(0)));
}

#[test]
fn the_public_halves_are_published_and_nothing_else() {
    let keys = SigningKeys::from_secret(&text(&[(0, NOW, NOW), (1, NOW, NOW + 9)])).unwrap();
    let jwks = keys.jwks();
    for (number, key) in jwks["keys"].as_array().unwrap().iter().enumerate() {
        let names: Vec<_> = key.as_object().unwrap().keys().collect();
        assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e"]);
        let (modulus, exponent) = (key["n"].as_str().unwrap(), key["e"].as_str().unwrap());
        assert_eq!((modulus.len(), exponent), (342, "AQAB"));
        assert_eq!(
            *key,
            json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid(number), "n": modulus, "e": "AQAB",
            })
        );
    }
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 2);
    assert_eq!(jwks.as_object().unwrap().len(), 1);
}

#[test]
fn a_key_is_called_by_its_thumbprint() {
    use data_encoding::BASE64URL_NOPAD;
    use sha2::{Digest as _, Sha256};

    let keys = SigningKeys::from_secret(&text(&[(0, NOW, NOW)])).unwrap().jwks();
    let (e, n) = (&keys["keys"][0]["e"], &keys["keys"][0]["n"]);
    let thumbprint = Sha256::digest(format!(r#"{{"e":{e},"kty":"RSA","n":{n}}}"#));
    assert_eq!(kid(0), BASE64URL_NOPAD.encode(&thumbprint));
}
