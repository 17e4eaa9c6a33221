//! Signed tokens, as somebody would make them who has the private key, which nobody should.

use std::sync::LazyLock;

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;

use crate::{
    text,
    world::{self, NOW, PUBLIC_URL, SIGNING_KEYS, World},
};

struct Forge {
    kid: String,
    key: KeyPair,
}

static FORGE: LazyLock<Forge> = LazyLock::new(|| {
    let secret: Value = serde_json::from_str(&SIGNING_KEYS).unwrap();
    let stored = &secret["keys"][0];
    let key = BASE64.decode(stored["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let kid = stored["kid"].as_str().unwrap().to_owned();
    Forge { kid, key: KeyPair::from_pkcs8(&key).unwrap() }
});

/// A token says what its claims say, all of which have their form, and only now. The first line is the
/// header, in which `KID` stands for the name of our key, the rest are the claims; a text without a
/// second line is a token as it is.
pub(crate) fn signed_token(data: &[u8]) {
    let given = text(data);
    let tokens = World::get().app.signed_tokens().unwrap();
    let Some((header, claims)) = given.split_once('\n') else {
        let read = world::wait_for(tokens.verify_for_any_tenant(&given)).unwrap();
        assert!(read.is_none(), "{given:?} is none of ours");
        return;
    };
    let header = header.replace("KID", &FORGE.kid);
    let token = FORGE.sign(&header, claims);
    let Some(read) = world::wait_for(tokens.verify_for_any_tenant(&token)).unwrap() else { return };

    let header: Value = serde_json::from_str(&header).unwrap();
    let expected = serde_json::json!({ "typ": "JWT", "alg": "RS256", "kid": FORGE.kid });
    assert_eq!(header, expected, "another header was taken");
    let claims: Value = serde_json::from_str(claims).unwrap();
    assert_eq!(claims["id"], read.account.to_string());
    assert_eq!(claims["username"], read.username);
    assert_eq!(claims["to"], read.tenant.as_str());
    assert_eq!(claims["aud"], read.tenant.as_str());
    assert_eq!(claims["iss"], PUBLIC_URL);
    assert_eq!(claims["jti"], read.token.expose());
    assert_eq!((&claims["iat"], &claims["exp"]), (&read.issued.into(), &read.expires.into()));
    assert!(read.expires > NOW && read.issued <= NOW + 60, "it is not now");
    if let Some(begins) = claims.get("nbf") {
        assert!(begins.as_i64().unwrap() <= NOW, "it is not yet");
    }
    assert_eq!(format!("{read:?}"), "Claims(..)");
    let other = shared::identifier::TenantId::parse("nobody").unwrap();
    let elsewhere = world::wait_for(tokens.verify(&token, &other)).unwrap();
    assert!(elsewhere.is_none() || read.tenant == other, "it is another tenant's");
}

impl Forge {
    /// A token of these parts. A signature takes a while, so what is no JSON gets a bad one.
    fn sign(&self, header: &str, claims: &str) -> String {
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
