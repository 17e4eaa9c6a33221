//! Whether an ID token says who has come back, to us and of this visit
//! ([OpenID Connect Core 1.0, section 3.1.3.7]).
//!
//! [OpenID Connect Core 1.0, section 3.1.3.7]: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation

use std::time::{Duration, UNIX_EPOCH};

use openidconnect::{
    ClaimsVerificationError, ClientId, IdTokenVerifier, IssuerUrl, Nonce,
    SignatureVerificationError,
    core::{CoreIdToken, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm},
};
use shared::{clock::Seconds, directory::VISIT_LIFETIME, provider::Provider};

/// How far a provider's clock may be ahead of ours, or behind it.
const SKEW: Seconds = 60;

/// The signatures that count: those that nobody but the provider can make. Whoever knows the
/// client's secret could make the symmetric ones, and everyone makes `none`.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// Why an ID token says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// No key that is known has signed it.
    Signature,
    /// Anything else.
    Claims,
}

/// The subject of an ID token of this provider's, which `nonce` binds to a visit.
///
/// # Errors
///
/// When it is not signed by one of the keys, or is not for us, of this visit and of now.
pub fn subject(
    token: &CoreIdToken,
    provider: &Provider,
    keys: CoreJsonWebKeySet,
    nonce: &str,
    now: Seconds,
) -> Result<String, Unverified> {
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|_| Unverified::Claims)?;
    let since_epoch = Duration::from_secs(now.try_into().map_err(|_| Unverified::Claims)?);
    let client = ClientId::new(provider.client_id.clone());
    // Without the client's secret no symmetric signature can be verified.
    let verifier = IdTokenVerifier::new_public_client(client.clone(), issuer, keys)
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || (UNIX_EPOCH + since_epoch).into())
        .set_issue_time_verifier_fn(move |issued| {
            // It is made when the code is redeemed, and that is during the visit.
            let issued = issued.timestamp();
            let is_recent = (now - VISIT_LIFETIME - SKEW..=now + SKEW).contains(&issued);
            if is_recent { Ok(()) } else { Err("issued at another time".to_owned()) }
        });
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned()));
    let claims = claims.map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
        ) => Unverified::Signature,
        _ => Unverified::Claims,
    })?;
    // The library leaves this one to us, and refuses tokens for several parties.
    if claims.authorized_party().is_some_and(|party| *party != client) {
        return Err(Unverified::Claims);
    }
    Ok(claims.subject().as_str().to_owned())
}
