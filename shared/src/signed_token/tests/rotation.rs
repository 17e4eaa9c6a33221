//! How one key follows another, to the second.

use super::{DAY, NOW, keys, kid, numbers};
use crate::{
    clock::Seconds,
    signed_token::{HEAD_START, KeyRefusal, SigningKey, SigningKeys},
};

const LIFETIME: Seconds = 14 * DAY;

fn key(number: usize, created: Seconds, signs_from: Seconds) -> SigningKey {
    let SigningKeys(mut keys) = keys(&[(number, created, signs_from)]);
    keys.pop().unwrap()
}

fn signing(keys: &SigningKeys, now: Seconds) -> Option<&str> {
    keys.signing(now).map(SigningKey::kid)
}

#[test]
fn the_newest_signs_of_those_that_have_begun() {
    let two = keys(&[(0, NOW, NOW), (1, NOW + 5, NOW + 9)]);
    assert_eq!(signing(&two, NOW - 1), None);
    assert_eq!(signing(&two, NOW), Some(kid(0)));
    assert_eq!(signing(&two, NOW + 8), Some(kid(0)));
    assert_eq!(signing(&two, NOW + 9), Some(kid(1)));
    // The newest, and not the one that begins last; in whatever order they are written.
    let two = keys(&[(1, NOW + 5, NOW + 6), (0, NOW, NOW + 9)]);
    assert_eq!(numbers(&two), [0, 1]);
    assert_eq!(signing(&two, NOW + 9), Some(kid(1)));
    assert_eq!(signing(&SigningKeys::default(), NOW), None);
}

#[test]
fn the_first_key_signs_at_once() {
    let mut none = SigningKeys::default();
    assert!(none.rotate(key(0, NOW, NOW), NOW, LIFETIME, false).unwrap().is_empty());
    assert_eq!(signing(&none, NOW), Some(kid(0)));
    let first = SigningKeys::generate(NOW).unwrap();
    assert!(first.signing(NOW - 1).is_none());
    let key = first.signing(NOW).unwrap();
    assert_eq!((key.created(), key.signs_from()), (NOW, NOW));
}

#[test]
fn a_second_key_is_published_before_it_signs() {
    let mut two = keys(&[(0, NOW - DAY, NOW - DAY)]);
    let new = key(1, NOW, NOW + HEAD_START);
    assert!(two.rotate(new, NOW, LIFETIME, false).unwrap().is_empty());
    assert_eq!(numbers(&two), [0, 1]);
    assert_eq!(two.jwks()["keys"].as_array().unwrap().len(), 2);
    assert_eq!(signing(&two, NOW + HEAD_START - 1), Some(kid(0)));
    assert_eq!(signing(&two, NOW + HEAD_START), Some(kid(1)));
}

#[test]
fn a_third_key_waits_until_nothing_lives_that_the_first_has_signed() {
    let began = NOW;
    let two = || keys(&[(0, NOW - DAY, NOW - DAY), (1, NOW - HEAD_START, began)]);
    let until = began + LIFETIME + 1;
    assert_eq!(two().rotatable_from(LIFETIME), Some(until));
    for now in [began - 1, began, began + LIFETIME - 1, began + LIFETIME] {
        let mut keys = two();
        let new = key(2, now, now + HEAD_START);
        let refusal = keys.rotate(new, now, LIFETIME, false).unwrap_err();
        assert_eq!(refusal, KeyRefusal::StillNeeded { until });
        assert_eq!(numbers(&keys), [0, 1]);
    }
    let mut keys = two();
    let new = key(2, until, until + HEAD_START);
    let taken = keys.rotate(new, until, LIFETIME, false).unwrap();
    assert_eq!(taken.iter().map(SigningKey::kid).collect::<Vec<_>>(), [kid(0)]);
    assert_eq!(numbers(&keys), [1, 2]);
    assert_eq!(signing(&keys, until), Some(kid(1)));
}

#[test]
fn by_force_the_oldest_goes_at_once() {
    let mut two = keys(&[(0, NOW - DAY, NOW - DAY), (1, NOW - HEAD_START, NOW)]);
    let taken = two.rotate(key(2, NOW, NOW + HEAD_START), NOW, LIFETIME, true).unwrap();
    assert_eq!(taken.iter().map(SigningKey::kid).collect::<Vec<_>>(), [kid(0)]);
    assert_eq!(numbers(&two), [1, 2]);
    // A single key is in nobody's way.
    let mut one = keys(&[(0, NOW - DAY, NOW - DAY)]);
    assert!(one.rotate(key(1, NOW, NOW), NOW, LIFETIME, true).unwrap().is_empty());
    assert_eq!(numbers(&one), [0, 1]);
}

#[test]
fn not_even_by_force_nobody_is_left_to_sign() {
    let mut two = keys(&[(0, NOW - DAY, NOW - DAY), (1, NOW, NOW + 1)]);
    let refusal = two.rotate(key(2, NOW, NOW + HEAD_START), NOW, LIFETIME, true).unwrap_err();
    assert_eq!(refusal, KeyRefusal::NoneSigns);
    assert_eq!(numbers(&two), [0, 1]);
    two.rotate(key(2, NOW, NOW), NOW, LIFETIME, true).unwrap();
    assert_eq!(signing(&two, NOW), Some(kid(2)));
    let refusal =
        SigningKeys::default().rotate(key(0, NOW, NOW + 1), NOW, LIFETIME, false).unwrap_err();
    assert_eq!(refusal, KeyRefusal::NoneSigns);
}

#[test]
fn a_key_is_retired_unless_nobody_would_be_left_to_sign() {
    let two = || keys(&[(0, NOW - DAY, NOW - DAY), (1, NOW - HEAD_START, NOW)]);
    for (number, left) in [(0, 1), (1, 0)] {
        let mut keys = two();
        assert_eq!(keys.retire(kid(number), NOW).unwrap().kid(), kid(number));
        assert_eq!(numbers(&keys), [left]);
        assert_eq!(keys.retire(kid(number), NOW).unwrap_err(), KeyRefusal::Unknown);
        assert_eq!(keys.retire(kid(left), NOW).unwrap_err(), KeyRefusal::NoneSigns);
        assert_eq!(numbers(&keys), [left]);
    }
    // The other one does not sign yet.
    let mut keys = two();
    assert_eq!(keys.retire(kid(0), NOW - 1).unwrap_err(), KeyRefusal::NoneSigns);
    assert_eq!(numbers(&keys), [0, 1]);
    keys.retire(kid(1), NOW - 1).unwrap();
    assert_eq!(numbers(&keys), [0]);
}
