//! What a visit to a provider is recognised by when the browser comes back.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use data_encoding::BASE64URL_NOPAD;
use shared::credential::BareToken;
use subtle::ConstantTimeEq as _;

/// A visit's parameters. All of them come from the token in the browser's cookie, so that nothing
/// is stored, and that another browser's are wrong here.
///
/// They are codes of a keyed hash: who sees one of them learns neither the token nor the others.
pub(crate) struct Visit {
    /// Says that the browser that comes back is the one that was sent
    /// ([RFC 6749, section 10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)).
    pub(crate) state: String,
    /// Says that the ID token was made for this visit ([OpenID Connect Core 1.0, section 15.5.2]).
    ///
    /// [OpenID Connect Core 1.0, section 15.5.2]: https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes
    pub(crate) nonce: String,
    /// Says that who redeems the code is who asked for it
    /// ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).
    pub(crate) verifier: String,
}

impl Visit {
    /// The visit that this token stands for.
    pub(crate) fn of(token: &BareToken) -> Self {
        let derive = |purpose: &str| code(token, purpose);
        Self { state: derive("state"), nonce: derive("nonce"), verifier: derive("verifier") }
    }

    /// Whether it is this visit's state.
    pub(crate) fn is_state(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }
}

fn code(token: &BareToken, purpose: &str) -> String {
    let key = Key::new(HMAC_SHA256, token.expose().as_bytes());
    BASE64URL_NOPAD.encode(sign(&key, purpose.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use shared::credential::BareToken;

    use super::Visit;

    #[test]
    fn everything_comes_from_the_token_and_nothing_from_the_rest() {
        let visit = Visit::of(&BareToken::parse(&"0f".repeat(32)).unwrap());
        // By Python's hmac.
        assert_eq!(visit.state, "Bo3QJn2XyM2dJ0hZ7wOfaO7MbgIjBEpHZvK5lwxlgII");
        assert_eq!(visit.nonce, "R_PO8LazOQr5nmW0hW6VhZemqQlTBh9lguqH_how6Uk");
        assert_eq!(visit.verifier, "IJgZ9zqaWkGKRaPeKaSsmCxL2OY6vQIUHkr6ZjNfmxI");
        assert!(visit.is_state("Bo3QJn2XyM2dJ0hZ7wOfaO7MbgIjBEpHZvK5lwxlgII"));
        for state in [
            "",
            "Bo3QJn2XyM2dJ0hZ7wOfaO7MbgIjBEpHZvK5lwxlgIA",
            "Bo3QJn2XyM2dJ0hZ7wOfaO7MbgIjBEpHZvK5lwxlgI",
            "Bo3QJn2XyM2dJ0hZ7wOfaO7MbgIjBEpHZvK5lwxlgIIA",
            visit.nonce.as_str(),
        ] {
            assert!(!visit.is_state(state), "{state}");
        }
    }
}
