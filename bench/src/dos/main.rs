//! What a flood does to those who are signed in, and to the memory of the server.
//!
//! `cargo run --release -p bench --bin dos` needs no running server: it starts one, as `cargo run`
//! does, in a process of its own. It ends with exit code 1 if the server took more memory than its
//! settings say, if others waited much longer than beside a crowd that costs no hash, or for another
//! account than the one that is hammered, or if a body that is too large or malformed cost a hash.

mod attack;
mod bystander;
mod client;
mod oversized;
mod server;
mod times;
mod verdict;

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::Result;
use bench::exit_code;
use clap::{Parser, Subcommand};

use crate::{
    attack::{Attack, Tally},
    bystander::Bystander,
    client::Client,
    server::Server,
    times::Times,
    verdict::{Memory, Report},
};

/// How much more requests are under way than hashes can be computed at once.
const TIMES_CONCURRENCY: u32 = 10;

/// Floods a server of its own, and measures what others notice.
#[derive(Debug, Parser)]
#[command(name = "dos", version)]
struct Arguments {
    /// How long each part takes, in seconds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(3..=600))]
    seconds: u64,
    /// Measure so briefly that it takes about a minute
    #[arg(long, conflicts_with = "seconds")]
    short: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// The server that is flooded
    #[command(hide = true)]
    Serve,
}

/// How long each part of a short run takes, in seconds.
const SHORT: u64 = 12;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    exit_code(match arguments.part {
        Some(Part::Serve) => server::serve().await.map(|()| true),
        None => run(&arguments).await,
    })
}

/// Whether nothing took more than it may.
async fn run(arguments: &Arguments) -> Result<bool> {
    let seconds = if arguments.short { SHORT } else { arguments.seconds };
    let lasts = Duration::from_secs(seconds);
    let server = Server::start().await?;
    let client = Client::new(&server.url);
    // Everything that is loaded but once, before there was any hash.
    bystander::look_around(&client).await?;
    let rest_kib = server.peak_kib()?;
    let bystander = Bystander::join(&client, "bystander").await?;
    let victim = Bystander::join(&client, "victim").await?;
    bystander.watch(Duration::from_secs(1)).await?;

    let alone = bystander.watch(lasts).await?;
    let crowd = TIMES_CONCURRENCY * server.hash_concurrency;
    let (during, flood) = beside(&client, Attack::Flood, crowd, bystander.watch(lasts)).await?;
    // On a machine of few processors those who attack, and the database, slow others down as well.
    let every = lasts * crowd / u32::try_from(flood.sent().max(1))?;
    let attack = Attack::Crowd { every };
    let (before, harmless) = beside(&client, attack, crowd, bystander.watch(lasts)).await?;

    let undisturbed = bystander.sign_in_for(lasts).await?;
    let attack = Attack::Hammer { email: victim.email.clone() };
    let (beside_hammer, hammer) =
        beside(&client, attack, crowd, bystander.sign_in_for(lasts)).await?;

    let memory = Memory {
        rest_kib,
        peak_kib: server.peak_kib()?,
        hashes_at_once: server.hash_concurrency,
        hash_kib: server.hash_kib,
        requests: [&alone, &before, &during, &undisturbed, &beside_hammer]
            .iter()
            .map(|times| times.len() as u64)
            .chain([&flood, &harmless, &hammer].map(Tally::sent))
            .sum(),
    };
    server.stop().await?;
    let oversized = oversized::measure().await?;
    let sign_ins = (undisturbed, beside_hammer);
    let report = Report {
        seconds,
        crowd,
        memory,
        alone,
        checks: (before, during),
        harmless,
        flood,
        sign_ins,
        hammer,
        oversized,
    };
    println!("{report}");
    Ok(report.holds())
}

/// Has others attack for as long as `watched` takes.
async fn beside(
    client: &Client,
    attack: Attack,
    crowd: u32,
    watched: impl Future<Output = Result<Times>>,
) -> Result<(Times, Tally)> {
    let over = AtomicBool::new(false);
    let watched = async {
        // Until the attackers are all there.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let times = watched.await;
        over.store(true, Ordering::Relaxed);
        times
    };
    let (times, tally) = futures::join!(watched, attack.run(client, crowd, &over));
    Ok((times?, tally))
}
