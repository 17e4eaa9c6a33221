//! Who someone is at an identity provider.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An account at an OpenID provider. Issuer and subject together, and nothing else, say which: names
/// and addresses there change hands ([OpenID Connect Core 1.0, section 5.7]).
///
/// [OpenID Connect Core 1.0, section 5.7]: https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    issuer: String,
    subject: String,
}

/// The greatest number of bytes of a subject ([OpenID Connect Core 1.0, section 2]).
///
/// [OpenID Connect Core 1.0, section 2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
const MAX_SUBJECT: usize = 255;

impl Identity {
    /// The identity of `subject` at `issuer`. `None` for an empty one, for one that is longer than a
    /// subject may be, and for an issuer with a `#`, which none has.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let possible = !issuer.is_empty()
            && !issuer.contains('#')
            && (1..=MAX_SUBJECT).contains(&subject.len());
        possible.then(|| Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
    }

    /// The provider's issuer identifier, a URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the provider calls the account.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The text that stands for this identity in keys. As an issuer has no `#`, no two identities
    /// share one.
    #[must_use]
    pub fn claim(&self) -> String {
        format!("oauth#{}#{}", self.issuer, self.subject)
    }
}

/// Personal data: not for logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn no_two_identities_share_a_claim() {
        let one = Identity::new("https://a.example", "b#c").unwrap();
        assert_eq!(one.claim(), "oauth#https://a.example#b#c");
        assert_eq!(Identity::new("https://a.example#b", "c"), None);
    }

    #[test]
    fn a_subject_is_not_empty_and_no_longer_than_the_standard_allows() {
        let with = |subject: &str| Identity::new("https://a.example", subject).is_some();
        assert!(with("x") && with(&"x".repeat(255)));
        assert!(!with("") && !with(&"x".repeat(256)));
    }
}
