//! Which new passwords would be guessed first.

use zxcvbn::{Score, zxcvbn};

use super::NewPassword;

/// A word of an account that makes a password easy only if it is at least this long: a shorter one
/// turns up in good passwords by chance.
const MIN_CONTEXT_CHARACTERS: usize = 4;

/// Within how many guesses a password counts as common (ASVS 5.0, 6.2.4 asks to refuse at least
/// the 3,000 most common ones).
const COMMON_PASSWORDS: u64 = 3_000;

/// Whether a guesser would try the password early: `zxcvbn` scores it below 2, or it contains one
/// of `context`, the words that its account is known by, regardless of case.
#[must_use]
pub fn is_too_easy(password: &NewPassword, context: &[&str]) -> bool {
    let lower = password.as_str().to_lowercase();
    let contains = |word: &&str| {
        word.chars().count() >= MIN_CONTEXT_CHARACTERS && lower.contains(&word.to_lowercase())
    };
    context.iter().any(contains) || zxcvbn(password.as_str(), &[]).score() < Score::Two
}

/// Whether the whole password is one of the most common ones: `zxcvbn`, which ranks the passwords
/// of published leaks, expects a guesser to have found it by then.
#[must_use]
pub fn is_common(password: &NewPassword) -> bool {
    zxcvbn(password.as_str(), &[]).guesses() <= COMMON_PASSWORDS
}

#[cfg(test)]
mod tests {
    use super::{NewPassword, is_common, is_too_easy};

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text, 128).unwrap()
    }

    #[test]
    fn what_zxcvbn_scores_below_two_is_too_easy() {
        for easy in ["password", "12345678", "aaaaaaaaaaaa", "qwertyuiop", "iloveyou1"] {
            assert!(is_too_easy(&password(easy), &[]), "{easy}");
        }
        // The first two score exactly that.
        for good in
            ["blue7sky9", "kitten-912", "correct horse battery", "k9#Lw2!pQz", "多么好的一个密码啊"]
        {
            assert!(!is_too_easy(&password(good), &[]), "{good}");
        }
    }

    #[test]
    fn the_accounts_own_words_make_a_password_too_easy() {
        let good = password("xK9-Margaret-7qPz");
        assert!(is_too_easy(&good, &["margaret"]));
        assert!(is_too_easy(&good, &["", "bob", "MARGARET"]));
        assert!(!is_too_easy(&good, &["mar", ""]));
        assert!(!is_too_easy(&good, &["margarete"]));
        assert!(is_too_easy(&password("xK9-ÉLODIE-7qPz"), &["élodie"]));
    }

    #[test]
    fn the_most_common_passwords_are_known() {
        for common in ["password", "12345678", "baseball", "11111111", "qwertyui", "PASSWORD"] {
            assert!(is_common(&password(common)), "{common}");
        }
        for other in ["test1234x!", "password-and-more", "k9#Lw2!pQz"] {
            assert!(!is_common(&password(other)), "{other}");
        }
    }
}
