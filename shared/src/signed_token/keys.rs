//! The keys, and how one follows another.
//!
//! Others verify our tokens by public keys that they have fetched, and fetch them seldom: the JWT
//! authorizers of API Gateway's HTTP APIs [keep them for two hours][aws]. So a key is published
//! before it signs, and stays published for as long as what it has signed lives.
//!
//! [aws]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::KeySize,
    signature::{KeyPair as _, RsaKeyPair},
};
use data_encoding::BASE64;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use pkcs8::PrivateKeyInfoRef;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{clock::Seconds, error::Outage, secret::FromSecret};

/// For so long a key is published before it signs: an hour more than others keep what they have
/// fetched.
pub const HEAD_START: Seconds = 3 * 60 * 60;

/// A key that tokens are signed by.
pub struct SigningKey {
    kid: String,
    created: Seconds,
    signs_from: Seconds,
    pair: RsaKeyPair,
    private: EncodingKey,
    public: DecodingKey,
    jwk: Value,
}

/// The keys that are live, the oldest first.
#[derive(Debug, Default)]
pub struct SigningKeys(pub(super) Vec<SigningKey>);

/// Why a key is not replaced, or not taken away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// There are two keys, and tokens that the older one has signed may still live.
    #[error("the older of the two keys is still needed")]
    StillNeeded {
        /// When it no longer is.
        until: Seconds,
    },
    /// No key would be left that signs already.
    #[error("no key would be left that signs already")]
    NoneSigns,
    /// There is no such key.
    #[error("there is no such key")]
    Unknown,
}

/// How a secret holds a key.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    created: Seconds,
    signs_from: Seconds,
    /// PKCS#8 as DER, in base64.
    private_key: String,
}

/// How a secret holds the keys.
#[derive(Serialize, Deserialize)]
struct StoredKeys {
    keys: Vec<StoredKey>,
}

impl SigningKey {
    /// Makes a key of 2048 bits.
    ///
    /// # Errors
    ///
    /// [`Outage`] when that fails, which it does for want of randomness.
    pub fn generate(created: Seconds, signs_from: Seconds) -> Result<Self, Outage> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048);
        let pair = pair.map_err(|_| Outage::new("no key can be made"))?;
        Self::new(pair, created, signs_from).ok_or_else(|| Outage::new("no key can be made"))
    }

    fn new(pair: RsaKeyPair, created: Seconds, signs_from: Seconds) -> Option<Self> {
        let pkcs8 = pair.as_der().ok()?;
        // The library wants the bare RSA key (RFC 8017, appendix A.1.2) that is in it.
        let bare = PrivateKeyInfoRef::try_from(pkcs8.as_ref()).ok()?.private_key;
        let private = EncodingKey::from_rsa_der(bare.as_bytes());
        let public = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        let jwk = Jwk::from_decoding_key(&public, Some(Algorithm::RS256)).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        let AlgorithmParameters::RSA(rsa) = jwk.algorithm else {
            return None;
        };
        let jwk = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": rsa.n, "e": rsa.e,
        });
        Some(Self { kid, created, signs_from, pair, private, public, jwk })
    }

    fn from_stored(stored: &StoredKey) -> Option<Self> {
        let private_key = BASE64.decode(stored.private_key.as_bytes()).ok()?;
        let pair = RsaKeyPair::from_pkcs8(&private_key).ok()?;
        let key = Self::new(pair, stored.created, stored.signs_from)?;
        // One that is called otherwise was put together by hand, and wrongly.
        (key.kid == stored.kid).then_some(key)
    }

    fn to_stored(&self) -> Result<StoredKey, Outage> {
        let private_key = self.pair.as_der().map_err(|_| Outage::new("a key cannot be written"))?;
        Ok(StoredKey {
            kid: self.kid.clone(),
            created: self.created,
            signs_from: self.signs_from,
            private_key: BASE64.encode(private_key.as_ref()),
        })
    }

    /// What it is called: the thumbprint of its public half ([RFC 7638]).
    ///
    /// [RFC 7638]: https://www.rfc-editor.org/rfc/rfc7638
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Seconds {
        self.created
    }

    /// When it begins to sign, unless a newer one has begun.
    #[must_use]
    pub const fn signs_from(&self) -> Seconds {
        self.signs_from
    }

    /// Its public half, by which a signature is verified.
    pub(super) const fn public(&self) -> &DecodingKey {
        &self.public
    }

    /// Its private half, by which tokens are signed.
    pub(super) const fn private(&self) -> &EncodingKey {
        &self.private
    }
}

