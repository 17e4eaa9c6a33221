//! Histories: what many clients were told who asked at the same time is what they could have been
//! told one after the other.
//!
//! `cargo test` runs a few, of the same wishes each time. More of them, and others:
//!
//! ```console
//! $ HISTORIES=2000 MODEL_SEED=1 cargo test -p tests --test it histories:: -- --nocapture
//! ```

mod clients;
mod life;
mod search;

use std::time::Instant;

use proptest::{
    collection::vec,
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::support::{Preparation, TestApp, cheap_hashes, size};
use clients::{Clients, run, wish};
use search::is_linearizable;

/// How many histories are made unless the environment says otherwise.
const HISTORIES: u32 = 20;

/// How many clients there are in each, how many addresses they all ask about, and how often each asks.
const CLIENTS: usize = 8;
const ADDRESSES: usize = 2;
const WISHES: usize = 6;

async fn start() -> TestApp {
    let unguarded = [("LIMIT_GUESSES_PER_ACCOUNT", "1000000000")];
    let preparation = Preparation { config: cheap_hashes, ..Preparation::default() };
    TestApp::prepared(&unguarded, preparation).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_asked_at_once_is_answered_as_if_it_were_asked_in_some_order() {
    let (histories, seed) = (size("HISTORIES", HISTORIES), size("MODEL_SEED", 0u32));
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let wishes = vec(vec((0..ADDRESSES, wish()), WISHES), CLIENTS);

    let (app, started, mut events) = (start().await, Instant::now(), 0);
    for number in 0..histories {
        let about: Vec<_> = (0..ADDRESSES)
            .map(|address| Clients::new(&app, &format!("somebody{address}.{number}@abc.com")))
            .collect();
        run(&app, &about, wishes.new_tree(&mut runner).unwrap().current()).await;
        for clients in about {
            clients.look(&app).await;
            let history = clients.history();
            events += history.len();
            assert!(is_linearizable(&history), "history {number} of seed {seed}: {history:#?}");
        }
    }
    app.audited().await;
    let took = started.elapsed().as_secs();
    println!(
        "{histories} histories of {CLIENTS} clients, {events} events, all linearizable, {took} s"
    );
}
