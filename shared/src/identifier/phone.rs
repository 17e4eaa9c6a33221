//! Phone numbers.

use std::fmt;

use phonenumber::{Mode, country};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A canonical phone number: E.164, `+` and at most 15 digits ([ITU-T E.164]).
///
/// [ITU-T E.164]: https://www.itu.int/rec/T-REC-E.164
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// Longer than any spelling of a number that a person would write.
const MAX_CHARACTERS: usize = 64;

impl Phone {
    /// Reads a number in any usual spelling, one without a country code as of `region`, and makes
    /// it canonical. Surrounding space is the caller's to trim.
    #[must_use]
    pub fn parse(text: &str, region: country::Id) -> Option<Self> {
        let spelling = |c: char| c.is_ascii_digit() || "+ -().".contains(c);
        let text: String = text.chars().take(MAX_CHARACTERS + 1).nfkc().collect();
        if text.len() > MAX_CHARACTERS || !text.chars().all(spelling) {
            return None;
        }
        let number = phonenumber::parse(Some(region), &text).ok()?;
        phonenumber::is_valid(&number).then(|| Self(number.format().mode(Mode::E164).to_string()))
    }

    /// The canonical number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Phone numbers are personal data: not for logs.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Phone, country::Id};

    #[test]
    fn spellings_of_one_number_are_one() {
        for given in [
            "13800138000",
            "+86 138 0013 8000",
            "+8613800138000",
            "0086 138-0013-8000",
            "+86 (138) 0013.8000",
            "＋８６１３８００１３８０００",
        ] {
            let phone = Phone::parse(given, Id::CN).unwrap_or_else(|| panic!("{given} refused"));
            assert_eq!(phone.as_str(), "+8613800138000", "{given}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for given in [
            "",
            "+",
            "12",
            "1380013800",
            "138001380000000",
            "13800138000\0",
            "13800138000;ext=1",
            "tel:+8613800138000",
            "+86138001380001380013800",
            "١٣٨٠٠١٣٨٠٠٠",
            "+999 123456789",
        ] {
            assert_eq!(Phone::parse(given, Id::CN), None, "{given:?}");
        }
    }
}
