//! Phone numbers.

use std::fmt;

use phonenumber::{Mode, Type, country};
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

    /// Whether text messages may go to it: its country is one of `countries`, and it is not known
    /// to be of a kind that costs extra or receives none.
    #[must_use]
    pub fn can_be_texted(&self, countries: &[country::Id]) -> bool {
        let Ok(number) = phonenumber::parse(None, &self.0) else {
            return false;
        };
        let country = number.country().id();
        let kind = number.number_type(&phonenumber::metadata::DATABASE);
        country.is_some_and(|country| countries.contains(&country))
            && matches!(kind, Type::Mobile | Type::FixedLineOrMobile | Type::PersonalNumber)
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
    fn only_mobile_numbers_of_allowed_countries_can_be_texted() {
        for (number, countries, expected) in [
            ("+8613800138000", &[Id::CN] as &[_], true),
            ("+8613800138000", &[Id::DE], false),
            ("+8613800138000", &[], false),
            ("+491701234567", &[Id::CN, Id::DE], true),
            ("+499001123456", &[Id::DE], false),
            ("+861065529988", &[Id::CN], false),
            ("+12015550123", &[Id::US], true),
            ("+12015550123", &[Id::CA], false),
        ] {
            let phone = Phone::parse(number, Id::CN).unwrap_or_else(|| panic!("{number} refused"));
            assert_eq!(phone.can_be_texted(countries), expected, "{number}");
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
