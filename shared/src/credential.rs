//! Credentials: what a client shows after it has signed in.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    clock::Seconds,
    config::CredentialConfig,
    error::{Error, Outage},
    identifier::{AccountId, TenantId},
};

/// Which contract's slot a credential is for. It is valid in no other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `api_key` of the contract `api_key`.
    ApiKey,
    /// The cookie `sessionid` of the contract `cookie`.
    CookieSession,
    /// The cookie `_session` of the contract `users`.
    UsersSession,
    /// The cookie `token` of the contract `contact`.
    ContactSession,
    /// The cookie `connect.sid` of the contract `tenant`.
    WebSession,
    /// The signed token of the contract `tenant`.
    TenantToken,
}

impl Kind {
    /// The word that stands for the kind in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::CookieSession => "cookie_session",
            Self::UsersSession => "users_session",
            Self::ContactSession => "contact_session",
            Self::WebSession => "web_session",
            Self::TenantToken => "tenant_token",
        }
    }

    /// How long a credential of this kind lives.
    #[must_use]
    pub const fn lifetime(self, config: &CredentialConfig) -> Lifetime {
        match self {
            Self::ApiKey => Lifetime { idle: config.api_key, absolute: config.api_key },
            Self::TenantToken => {
                Lifetime { idle: config.tenant_token, absolute: config.tenant_token }
            }
            Self::CookieSession | Self::UsersSession | Self::ContactSession | Self::WebSession => {
                Lifetime { idle: config.cookie_idle, absolute: config.cookie_absolute }
            }
        }
    }
}

/// How long a credential lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// After its last use.
    pub idle: Seconds,
    /// After its sign-in, however much it is used.
    pub absolute: Seconds,
}

const ACCOUNT_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;
const TOKEN_CHARACTERS: usize = 2 * (ACCOUNT_BYTES + SECRET_BYTES);

/// A credential as its client holds it: lower-case hexadecimal, first the account's id, then 256
/// random bits.
///
/// The id is a hint for the lookup only. What is found under it must match what the stored
/// credential says, so a token with another id in front is just unknown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    account: AccountId,
}

impl Token {
    /// Draws a token for `account`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the operating system has no randomness to give.
    pub fn random(account: AccountId) -> Result<Self, Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|_| Outage::new("no randomness for a token"))?;
        let text = HEXLOWER.encode(&account.number().to_be_bytes()) + &HEXLOWER.encode(&secret);
        Ok(Self { text, account })
    }

    /// Reads a token that a client presents; `None` if it has not the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TOKEN_CHARACTERS {
            return None;
        }
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let (account, _secret) = bytes.split_first_chunk::<ACCOUNT_BYTES>()?;
        Some(Self { text: text.to_owned(), account: AccountId::new(u64::from_be_bytes(*account))? })
    }

    /// What the client is handed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The account that the token claims to be for.
    #[must_use]
    pub const fn account_hint(&self) -> AccountId {
        self.account
    }

    /// What is stored in the token's stead. A plain SHA-256 is enough for 256 random bits: there
    /// is nothing to guess.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.text)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A secret that says nothing of whose it is, in a mailed link or in a visitor's cookie: 256 random
/// bits in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct BareToken(String);

impl BareToken {
    /// Draws a token.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|_| Outage::new("no randomness for a token"))?;
        Ok(Self(HEXLOWER.encode(&secret)))
    }

    /// Reads a token that is presented; `None` if it has not the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let form = text.len() == 2 * SECRET_BYTES
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        form.then(|| Self(text.to_owned()))
    }

    /// What whoever is to have it is handed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored in the token's stead.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

impl fmt::Debug for BareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BareToken(..)")
    }
}

/// What a tenant's client app shows.
#[derive(Clone)]
pub struct TenantCredentials {
    id: TenantId,
    secret: Zeroizing<String>,
}

/// The greatest number of bytes of a secret that is looked at. Ours have fewer.
const MAX_TENANT_SECRET: usize = 256;

impl TenantCredentials {
    /// The credentials that a client app presents; `None` if no tenant can have them.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Option<Self> {
        let possible = (1..=MAX_TENANT_SECRET).contains(&secret.len());
        let secret = Zeroizing::new(secret.to_owned());
        possible.then_some(Self { id: TenantId::parse(id)?, secret })
    }

    /// The tenant that they say to be of.
    #[must_use]
    pub const fn id(&self) -> &TenantId {
        &self.id
    }

    /// The digest of the secret, as it is stored.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.secret)
    }
}

impl fmt::Debug for TenantCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantCredentials(..)")
    }
}

/// The SHA-256 of a text in lower-case hexadecimal.
#[must_use]
pub fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{BareToken, Kind, TenantCredentials, Token, digest};
    use crate::identifier::AccountId;

    #[test]
    fn a_token_survives_the_trip_to_the_client_and_back() {
        let account = AccountId::new(65213).unwrap();
        let token = Token::random(account).unwrap();
        assert_eq!(token.expose().len(), 80);
        let back = Token::parse(token.expose()).unwrap();
        assert_eq!(back.account_hint(), account);
        assert_eq!(back.digest(), token.digest());
        assert_ne!(token.digest(), Token::random(account).unwrap().digest());
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        let token = Token::random(AccountId::new(65213).unwrap()).unwrap();
        let text = token.expose();
        for bad in [
            String::new(),
            "e4cbcdc2faff41a7e311".to_owned(),
            text.to_uppercase(),
            format!("{text}0"),
            format!(" {text}"),
            text.replacen('0', "g", 1),
            "0".repeat(80),
            "f".repeat(80),
            "é".repeat(40),
        ] {
            assert_eq!(Token::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bare_token_survives_the_trip_to_the_client_and_back() {
        let token = BareToken::random().unwrap();
        assert_eq!(token.expose().len(), 64);
        assert_eq!(BareToken::parse(token.expose()), Some(token.clone()));
        assert_eq!(token.digest(), digest(token.expose()));
        assert_ne!(token, BareToken::random().unwrap());
    }

    #[test]
    fn what_has_not_the_form_of_a_bare_token_is_none() {
        let whole = "0123456789abcdef".repeat(4);
        assert!(BareToken::parse(&whole).is_some());
        for bad in [
            String::new(),
            whole[1..].to_owned(),
            format!("{whole}0"),
            whole.to_uppercase(),
            whole.replacen('0', "g", 1),
            whole.replacen('0', "/", 1),
            "é".repeat(32),
        ] {
            assert_eq!(BareToken::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_digest_is_that_of_sha_256() {
        // FIPS 180-4, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest("abc"), known);
        assert_eq!(TenantCredentials::new("local", "abc").unwrap().digest(), known);
    }

    #[test]
    fn what_is_stored_names_kinds_by_these_words() {
        let words = [
            (Kind::ApiKey, "api_key"),
            (Kind::CookieSession, "cookie_session"),
            (Kind::UsersSession, "users_session"),
            (Kind::ContactSession, "contact_session"),
            (Kind::WebSession, "web_session"),
            (Kind::TenantToken, "tenant_token"),
        ];
        for (kind, word) in words {
            assert_eq!(kind.as_str(), word);
        }
    }

    #[test]
    fn no_secret_shows_in_debug_output() {
        let token = Token::random(AccountId::new(65213).unwrap()).unwrap();
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(format!("{:?}", BareToken::random().unwrap()), "BareToken(..)");
        let tenant = TenantCredentials::new("local", "secret").unwrap();
        assert_eq!(format!("{tenant:?}"), "TenantCredentials(..)");
    }
}
