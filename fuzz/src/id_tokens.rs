//! ID tokens, as a provider would make them that says whatever it likes.

use std::sync::LazyLock;

use oauth::id_token;
use openidconnect::core::{CoreIdToken, CoreJsonWebKeySet};
use serde_json::{Value, json};
use shared::provider::Provider;

use crate::{
    forge::FORGE,
    text,
    world::{NOW, provider},
};

const NONCE: &str = "a-visit";

static PROVIDER: LazyLock<Provider> = LazyLock::new(|| serde_json::from_value(provider()).unwrap());

/// It publishes the public half of the key that signs.
static KEYS: LazyLock<CoreJsonWebKeySet> =
    LazyLock::new(|| serde_json::from_value(FORGE.key_set()).unwrap());

/// A token tells who has come back if its claims are for us, of this visit and of now, and by no other
/// key than the provider's. The first line is the header, in which `KID` stands for the name of that
/// key, the rest are the claims; a text without a second line is a token as it is.
pub(crate) fn id_token(data: &[u8]) {
    let given = text(data);
    let Some((header, claims)) = given.split_once('\n') else {
        assert_eq!(subject(&given), None, "{given:?} is none of the provider's");
        return;
    };
    let header = header.replace("KID", &FORGE.kid);
    let Some(subject) = subject(&FORGE.sign(&header, claims)) else { return };

    let header: Value = serde_json::from_str(&header).unwrap();
    assert_eq!(header["alg"], "RS256", "another signature was taken");
    let kid = header.get("kid").is_none_or(|kid| *kid == FORGE.kid.as_str() || kid.is_null());
    assert!(kid, "another key was taken");
    let claims: Value = serde_json::from_str(claims).unwrap();
    assert_eq!(claims["sub"], subject);
    assert_eq!(claims["iss"], PROVIDER.issuer);
    let audience = &claims["aud"];
    assert!(*audience == "atrium" || *audience == json!(["atrium"]), "it is for {audience}");
    let party = claims.get("azp").is_none_or(|party| *party == "atrium" || party.is_null());
    assert!(party, "it was handed out to somebody else");
    assert_eq!(claims["nonce"], NONCE, "it is of another visit");
    let (issued, expires) = (claims["iat"].as_f64().unwrap(), claims["exp"].as_f64().unwrap());
    let now = NOW as f64;
    assert!(expires > now, "it has expired");
    assert!((now - 660.0..now + 61.0).contains(&issued), "it is not of now");
}

/// What the product reads of a token.
fn subject(token: &str) -> Option<String> {
    let token: CoreIdToken = token.parse().ok()?;
    id_token::subject(&token, &PROVIDER, KEYS.clone(), NONCE, NOW).ok()
}
