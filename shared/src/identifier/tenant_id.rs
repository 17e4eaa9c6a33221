//! The name of a tenant.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::error::Outage;

/// What a tenant is called in its credentials, its tokens and its records. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

const MAX_BYTES: usize = 64;

impl TenantId {
    /// Draws an id.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, Outage> {
        let mut bytes = [0; 10];
        getrandom::fill(&mut bytes).map_err(|_| Outage::new("no randomness for an id"))?;
        Ok(Self(HEXLOWER.encode(&bytes)))
    }

    /// Reads an id: 1 to 64 ASCII letters, digits, `-` or `_`. No colon, which ends it in a header
    /// ([RFC 7617, section 2]).
    ///
    /// [RFC 7617, section 2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let possible = (1..=MAX_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        possible.then(|| Self(text.to_owned()))
    }

    /// The id as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::TenantId;

    #[test]
    fn an_id_has_no_character_that_means_something_elsewhere() {
        let random = TenantId::random().unwrap();
        assert_eq!(TenantId::parse(random.as_str()), Some(random));
        for bad in ["", "a:b", "a b", "a#b", "../a", "é", &"a".repeat(65)] {
            assert_eq!(TenantId::parse(bad), None, "{bad}");
        }
    }
}
