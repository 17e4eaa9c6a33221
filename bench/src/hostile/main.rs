//! A crowd that wants others to be written to, and somebody to pay for it: hostile requests for
//! mails and text messages, spread over two days on a clock of their own.
//!
//! `cargo run -p bench --bin hostile` needs no running server. It ends with exit code 1 if more was
//! sent than the budgets allow, or a request was answered with a failure of the server's.

mod attack;
mod ledger;
mod target;

use std::process::ExitCode;

use anyhow::Result;
use bench::exit_code;
use clap::Parser;
use futures::future::join_all;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{attack::Attack, ledger::Ledger, target::Target};

/// How many requests come at the same moment.
const BURST: u32 = 25;

/// How long the attack takes, in seconds.
const DURATION: i64 = 2 * 24 * 60 * 60;

/// Asks for mails and text messages as someone would who means harm, and counts what is sent.
#[derive(Debug, Parser)]
#[command(name = "hostile", version)]
struct Arguments {
    /// How many requests to send
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).await)
}

/// Whether all budgets held.
async fn run(arguments: &Arguments) -> Result<bool> {
    let target = Target::start().await?;
    let style = "{elapsed} {wide_bar} {pos}/{len} requests, {eta} left";
    let bar = ProgressBar::new(u64::from(arguments.requests));
    bar.set_style(ProgressStyle::with_template(style)?);
    let bursts = arguments.requests.div_ceil(BURST);
    let (mut ledger, mut left) = (Ledger::default(), arguments.requests);
    for _ in 0..bursts {
        let size = BURST.min(left);
        left -= size;
        let attacks: Vec<_> = (0..size).map(|_| Attack::random()).collect::<Result<_>>()?;
        let replies = join_all(attacks.iter().map(|attack| target.ask(attack))).await;
        for (attack, reply) in attacks.iter().zip(replies) {
            ledger.answered(attack, &reply?, target.now());
        }
        for message in target.drain() {
            ledger.sent(&message, target.now());
        }
        target.wait(attack::pause(DURATION / i64::from(bursts))?);
        bar.inc(u64::from(size));
    }
    bar.finish_and_clear();
    println!("{}", ledger.report());
    Ok(ledger.holds())
}
