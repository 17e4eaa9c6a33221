//! A crowd of clients: each keeps accounts of its own, uses all contracts, and knows what every
//! reply must be.
//!
//! `cargo run --release -p bench --bin load` asks a local server that is already running. It ends
//! with exit code 1 if a reply was another one than the contract says, was a failure of the
//! server's, or did not come.

mod account;
mod client;
mod contract;
mod exchange;
mod mix;
mod random;
mod tally;
mod worker;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bench::exit_code;
use clap::Parser;
use http::Uri;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::{
    client::{Answer, Client},
    contract::users,
    random::Random,
    tally::Tally,
    worker::{NOBODY, Worker},
};

/// Asks a running server for everything that its contracts offer, and checks each reply.
///
/// The server has to let one machine be a crowd, as the local one does.
#[derive(Debug, Parser)]
#[command(name = "load", version)]
struct Arguments {
    /// Where the API listens
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: Uri,
    /// How many requests to send
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// How many clients there are, each with one request at a time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u8).range(1..))]
    concurrency: u8,
    /// How long a client waits between its requests, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    think: u64,
}

/// What the clients share: the requests still to be sent, and the bar that shows them.
#[derive(Debug)]
struct Budget {
    left: AtomicU64,
    bar: ProgressBar,
}

impl Budget {
    fn new(requests: u64) -> Result<Self> {
        let style = "{elapsed} {wide_bar} {pos}/{len} requests, {per_sec}, {eta} left";
        let bar = ProgressBar::new(requests).with_style(ProgressStyle::with_template(style)?);
        Ok(Self { left: AtomicU64::new(requests), bar })
    }

    /// Whether there is another request to send; it counts as sent.
    fn take(&self) -> bool {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        self.bar.inc(u64::from(left.is_ok()));
        left.is_ok()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).await)
}

/// Whether every reply was as it must be.
async fn run(arguments: &Arguments) -> Result<bool> {
    let client = Client::new(&arguments.url);
    greet(&client, &arguments.url).await?;

    let run = getrandom::u32()?;
    let budget = Arc::new(Budget::new(arguments.requests)?);
    let think = Duration::from_millis(arguments.think);
    let started = Instant::now();
    let mut crowd = JoinSet::new();
    for number in 0..arguments.concurrency {
        let worker = Worker::new(client.clone(), Random::new(run, number), think);
        let budget = Arc::clone(&budget);
        crowd.spawn(worker.work(move || budget.take()));
    }
    let mut tally = Tally::default();
    while let Some(worked) = crowd.join_next().await {
        tally.add(worked?);
    }
    budget.bar.finish_and_clear();
    println!("{}", tally.report(started.elapsed()));
    Ok(tally.is_clean())
}

/// Asks once, so that a server that is not there is told from one that fails.
async fn greet(client: &Client, url: &Uri) -> Result<()> {
    let unknown = users::show_unknown(NOBODY);
    let Answer::Replied(reply) = client.send(&unknown).await else {
        anyhow::bail!("nobody answers on {url}; start the server with `cargo run`");
    };
    ensure!(unknown.verify(&reply).is_ok(), "what answers on {url} is not Atrium: {reply}");
    Ok(())
}
