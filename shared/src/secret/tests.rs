use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::Instant;

use super::{
    FromSecret, Secret,
    stand_in::{Answer, ID, StandIn},
};
use crate::{
    clock::{Clock, Seconds},
    error::Outage,
};

const MAX_AGE: Seconds = 3600;

/// Refused for good, so that the SDK does not try again.
const REFUSAL: Answer = Answer::Refusal(400, "DecryptionFailure");

/// A secret that begins with `v`.
#[derive(Debug, PartialEq, Eq)]
struct Text(String);

impl FromSecret for Text {
    fn from_secret(text: &str) -> Result<Self, Outage> {
        let text = text.strip_prefix('v').ok_or_else(|| Outage::new("unreadable"))?;
        Ok(Self(text.to_owned()))
    }
}

fn value(text: &str) -> Answer {
    Answer::Value(text.to_owned())
}

fn secret(manager: &StandIn) -> (Secret<Text>, Clock) {
    let clock = Clock::fixed(1_000_000);
    (Secret::new(manager.client(), ID, MAX_AGE, clock.clone()), clock)
}

async fn get(secret: &Secret<Text>) -> Result<String, String> {
    shown(secret.get().await)
}

async fn get_anew(secret: &Secret<Text>) -> Result<String, String> {
    shown(secret.get_anew().await)
}

fn shown(value: Result<Arc<Text>, Outage>) -> Result<String, String> {
    value.map(|value| value.0.clone()).map_err(|outage| outage.to_string())
}

