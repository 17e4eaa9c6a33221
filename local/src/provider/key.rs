//! What ID tokens are signed with.

use std::fmt;

use anyhow::{Result, anyhow};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// An RSA key, for signatures by RS256.
pub struct SigningKey {
    id: String,
    pair: KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Draws a key that is called `id`.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub fn generate(id: &str) -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048);
        let pair = pair.map_err(|_| anyhow!("there is no randomness for a key"))?;
        Ok(Self { id: id.to_owned(), pair })
    }

    /// The public key, as a JWK ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    #[must_use]
    pub fn public(&self) -> Value {
        let key = self.pair.public_key();
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": encode(key.modulus().big_endian_without_leading_zero()),
            "e": encode(key.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The header of the tokens that it signs.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.id })
    }

    /// A token of this header and these claims
    /// ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)).
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        let encode = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let message = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature);
        signed.map_err(|_| anyhow!("the token cannot be signed"))?;
        Ok(format!("{message}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}
