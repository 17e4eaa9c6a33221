//! The directory against an abstract model of it, over all doors: random sequences of requests, each
//! of whose replies the model has to tell in advance.
//!
//! `cargo test` runs a short one, always the same. More of them, and others:
//!
//! ```console
//! $ MODEL_SEQUENCES=10000 MODEL_SEED=1 cargo test -p tests --test it model:: -- --nocapture
//! ```

mod budget;
mod closing;
mod names;
mod rules;
mod run;
mod state;
mod step;
mod wire;
mod wording;

use std::{
    cell::RefCell,
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use tokio::runtime::{Builder, Runtime};

use run::{Divergence, Product, Run, Tally};
use step::{Step, first, step};

use crate::support::size;

/// How many sequences are run unless the environment says otherwise.
const SEQUENCES: u32 = 32;

/// How many sequences use one product, one after the other: not too many, for what they leave in the
/// table of tokens grows.
const SHARE: u32 = 16;

/// How many steps a sequence has.
const STEPS: std::ops::RangeInclusive<usize> = 20..=60;

/// What the replies have to have been at least once, or the sequences have missed something.
const OUTCOMES: [&str; 13] = [
    "done",
    "Unknown",
    "PasswordWrong",
    "Banned",
    "EmailTaken",
    "UsernameTaken",
    "PhoneTaken",
    "NotSignedIn",
    "SentTooOften",
    "CodeWrong",
    "LinkInvalid",
    "TenantUnauthenticated",
    "TooMany",
];

/// Sequences that are run one after the other.
struct Worker {
    runtime: Runtime,
    product: RefCell<Option<Product>>,
    tally: RefCell<Tally>,
    /// How many sequences were begun.
    begun: RefCell<u32>,
}

impl Worker {
    fn new() -> Self {
        Self {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            product: RefCell::default(),
            tally: RefCell::default(),
            begun: RefCell::default(),
        }
    }

    /// Runs one sequence.
    fn run(&self, steps: &[Step]) -> Result<(), Divergence> {
        let sequence = self.begun.replace_with(|begun| *begun + 1);
        let product = self.product.take();
        self.runtime.block_on(async {
            let product = match product {
                Some(product) => product,
                None => Product::start().await,
            };
            let mut run = Run::new(&product, sequence);
            for (number, step) in (1..).zip(steps) {
                run.step(step).await.map_err(|it| format!("at step {number}, {it}"))?;
            }
            run.close().await?;
            let tally = Tally { sequences: 1, ..run.tally };
            self.tally.borrow_mut().add(tally);
            // After a divergence it would not be as the next sequence expects it.
            self.product.replace(Some(product));
            Ok(())
        })
    }
}

/// Parts of all sequences, each with a seed of its own, so that the sequences are the same however
/// many processors share them.
fn shares(sequences: u32, seed: u32) -> Vec<(u32, [u8; 32])> {
    let count = sequences.div_ceil(SHARE);
    let seed_of = |share: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_be_bytes());
        bytes[4..8].copy_from_slice(&share.to_be_bytes());
        bytes
    };
    (0..count).map(|share| (SHARE.min(sequences - share * SHARE), seed_of(share))).collect()
}

fn sequence() -> impl Strategy<Value = Vec<Step>> {
    let steps = (first(), vec(step(), STEPS));
    steps.prop_map(|(first, rest)| [Vec::from([first]), rest].concat())
}

/// Runs so many sequences, which the seed decides.
fn run_share(sequences: u32, seed: [u8; 32]) -> Result<Tally, String> {
    let config = Config { cases: sequences, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let worker = Worker::new();
    let outcome = TestRunner::new_with_rng(config, rng)
        .run(&sequence(), |steps| worker.run(&steps).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => Ok(worker.tally.into_inner()),
        Err(TestError::Abort(reason)) => Err(reason.to_string()),
        Err(TestError::Fail(reason, steps)) => {
            let mut told = format!("{reason}\n");
            for (number, step) in (1..).zip(steps) {
                writeln!(told, "{number:>4}. {step:?}").unwrap();
            }
            Err(told)
        }
    }
}

fn report(tally: &Tally, seed: u32, took: Duration) -> String {
    let mut report = format!(
        "{} sequences of seed {seed}, {} steps, 0 divergences, {} s\n",
        tally.sequences,
        tally.steps(),
        took.as_secs(),
    );
    let [live, dead] = tally.credentials;
    writeln!(report, "afterwards {live} credentials were live, and {dead} dead").unwrap();
    let outcomes = tally.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count));
    let tables: [(&str, Vec<(&str, u32)>); 3] = [
        ("steps", tally.kinds.iter().map(|(kind, count)| (*kind, *count)).collect()),
        ("sign-ups and sign-ins", tally.doors.iter().map(|(it, count)| (*it, *count)).collect()),
        ("outcomes", outcomes.collect()),
    ];
    for (title, rows) in tables {
        writeln!(report, "{title}:").unwrap();
        rows.iter().for_each(|(name, count)| writeln!(report, "{count:>9}  {name}").unwrap());
    }
    report
}

#[test]
fn every_reply_is_the_one_that_the_model_tells() {
    let sequences = size("MODEL_SEQUENCES", SEQUENCES);
    let seed = size("MODEL_SEED", 0);
    let started = Instant::now();
    let shares = shares(sequences, seed);
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let tallies = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            while let Some((share, seed)) = shares.get(next.fetch_add(1, Ordering::SeqCst)) {
                done.push(run_share(*share, *seed));
            }
            done
        };
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    let mut tally = Tally::default();
    for one in tallies {
        match one {
            Ok(one) => tally.add(one),
            Err(divergence) => panic!("seed {seed}: {divergence}"),
        }
    }
    println!("{}", report(&tally, seed, started.elapsed()));
    assert_eq!(tally.sequences, sequences);
    if sequences >= SEQUENCES {
        let outcomes: Vec<_> = tally.outcomes.keys().collect();
        assert!(
            OUTCOMES.iter().all(|outcome| tally.outcomes.contains_key(*outcome)),
            "{outcomes:?}"
        );
        assert_eq!((tally.kinds.len(), tally.doors.len()), (15, 8));
        assert!(tally.credentials.iter().all(|count| *count > 0));
    }
}
