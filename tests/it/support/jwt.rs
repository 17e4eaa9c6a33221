//! What signed tokens say, for those who only read them.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use shared::{
    credential::Token,
    identifier::{AccountId, TenantId},
    signed_token::Claims,
};

/// A part of a token: 0 is its header, 1 are its claims.
pub(crate) fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// What a token of the product says.
pub(crate) fn claims(token: &str) -> Claims {
    let claims = part(token, 1);
    let text = |name: &str| claims[name].as_str().unwrap().to_owned();
    Claims {
        account: AccountId::parse(&text("id")).unwrap(),
        username: text("username"),
        tenant: TenantId::parse(&text("to")).unwrap(),
        token: Token::parse(&text("jti")).unwrap(),
        issued: claims["iat"].as_i64().unwrap(),
        expires: claims["exp"].as_i64().unwrap(),
    }
}
