//! Passwords: what a new one must be like, what a given one is compared as, how they are hashed.

mod hash;
mod memory;
mod strength;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use hash::{Hasher, PasswordHash, Verdict};
pub use strength::{is_common, is_too_easy};

use crate::error::Reason;

/// The greatest number of code points that any password has.
pub const MAX_CHARACTERS: usize = 128;
/// The least number of code points of a new password.
pub const MIN_CHARACTERS: usize = 8;

/// A password in the form that is hashed: NFC, so that the same password typed on two keyboards is
/// one ([NIST SP 800-63B-4, section 3.1.1.2]), and otherwise as received: not trimmed, not cut.
///
/// [NIST SP 800-63B-4, section 3.1.1.2]: https://pages.nist.gov/800-63-4/sp800-63b.html
#[derive(Clone)]
struct Normal(Zeroizing<String>);

impl Normal {
    /// `None` if the text has a control character or more than [`MAX_CHARACTERS`] code points.
    fn new(text: &str) -> Option<Self> {
        // NFC never needs more than 3 code points for one of its own, so a text this long is too
        // long in any form; normalising it would be work for nothing.
        if text.len() > MAX_CHARACTERS * 4 * 3 {
            return None;
        }
        let normal = Zeroizing::new(text.nfc().collect::<String>());
        let acceptable =
            normal.chars().count() <= MAX_CHARACTERS && !normal.chars().any(char::is_control);
        acceptable.then_some(Self(normal))
    }
}

/// A password that someone wants to have.
#[derive(Clone)]
pub struct NewPassword(Normal);

impl NewPassword {
    /// Reads a new password of [`MIN_CHARACTERS`] to `max` code points, none of them a control.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`] for a control character, else [`Reason::PasswordLength`].
    pub fn parse(text: &str, max: usize) -> Result<Self, Reason> {
        if text.chars().any(char::is_control) {
            return Err(Reason::Malformed);
        }
        let normal = Normal::new(text).ok_or(Reason::PasswordLength)?;
        if (MIN_CHARACTERS..=max).contains(&normal.0.chars().count()) {
            Ok(Self(normal))
        } else {
            Err(Reason::PasswordLength)
        }
    }

    fn as_str(&self) -> &str {
        &self.0.0
    }
}

/// Two are equal when they are the same password.
impl PartialEq for NewPassword {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

/// A password that someone claims to have.
///
/// It may be shorter than a new one may be, because accounts can come from elsewhere. One that no
/// account can have (longer than [`MAX_CHARACTERS`], or with a control character) takes part in
/// everything but the hash, and is wrong.
#[derive(Clone)]
pub struct GivenPassword(Option<Normal>);

impl GivenPassword {
    /// Reads the password as it was received.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Normal::new(text))
    }

    /// Whether an account can have it.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        self.0.is_some()
    }

    fn as_str(&self) -> Option<&str> {
        self.0.as_ref().map(|normal| normal.0.as_str())
    }
}

impl fmt::Debug for GivenPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenPassword(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{GivenPassword, NewPassword};
    use crate::error::Reason;

    #[test]
    fn length_is_counted_in_code_points_after_nfc() {
        // Decomposed é is two code points before NFC and one after; the rocket has four bytes.
        for unit in ["a", "é", "e\u{301}", "密", "🚀"] {
            for (length, accepted) in [(7, false), (8, true), (128, true), (129, false)] {
                let parsed = NewPassword::parse(&unit.repeat(length), 128);
                assert_eq!(parsed.is_ok(), accepted, "{length} times {unit}");
            }
        }
        assert!(NewPassword::parse(&"a".repeat(16), 16).is_ok());
        assert_eq!(NewPassword::parse(&"a".repeat(17), 16), Err(Reason::PasswordLength));
    }

    #[test]
    fn controls_are_refused_and_spaces_are_not() {
        for text in ["pass\0word", "password\n", "\u{7f}password", "pass\u{85}word"] {
            assert_eq!(NewPassword::parse(text, 128), Err(Reason::Malformed));
            assert!(GivenPassword::new(text).as_str().is_none());
        }
        assert!(NewPassword::parse("        ", 128).is_ok());
    }

    #[test]
    fn a_given_password_may_be_short_and_is_kept_to_the_letter() {
        assert_eq!(GivenPassword::new(" x ").as_str(), Some(" x "));
        assert_eq!(GivenPassword::new("e\u{301}").as_str(), Some("é"));
        assert!(GivenPassword::new(&"a".repeat(128)).as_str().is_some());
        assert!(GivenPassword::new(&"a".repeat(129)).as_str().is_none());
        assert!(GivenPassword::new(&"a".repeat(1 << 20)).as_str().is_none());
    }

    #[test]
    fn the_same_password_is_equal_however_it_is_composed() {
        let [first, same, other] =
            ["e\u{301}", "é", "e"].map(|unit| NewPassword::parse(&unit.repeat(8), 128).unwrap());
        assert_eq!(first, same);
        assert_ne!(same, other);
    }

    #[test]
    fn no_password_shows_in_debug_output() {
        let new = NewPassword::parse("hunter42hunter42", 128).unwrap();
        assert_eq!(format!("{new:?}"), "NewPassword(..)");
        let given = GivenPassword::new("hunter42hunter42");
        assert_eq!(format!("{given:?}"), "GivenPassword(..)");
    }
}
