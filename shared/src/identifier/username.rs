//! Usernames.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A username of `[A-Za-z0-9_.-]`, kept as its owner wrote it (after NFKC, which maps the
/// full-width spellings of these characters to themselves) and compared without regard to case.
///
/// It cannot contain `@`, so it is never an email address, and no digits-only name is a phone
/// number, because claims of different kinds never meet.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why a text is no username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameError {
    /// It has a character that usernames do not have.
    Characters,
    /// It has fewer than [`Username::MIN`] or more than [`Username::MAX`] characters.
    Length,
}

impl Username {
    /// The least number of characters.
    pub const MIN: usize = 8;
    /// The greatest number of characters.
    pub const MAX: usize = 16;

    /// Reads the username of a new account. Surrounding space is the caller's to trim.
    ///
    /// # Errors
    ///
    /// The first that applies of [`UsernameError::Characters`] and [`UsernameError::Length`].
    pub fn parse_new(text: &str) -> Result<Self, UsernameError> {
        let username = Self::normalised(text).ok_or(UsernameError::Characters)?;
        // All its characters are ASCII by now: bytes are characters.
        if (Self::MIN..=Self::MAX).contains(&username.0.len()) {
            Ok(username)
        } else {
            Err(UsernameError::Length)
        }
    }

    /// Reads the username of an account that may exist, of any length: an account may be older
    /// than today's bounds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // No spelling of a username is this long, and keys have no room for it.
        if text.len() > 1024 { None } else { Self::normalised(text) }
    }

    fn normalised(text: &str) -> Option<Self> {
        let normal: String = text.nfkc().collect();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (!normal.is_empty() && normal.bytes().all(allowed)).then_some(Self(normal))
    }

    /// The username as its owner wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which usernames are compared.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Usernames are personal data: not for logs.
impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Username, UsernameError};

    #[test]
    fn spellings_of_one_username_are_one() {
        for (given, shown, canonical) in [
            ("test1234", "test1234", "test1234"),
            ("Test.1234_-", "Test.1234_-", "test.1234_-"),
            ("ＴＥＳＴ１２３４", "TEST1234", "test1234"),
            // The Kelvin sign is a compatibility spelling of K.
            ("\u{212a}elvin-273", "Kelvin-273", "kelvin-273"),
        ] {
            let username = Username::parse_new(given).unwrap();
            assert_eq!(username.as_str(), shown);
            assert_eq!(username.canonical(), canonical);
        }
    }

    #[test]
    fn other_characters_are_refused() {
        for given in [
            "",
            "user@test.com",
            "test 1234",
            "test1234\n",
            "tеst1234",
            "tést1234",
            "ıstanbul1",
            "test#1234",
            "test/1234",
            "test1234\u{200b}",
            "{{7*7}}ab",
        ] {
            assert_eq!(Username::parse(given), None, "{given:?}");
        }
    }

    #[test]
    fn a_new_username_has_8_to_16_characters() {
        for (length, expected) in [(7, false), (8, true), (16, true), (17, false)] {
            for character in ["a", "ａ"] {
                let parsed = Username::parse_new(&character.repeat(length));
                assert_eq!(parsed.is_ok(), expected, "{length} times {character}");
            }
        }
        assert_eq!(Username::parse_new("short"), Err(UsernameError::Length));
        assert_eq!(Username::parse_new("short!"), Err(UsernameError::Characters));
    }
}
