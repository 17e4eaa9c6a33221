//! Passwords and their hashes. Nothing here computes a hash that takes any time.

use std::num::NonZeroU32;

use argon2::{Params, password_hash::phc};
use shared::{
    config::HashingConfig,
    error::{Error, Reason},
    password::{
        GivenPassword, Hasher, MAX_CHARACTERS, MIN_CHARACTERS, NewPassword, PasswordHash, Verdict,
        is_common, is_too_easy,
    },
};
use unicode_normalization::UnicodeNormalization as _;

use crate::{text, world};

/// A password is the same however it is typed, and one that is accepted can be given.
pub(crate) fn password(data: &[u8]) {
    let given = text(data);
    let parsed = NewPassword::parse(&given, MAX_CHARACTERS);
    let has_control = given.chars().any(char::is_control);
    assert_eq!(parsed == Err(Reason::Malformed), has_control, "{given:?}");
    let possible = GivenPassword::new(&given).is_possible();
    assert!(!(possible && has_control), "{given:?}");
    let length = given.nfc().count();
    assert_eq!(parsed.is_ok(), possible && length >= MIN_CHARACTERS, "{given:?}");
    assert!(!possible || length <= MAX_CHARACTERS, "{given:?}");
    let short = NewPassword::parse(&given, 16);
    assert_eq!(short.is_ok(), parsed.is_ok() && length <= 16, "{given:?}");

    let Ok(password) = parsed else { return };
    for typed in [given.nfc().collect::<String>(), given.nfd().collect()] {
        let again = NewPassword::parse(&typed, MAX_CHARACTERS);
        // Taken apart, it may be too long for a look.
        assert!(again == Ok(password.clone()) || typed.len() > given.len(), "{given:?}");
    }
    assert_eq!(format!("{password:?}"), "NewPassword(..)");
    if is_common(&password) {
        assert!(is_too_easy(&password, &[]), "{given:?} is common and not easy");
    }
    assert!(is_too_easy(&password, &[&given.nfc().collect::<String>()]), "{given:?}");
}

/// So little that a hash takes no time.
const CHEAP_KIB: u32 = 16;

/// A stored hash that cannot be read is an outage, never a wrong password; and none that can be read
/// has the password that is given here.
pub(crate) fn phc(data: &[u8]) {
    let given = text(data);
    let parsed = phc::PasswordHash::new(&given);
    if let Ok(hash) = &parsed {
        // What it asks for is what is done: a hash that takes long is not compared here.
        let params = Params::try_from(hash);
        let cheap = |params: Params| {
            params.m_cost() <= CHEAP_KIB && params.t_cost() <= 2 && params.p_cost() <= 2
        };
        if !params.is_ok_and(cheap) {
            return;
        }
    }
    let concurrency = NonZeroU32::MIN;
    let hashing = HashingConfig { memory_kib: 8, passes: 1, concurrency };
    let hasher = Hasher::new(hashing).unwrap();
    let stored = PasswordHash::from_phc(given.clone());
    assert_eq!(stored.as_phc(), given);
    assert_eq!(format!("{stored:?}"), "PasswordHash(..)");
    let password = GivenPassword::new("none has this one");
    match world::wait_for(hasher.verify(&password, Some(&stored))) {
        Ok(Verdict::Wrong) => assert!(parsed.is_ok(), "{given:?} is no hash"),
        Ok(Verdict::Right { .. }) => panic!("{given:?} is the hash of anything"),
        Err(Error::Unavailable(outage)) => {
            let said = outage.to_string();
            // What is shorter may be words of the outage.
            assert!(given.len() < 40 || !said.contains(&*given), "{said} quotes the hash");
        }
        Err(error) => panic!("{error}"),
    }
}
