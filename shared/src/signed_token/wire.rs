//! A token as it travels: a header of one form only, our claims, a signature.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Validation, decode, encode};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Claims, keys::SigningKey};
use crate::{
    clock::Seconds,
    credential::Token,
    error::Outage,
    identifier::{AccountId, TenantId},
};

/// More than any of ours has.
const MAX_BYTES: usize = 4096;

/// How many characters a key's name has: a SHA-256 in base64.
const KID_CHARACTERS: usize = 43;

/// So much another function's clock may be ahead of ours.
const LEEWAY: Seconds = 60;

/// The header. Whatever else one could say (another algorithm, where to fetch a key, a key, what has
/// to be understood) is a way to choose how the token is verified, and that is not its bearer's to
/// choose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

const TYPE: &str = "JWT";
const ALGORITHM: &str = "RS256";

/// The claims. One that is missing or has another type makes the token unreadable.
#[derive(Serialize, Deserialize)]
struct WireClaims {
    id: String,
    username: String,
    to: String,
    iss: String,
    aud: String,
    iat: Time,
    exp: Time,
    jti: String,
    /// We set none, but one that is there counts.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    nbf: Option<Time>,
}

/// A whole number of seconds since 1970. The RFC allows fractions; what has one is not ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
struct Time(Seconds);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        Seconds::try_from(seconds).map(Self).map_err(|_| D::Error::custom("too late"))
    }
}

/// A claim that may be left out, but not be `null`: that would be a way around its check.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    Time::deserialize(deserializer).map(Some)
}

/// The name of the key that the token says it is signed by, if it has the form of one of ours.
pub(super) fn kid(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let (header, _) = text.split_once('.')?;
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let ours = header.typ == TYPE
        && header.alg == ALGORITHM
        && header.kid.len() == KID_CHARACTERS
        && header.kid.bytes().all(of_base64);
    ours.then_some(header.kid)
}

/// What the token says, if this key has signed it for a tenant and it is not over.
pub(super) fn read(text: &str, key: &SigningKey, issuer: &str, now: Seconds) -> Option<Claims> {
    let claims = decode::<WireClaims>(text, key.public(), &signature_alone()).ok()?.claims;
    let (Time(issued), Time(expires)) = (claims.iat, claims.exp);
    let valid = claims.iss == issuer
        && claims.aud == claims.to
        && now < expires
        && issued <= now + LEEWAY
        && claims.nbf.is_none_or(|Time(begins)| begins <= now);
    if !valid {
        return None;
    }
    Some(Claims {
        account: AccountId::parse(&claims.id)?,
        username: claims.username,
        tenant: TenantId::parse(&claims.to)?,
        token: Token::parse(&claims.jti)?,
        issued,
        expires,
    })
}

/// The library looks at the signature alone. Its checks of the claims use the system's clock, and
/// let some through that are missing or have another type.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// The token that says this, signed by this key.
pub(super) fn write(claims: &Claims, key: &SigningKey, issuer: &str) -> Result<String, Outage> {
    let header = jsonwebtoken::Header {
        kid: Some(key.kid().to_owned()),
        ..jsonwebtoken::Header::new(Algorithm::RS256)
    };
    let claims = WireClaims {
        id: claims.account.to_string(),
        username: claims.username.clone(),
        to: claims.tenant.to_string(),
        iss: issuer.to_owned(),
        aud: claims.tenant.to_string(),
        iat: Time(claims.issued),
        exp: Time(claims.expires),
        jti: claims.token.expose().to_owned(),
        nbf: None,
    };
    // The error may quote what was to be said.
    encode(&header, &claims, key.private()).map_err(|_| Outage::new("a token cannot be signed"))
}
