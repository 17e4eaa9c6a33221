//! Tokens that others can verify: JSON Web Tokens, signed by keys whose public halves are published.
//!
//! A token shows who signed it and for whom; it does not show that it still counts. So it stands for
//! a credential like any other, which has to be found live each time.

mod keys;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

use serde_json::Value;

pub use keys::{HEAD_START, KeyRefusal, SigningKey, SigningKeys};

use crate::{
    clock::{Clock, Seconds},
    credential::Token,
    error::Outage,
    identifier::{AccountId, TenantId},
    secret::Secret,
};

/// What a token says.
#[derive(Clone, PartialEq, Eq)]
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
        let keys = self.keys.get().await?;
        keys.signing(self.clock.now()).map(drop).ok_or_else(no_key)
    }

    /// Makes a token.
    ///
    /// # Errors
    ///
    /// [`Outage`] when there is no key.
    pub async fn sign(&self, claims: &Claims) -> Result<String, Outage> {
        let keys = self.keys.get().await?;
        let key = keys.signing(self.clock.now()).ok_or_else(no_key)?;
        wire::write(claims, key, &self.issuer)
    }

    /// What a token says, if one of our keys has signed it for this tenant and it is not over. Its
    /// credential has still to be found live.
    ///
    /// # Errors
    ///
    /// [`Outage`] when the keys cannot be known.
    pub async fn verify(&self, text: &str, tenant: &TenantId) -> Result<Option<Claims>, Outage> {
        let claims = self.verify_for_any_tenant(text).await?;
        Ok(claims.filter(|claims| claims.tenant == *tenant))
    }

    /// [`SignedTokens::verify`] for whichever tenant the token says. That the tenant may still ask
    /// has to be found, too.
    ///
    /// # Errors
    ///
    /// [`Outage`] when the keys cannot be known.
    pub async fn verify_for_any_tenant(&self, text: &str) -> Result<Option<Claims>, Outage> {
        let Some(kid) = wire::kid(text) else {
            return Ok(None);
        };
        let mut keys = self.keys.get().await?;
        if keys.find(&kid).is_none() {
            // It may be newer than what we have read.
            keys = self.keys.get_anew().await?;
        }
        let key = keys.find(&kid);
        Ok(key.and_then(|key| wire::read(text, key, &self.issuer, self.clock.now())))
    }

    /// The public keys ([RFC 7517]).
    ///
    /// # Errors
    ///
    /// [`Outage`] when the keys cannot be known.
    ///
    /// [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
    pub async fn jwks(&self) -> Result<Value, Outage> {
        Ok(self.keys.get().await?.jwks())
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(..)")
    }
}

fn no_key() -> Outage {
    Outage::new("no key signs yet")
}
