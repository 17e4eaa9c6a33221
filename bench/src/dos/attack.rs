//! Those who mean harm.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::client::Client;

/// How long those who hammer one account wait before they try again: they are stopped before there
/// is a hash, so that without a pause it would be their own program that takes the processor.
const PAUSE: Duration = Duration::from_millis(100);

/// What they do.
#[derive(Clone, Debug)]
pub(crate) enum Attack {
    /// A password for somebody new each time, at one door after the other.
    Flood,
    /// The same with passwords that nobody can have, each attacker as often: the same calls of the
    /// database, and no hash. What others notice of this is no matter of hashes.
    Crowd { every: Duration },
    /// Passwords for one account.
    Hammer { email: String },
}

/// How often each status was answered, or nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(pub(crate) BTreeMap<u16, u64>);

impl Tally {
    pub(crate) fn sent(&self) -> u64 {
        self.0.values().sum()
    }

    /// Replies by which the server gave up, or none at all.
    pub(crate) fn failures(&self) -> u64 {
        let failures = self.0.iter().filter(|(status, _)| **status == 0 || **status >= 500);
        failures.map(|(_, count)| count).sum()
    }

    pub(crate) fn of(&self, status: u16) -> u64 {
        self.0.get(&status).copied().unwrap_or_default()
    }
}

impl Attack {
    /// Has so many attack at once, each again as soon as there is a reply or at the attack's own
    /// pace, until it is over.
    pub(crate) async fn run(&self, client: &Client, crowd: u32, over: &AtomicBool) -> Tally {
        let next = AtomicU64::new(0);
        let attackers = (0..crowd).map(async |place| {
            let mut tally = Tally::default();
            let mut pace = self.pace(place, crowd);
            while !over.load(Ordering::Relaxed) {
                let (path, body) = self.request(next.fetch_add(1, Ordering::Relaxed));
                let reply = client.post(path, &body).await;
                let status = reply.map_or(0, |reply| reply.status.as_u16());
                *tally.0.entry(status).or_default() += 1;
                if let Some(pace) = &mut pace {
                    pace.tick().await;
                }
            }
            tally
        });
        let mut all = Tally::default();
        for tally in join_all(attackers).await {
            for (status, count) in tally.0 {
                *all.0.entry(status).or_default() += count;
            }
        }
        all
    }

    /// When one of them goes on, unless it is at once. They do not go on together.
    fn pace(&self, place: u32, crowd: u32) -> Option<Interval> {
        let every = match self {
            Self::Flood => return None,
            Self::Crowd { every } => *every,
            Self::Hammer { .. } => PAUSE,
        };
        let mut pace = interval_at(Instant::now() + every * place / crowd, every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Some(pace)
    }

    fn request(&self, number: u64) -> (&'static str, Value) {
        let email = match self {
            Self::Flood | Self::Crowd { .. } => format!("nobody.{number}@example.com"),
            Self::Hammer { email } => email.clone(),
        };
        let password = match self {
            Self::Crowd { .. } => "x".repeat(129),
            Self::Flood | Self::Hammer { .. } => format!("guess number {number}"),
        };
        match number % 4 {
            0 => ("/user/signin", json!({ "email": email, "password": password })),
            1 => ("/api/v1/user/login/", json!({ "username": email, "password": password })),
            2 => ("/email/token", json!({ "email": email, "password": password })),
            _ => ("/users/sign_in", json!({ "user": { "email": email, "password": password } })),
        }
    }
}
