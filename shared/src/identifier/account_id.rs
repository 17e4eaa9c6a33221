//! The number of an account.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Outage;

/// A positive integer below 2^53, so that it is exact in every JSON client. Ids are drawn at
/// random: none says anything about another one, or about how many accounts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(u64);

const LIMIT: u64 = 1 << 53;

impl AccountId {
    /// Draws an id.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, Outage> {
        loop {
            let number = getrandom::u64().map_err(|_| Outage::new("no randomness for an id"))?;
            if let Some(id) = Self::new(number % LIMIT) {
                return Ok(id);
            }
        }
    }

    /// The id with this number, if it can be one.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number > 0 && number < LIMIT { Some(Self(number)) } else { None }
    }

    /// Reads the decimal form, which is the only one: no sign, no leading zero, no space.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self::new(text.parse().ok()?)?;
        (id.to_string() == text).then_some(id)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;

    #[test]
    fn only_the_decimal_form_of_a_possible_id_is_read() {
        for text in ["1", "65213", "9007199254740991"] {
            assert_eq!(AccountId::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "0",
            "-1",
            "+1",
            "01",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "9007199254740992",
            "١",
            "18446744073709551616",
            "../1",
            "1#",
            "account#1",
        ] {
            assert_eq!(AccountId::parse(text), None, "{text}");
        }
    }
}
