//! Signed tokens, as somebody would make them who has the private key, which nobody should.

use serde_json::Value;

use crate::{
    forge::FORGE,
    text,
    world::{self, NOW, PUBLIC_URL, World},
};

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