impl SigningKeys {
    /// The first key, which signs at once: nobody has fetched anything yet.
    ///
    /// # Errors
    ///
    /// Those of [`SigningKey::generate`].
    pub fn generate(now: Seconds) -> Result<Self, Outage> {
        Ok(Self(vec![SigningKey::generate(now, now)?]))
    }

    /// The text that a secret holds them as. Nobody else may see it.
    ///
    /// # Errors
    ///
    /// [`Outage`] when a key cannot be written.
    pub fn to_secret(&self) -> Result<String, Outage> {
        let keys = self.0.iter().map(SigningKey::to_stored).collect::<Result<_, _>>()?;
        serde_json::to_string(&StoredKeys { keys })
            .map_err(|_| Outage::new("the keys cannot be written"))
    }

    /// Each key, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter()
    }

    /// The key of this name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// The key that signs now: the newest of those that have begun.
    #[must_use]
    pub fn signing(&self, now: Seconds) -> Option<&SigningKey> {
        self.0.iter().rev().find(|key| key.signs_from <= now)
    }

    /// When the next key may be added without taking away one that is needed: at once if there is
    /// but one, else when the last token has ended that was signed before the newest one began.
    #[must_use]
    pub fn rotatable_from(&self, lifetime: Seconds) -> Option<Seconds> {
        match self.0.as_slice() {
            [] | [_] => None,
            [.., newest] => Some(newest.signs_from + lifetime + 1),
        }
    }

    /// Adds a key, and takes away all but the newest of the others. Tokens live for `lifetime`. With
    /// `force` a key is taken away although it may be needed, and what it has signed is refused.
    ///
    /// # Errors
    ///
    /// [`KeyRefusal`], with the keys as they were.
    pub fn rotate(
        &mut self,
        new: SigningKey,
        now: Seconds,
        lifetime: Seconds,
        force: bool,
    ) -> Result<Vec<SigningKey>, KeyRefusal> {
        match self.rotatable_from(lifetime) {
            Some(until) if now < until && !force => return Err(KeyRefusal::StillNeeded { until }),
            _ => {}
        }
        let surplus = self.0.len().saturating_sub(1);
        if !self.0.iter().skip(surplus).chain([&new]).any(|key| key.signs_from <= now) {
            return Err(KeyRefusal::NoneSigns);
        }
        let taken = self.0.drain(..surplus).collect();
        self.0.push(new);
        Ok(taken)
    }

    /// Takes a key away: what it has signed is refused.
    ///
    /// # Errors
    ///
    /// [`KeyRefusal`], with the keys as they were.
    pub fn retire(&mut self, kid: &str, now: Seconds) -> Result<SigningKey, KeyRefusal> {
        let place = self.0.iter().position(|key| key.kid == kid).ok_or(KeyRefusal::Unknown)?;
        if !self.0.iter().any(|key| key.kid != kid && key.signs_from <= now) {
            return Err(KeyRefusal::NoneSigns);
        }
        Ok(self.0.remove(place))
    }

    /// The public halves ([RFC 7517]), also of a key that does not sign yet.
    ///
    /// [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.0.iter().map(|key| &key.jwk).collect::<Vec<_>>() })
    }
}

impl FromSecret for SigningKeys {
    fn from_secret(text: &str) -> Result<Self, Outage> {
        // The errors below may quote the text.
        let unreadable = || Outage::new("the signing keys are unreadable");
        let stored: StoredKeys = serde_json::from_str(text).map_err(|_| unreadable())?;
        let keys: Option<Vec<_>> = stored.keys.iter().map(SigningKey::from_stored).collect();
        let mut keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(unreadable)?;
        keys.sort_by_key(|key| key.created);
        let keys = Self(keys);
        if keys.iter().any(|key| keys.iter().filter(|other| other.kid == key.kid).count() > 1) {
            return Err(unreadable());
        }
        Ok(keys)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ..)", self.kid)
    }
}
