//! Phone numbers.

use std::fmt;

use phonenumber::{Mode, PhoneNumber, Type, country};
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

/// How many digits a number has at most, with its country code (ITU-T E.164, section 6.2).
const MAX_DIGITS: usize = 15;

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
        // What is dialled before a country code in most of the world, if the region has it so.
        let dialled = text.strip_prefix("00").filter(|_| is_international(&text, region));
        let number = match dialled {
            Some(rest) => international(&format!("+{rest}")),
            None if text.starts_with('+') => international(&text),
            None => valid(Some(region), &text),
        };
        let canonical = number?.format().mode(Mode::E164).to_string();
        // The library knows how long a number may be at home, which in Germany is as long as whole.
        (canonical.len() <= "+".len() + MAX_DIGITS).then_some(Self(canonical))
    }

    /// Whether text messages may go to it: its country is one of `countries`, and it is not known
    /// to be of a kind that costs extra or receives none.
    #[must_use]
    pub fn can_be_texted(&self, countries: &[country::Id]) -> bool {
        let Some(number) = international(&self.0) else {
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

/// A region whose numbers are the same at home and abroad. The library takes the long-distance prefix
/// of the region that it is told off every number, also off one with another country's code: seen from
/// China, `+55 11 96123-4567` would have nothing left of its number but `234567`.
const WITHOUT_PREFIX: country::Id = country::Id::ES;

/// A number with a country code: as it is, or without the prefix that its own country has for
/// long-distance calls, as in `+44 (0)117 496 0123`.
fn international(text: &str) -> Option<PhoneNumber> {
    valid(Some(WITHOUT_PREFIX), text).or_else(|| valid(None, text))
}

fn valid(region: Option<country::Id>, text: &str) -> Option<PhoneNumber> {
    phonenumber::parse(region, text).ok().filter(phonenumber::is_valid)
}

/// Whether a country code follows what is dialled first, as seen from `region`.
fn is_international(text: &str, region: country::Id) -> bool {
    let number = phonenumber::parse(Some(region), text);
    number.is_ok_and(|number| number.code().source() == country::Source::Idd)
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
    fn a_number_with_a_country_code_is_the_same_in_every_region() {
        for (given, number) in [
            ("+86 138 0013 8000", "+8613800138000"),
            ("+55 11 96123-4567", "+5511961234567"),
            ("+44 117 496 0123", "+441174960123"),
            ("+39 02 3661 8300", "+390236618300"),
            ("+7 812 345-67-89", "+78123456789"),
            ("+7 912 345-67-89", "+79123456789"),
            ("+81 90 1234 5678", "+819012345678"),
            ("+44 (0)117 496 0123", "+441174960123"),
        ] {
            for region in [Id::CN, Id::US, Id::RU, Id::BR, Id::DE] {
                let phone = Phone::parse(given, region);
                assert_eq!(phone.unwrap().as_str(), number, "{given} in {region:?}");
            }
            let dialled = given.replacen('+', "00", 1);
            assert_eq!(Phone::parse(&dialled, Id::CN).unwrap().as_str(), number, "{dialled}");
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
    fn a_number_that_its_country_code_makes_too_long_is_refused() {
        assert!(Phone::parse("5130980024260", Id::DE).is_some());
        for given in ["513098002426045", "+49513098002426045", "0513098002426045"] {
            assert_eq!(Phone::parse(given, Id::DE), None, "{given}");
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
