//! Whether a refused sign-in tells by its time why it was refused: at every door, for people who are
//! there, who are not, and who are in between, with `REPLIES=uniform`.
//!
//! `cargo run --release -p bench --bin timing` needs no running server. Those who ask are mixed at
//! random, and two controls are among them: nobody against nobody, which must not be told apart, and
//! nobody at a product whose decoy costs nothing, which must. It ends with exit code 1 if a state is
//! told apart, or if a control is not as it must be.

mod door;
mod front;
mod person;
mod product;
mod sample;
mod verdict;

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, ensure};
use bench::exit_code;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    door::Door,
    front::Refusal,
    person::{Person, State},
    product::Product,
    sample::{Samples, with_warm_up},
    verdict::Bounds,
};

/// How many refusals of a state are measured, over all doors together, in a run of about a minute.
const SHORT: u32 = 420;

/// Measures refused sign-ins, and tells whether their time tells whom they were for.
#[derive(Debug, Parser)]
#[command(name = "timing", version)]
struct Arguments {
    /// How many refusals of each state to measure, over all doors together
    #[arg(long, default_value_t = 3_500, value_parser = clap::value_parser!(u32).range(70..))]
    samples: u32,
    /// Measure so few that it takes about a minute
    #[arg(long, conflicts_with = "samples")]
    short: bool,
    /// Ask over HTTP, from an address for each: on Linux alone. What may be told apart is a little more
    #[arg(long)]
    http: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).await)
}

/// Whether nothing was told apart but what must be.
async fn run(arguments: &Arguments) -> Result<bool> {
    let samples = if arguments.short { SHORT } else { arguments.samples };
    let rounds = with_warm_up(usize::try_from(samples)?.div_ceil(Door::ALL.len()));
    let product = Product::start(arguments.http).await?;
    let style = "{elapsed} {wide_bar} {pos}/{len} rounds, {eta} left";
    let bar = ProgressBar::new(rounds as u64).with_style(ProgressStyle::with_template(style)?);
    let mut measured = Samples::default();
    for _ in 0..rounds {
        for door in Door::ALL {
            let mut people = State::ALL.map(|state| Person::new(state, door));
            product.settle(&people).await?;
            shuffle(&mut people)?;
            measure(&product, door, &people, &mut measured).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    measured.warm_up();
    let bounds = if arguments.http { Bounds::OVER_HTTP } else { Bounds::IN_PROCESS };
    let report = verdict::Report::of(&measured, bounds);
    println!("{report}");
    Ok(report.holds())
}

/// Has each of them refused, one after the other.
async fn measure(
    product: &Product,
    door: Door,
    people: &[Person],
    measured: &mut Samples,
) -> Result<()> {
    let mut said: Option<Refusal> = None;
    for person in people {
        let request = door.request(person, &product.tenant_header)?;
        let started = Instant::now();
        let reply = product.ask(person, request).await?;
        let took = started.elapsed();
        // Were they not the same to the byte, nobody would need a clock.
        let said = said.get_or_insert_with(|| reply.clone());
        ensure!(*said == reply, "{door}: {} is told {reply:?}, not {said:?}", person.state);
        ensure!(reply.is_refusal(), "{door}: {} is told {reply:?}", person.state);
        measured.add(door, person.state, took);
    }
    Ok(())
}

fn shuffle<T>(items: &mut [T]) -> Result<()> {
    for last in (1..items.len()).rev() {
        let other = usize::try_from(getrandom::u64()? % (last as u64 + 1))?;
        items.swap(last, other);
    }
    Ok(())
}