/// Waits for the others to have asked so often.
async fn asked(manager: &StandIn, requests: usize) {
    for _ in 0..1000 {
        if manager.requests() == requests {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} requests", manager.requests());
}

fn ok(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

#[tokio::test]
async fn it_is_read_once_in_five_minutes() {
    let manager = StandIn::new(value("v1"));
    let (secret, clock) = secret(&manager);
    assert_eq!(manager.requests(), 0);
    for wait in [0, 299] {
        clock.advance(wait);
        assert_eq!(get(&secret).await, ok("1"));
        assert_eq!(manager.requests(), 1);
        manager.answers(value("v2"));
    }
    clock.advance(1);
    assert_eq!(get(&secret.clone()).await, ok("2"));
    assert_eq!(manager.requests(), 2);
    clock.advance(299);
    assert_eq!(get(&secret).await, ok("2"));
    assert_eq!(manager.requests(), 2);
}

#[tokio::test]
async fn with_nothing_kept_a_failure_is_an_outage_at_once() {
    let manager = StandIn::new(REFUSAL);
    let (secret, clock) = secret(&manager);
    assert_eq!(get(&secret).await, Err("GetSecretValue: DecryptionFailure".to_owned()));
    assert_eq!(manager.requests(), 1);
    manager.answers(value("v1"));
    let outage = Err("GetSecretValue: failed a moment ago".to_owned());
    assert_eq!(get(&secret).await, outage);
    assert_eq!(get_anew(&secret).await, outage);
    assert_eq!(manager.requests(), 1);
    // So long those who were told of the outage were told to wait.
    clock.advance(1);
    assert_eq!(get(&secret).await, ok("1"));
    assert_eq!(manager.requests(), 2);
}

#[tokio::test]
async fn what_is_kept_bridges_a_failure_until_it_is_too_old() {
    let manager = StandIn::new(value("v1"));
    let (secret, clock) = secret(&manager);
    assert_eq!(get(&secret).await, ok("1"));
    manager.answers(REFUSAL);
    clock.advance(300);
    assert_eq!(get(&secret).await, ok("1"));
    assert_eq!(manager.requests(), 2);
    clock.advance(MAX_AGE - 300 - 1);
    assert_eq!(get(&secret).await, ok("1"));
    assert_eq!(get_anew(&secret).await, ok("1"));
    assert_eq!(manager.requests(), 3);
    for _ in 0..2 {
        clock.advance(1);
        assert_eq!(get(&secret).await, Err("GetSecretValue: DecryptionFailure".to_owned()));
        let outage = Err("GetSecretValue: failed a moment ago".to_owned());
        assert_eq!(get(&secret).await, outage);
        assert_eq!(get_anew(&secret).await, outage);
    }
    clock.advance(1);
    manager.answers(value("v2"));
    assert_eq!(get(&secret).await, ok("2"));
}

#[tokio::test]
async fn after_a_failure_nobody_asks_for_half_a_minute() {
    let manager = StandIn::new(value("v1"));
    let (secret, clock) = secret(&manager);
    assert_eq!(get(&secret).await, ok("1"));
    manager.answers(REFUSAL);
    clock.advance(300);
    for (wait, requests) in [(0, 2), (29, 2), (1, 3), (29, 3)] {
        clock.advance(wait);
        assert_eq!(get(&secret).await, ok("1"));
        assert_eq!(get_anew(&secret).await, ok("1"));
        assert_eq!(manager.requests(), requests);
    }
    manager.answers(value("v2"));
    clock.advance(1);
    assert_eq!(get(&secret).await, ok("2"));
    // A failure of before the success counts no more.
    clock.advance(300);
    manager.answers(value("v3"));
    assert_eq!(get(&secret).await, ok("3"));
}

#[tokio::test]
async fn what_cannot_be_read_counts_as_a_failure_and_is_not_quoted() {
    let manager = StandIn::new(value("hunter2"));
    let (secret, clock) = secret(&manager);
    assert_eq!(get(&secret).await, Err("unreadable".to_owned()));
    assert_eq!(get(&secret).await, Err("GetSecretValue: failed a moment ago".to_owned()));
    clock.advance(1);
    manager.answers(value("v1"));
    assert_eq!(get(&secret).await, ok("1"));
    manager.answers(value("hunter2"));
    clock.advance(300);
    for _ in 0..2 {
        assert_eq!(get(&secret).await, ok("1"));
        assert_eq!(manager.requests(), 3);
    }
    assert_eq!(format!("{secret:?}"), "Secret(..)");
}

#[tokio::test]
async fn what_lacks_something_is_read_anew_but_not_again_and_again() {
    let manager = StandIn::new(value("v1"));
    let (secret, clock) = secret(&manager);
    assert_eq!(get_anew(&secret).await, ok("1"));
    manager.answers(value("v2"));
    for (wait, expected, requests) in [(0, "1", 1), (29, "1", 1), (1, "2", 2), (29, "2", 2)] {
        clock.advance(wait);
        assert_eq!(get_anew(&secret).await, ok(expected));
        assert_eq!(get(&secret).await, ok(expected));
        assert_eq!(manager.requests(), requests);
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_fresh() {
    let manager = StandIn::new(value("v1"));
    let (secret, clock) = secret(&manager);
    assert_eq!(get(&secret).await, ok("1"));
    clock.advance(-86_400);
    manager.answers(REFUSAL);
    assert_eq!(get(&secret).await, ok("1"));
    clock.advance(-86_400);
    manager.answers(value("v2"));
    assert_eq!(get(&secret).await, ok("2"));
    assert_eq!(manager.requests(), 3);
}

#[tokio::test]
async fn those_who_come_first_together_ask_once() {
    for (answer, expected) in [
        (value("v1"), [ok("1"), ok("1"), ok("1")]),
        (REFUSAL, {
            let later = Err("GetSecretValue: failed a moment ago".to_owned());
            [Err("GetSecretValue: DecryptionFailure".to_owned()), later.clone(), later]
        }),
    ] {
        let manager = StandIn::closed(answer);
        let (secret, _) = secret(&manager);
        let open = async {
            asked(&manager, 1).await;
            manager.open(3);
        };
        let (values, ()) = tokio::join!(join_all([get(&secret), get(&secret), get(&secret)]), open);
        assert_eq!(values, expected);
        assert_eq!(manager.requests(), 1);
    }
}

#[tokio::test]
async fn while_one_refreshes_the_others_go_on_with_what_is_kept() {
    let manager = StandIn::closed(value("v1"));
    let (secret, clock) = secret(&manager);
    manager.open(1);
    assert_eq!(get(&secret).await, ok("1"));
    manager.answers(value("v2"));
    clock.advance(300);
    let refreshing = tokio::spawn({
        let secret = secret.clone();
        async move { get(&secret).await }
    });
    asked(&manager, 2).await;
    assert_eq!(get(&secret).await, ok("1"));
    // Who needs it anew waits for it, and asks no second time.
    let anew = tokio::spawn({
        let secret = secret.clone();
        async move { get_anew(&secret).await }
    });
    tokio::task::yield_now().await;
    manager.open(2);
    assert_eq!(refreshing.await.unwrap(), ok("2"));
    assert_eq!(anew.await.unwrap(), ok("2"));
    assert_eq!(get(&secret).await, ok("2"));
    assert_eq!(manager.requests(), 2);
}

#[tokio::test]
async fn who_gives_up_leaves_the_turn_to_the_next() {
    let manager = StandIn::closed(value("v1"));
    let (secret, _) = secret(&manager);
    let given_up = tokio::spawn({
        let secret = secret.clone();
        async move { get(&secret).await }
    });
    asked(&manager, 1).await;
    given_up.abort();
    assert!(given_up.await.is_err());
    manager.open(1);
    assert_eq!(get(&secret).await, ok("1"));
}

#[tokio::test(start_paused = true)]
async fn an_outage_names_what_failed_and_is_found_out_in_seconds() {
    for (answer, attempts, expected, at_most) in [
        (REFUSAL, 1, "DecryptionFailure", 0),
        (Answer::Refusal(400, "ResourceNotFoundException"), 1, "ResourceNotFoundException", 0),
        (Answer::Refusal(400, "AccessDeniedException"), 1, "AccessDeniedException", 0),
        (Answer::Refusal(500, "InternalServiceError"), 3, "InternalServiceError", 2),
        (Answer::Reset, 3, "no connection", 2),
        (Answer::Silence, 2, "timed out", 4),
    ] {
        let manager = StandIn::new(answer.clone());
        let (secret, _) = secret(&manager);
        let begun = Instant::now();
        let outage = format!("GetSecretValue: {expected}");
        assert_eq!(get(&secret).await, Err(outage), "{answer:?}");
        assert_eq!(manager.requests(), attempts, "{answer:?}");
        let taken = begun.elapsed();
        assert!(taken <= Duration::from_secs(at_most), "{answer:?}: {taken:?}");
    }
}
