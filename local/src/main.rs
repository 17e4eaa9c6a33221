//! `cargo run`: all of Atrium on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Parser;
use local::{Options, Ready, ServicesReady, serve, serve_services};
use shared::config::{inside_lambda, process_environment};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// All of Atrium on this machine: the API, a DynamoDB-compatible engine, an outbox in the place of
/// mail and SMS, and nothing to install.
///
/// The settings of docs/configuration.md are taken from the environment, for instance
/// `REPLIES=uniform cargo run`.
#[derive(Debug, Parser)]
#[command(name = "atrium", version)]
struct Arguments {
    /// Port of the API; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Port of the DynamoDB-compatible engine; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    dynamodb_port: u16,
    /// Keep the tables and the signing keys in this directory instead of in memory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start everything but the API, for functions that run in `cargo lambda watch`
    #[arg(long)]
    services_only: bool,
    /// Write the environment of such functions to this file instead of printing it
    #[arg(long, value_name = "PATH", requires = "services_only")]
    env_file: Option<PathBuf>,
    /// Print the addresses and nothing else
    #[arg(long)]
    quiet: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.quiet);
    shared::lambda::log_panics();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if inside_lambda() {
        bail!("this is the server for a developer's machine; it does not run inside AWS Lambda");
    }
    let options = Options {
        port: arguments.port,
        dynamodb_port: arguments.dynamodb_port,
        data: arguments.data,
        environment: process_environment(),
    };
    let quiet = arguments.quiet;
    if arguments.services_only {
        let ready = |ready| tell_environment(&ready, arguments.env_file.as_deref());
        return serve_services(options, interrupted(), ready).await;
    }
    serve(options, interrupted(), |ready| greet(&ready, quiet)).await
}

/// Until Ctrl-C, or the signal by which service managers ask a process to stop.
async fn interrupted() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(interrupt.await);
}

fn start_log(quiet: bool) {
    let default = if quiet { "error" } else { "error,shared=info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
}

fn greet(Ready { api, dynamodb, tenant }: &Ready, quiet: bool) {
    println!("Atrium listens on http://{api} (DynamoDB on http://{dynamodb})");
    println!("What it sends is in http://{api}/_local/outbox");
    println!("What it takes is told at http://{api}/_local/docs");
    println!("A tenant's client app sends the header `{tenant}`");
    if quiet {
        return;
    }
    println!(
        "\nTry it:\n\n  \
         curl -X POST http://{api}/api/v1/user/register/ -H 'content-type: application/json' \\\n    \
         -d '{{\"username\":\"test1234\",\"password\":\"12345678\",\"email\":\"test1234@abc.com\"}}'\n\n\
         or, in a browser, sign in at the provider for development:\n\n  \
         http://{api}/oauth/local/start\n\n\
         Stop it with Ctrl-C.\n"
    );
}

/// Prints the environment, or writes it to a file and prints how it is used. What is printed besides
/// are comments in such a file.
fn tell_environment(ready: &ServicesReady, file: Option<&Path>) -> anyhow::Result<()> {
    let ServicesReady { stand_ins, dynamodb, tenant, env_file } = ready;
    println!("# Atrium's services listen on http://{stand_ins} (DynamoDB on http://{dynamodb})");
    println!("# What is sent is in http://{stand_ins}/_local/outbox");
    println!("# A tenant's client app sends the header `{tenant}`");
    let Some(path) = file else {
        print!("{env_file}");
        return Ok(());
    };
    fs::write(path, env_file).with_context(|| format!("cannot write {}", path.display()))?;
    let path = path.display();
    println!("# Start the functions: cargo lambda watch --env-file {path}");
    Ok(())
}
