//! The operator's command line: looks at accounts, bans, signs out and deletes them, unbinds their
//! identities, imports their emoji, makes tenants and changes them, clears
//! addresses that mails came back from, audits the table of accounts, and
//! replaces the keys that tokens are signed by.
//!
//! Everything is done by [`shared::directory`] and [`shared::signed_token`], the same code that
//! answers requests; here are only arguments, messages and exit codes. Tables and secrets are not made
//! here: the deployment does that.
//!
//! Every command ends in one of two exit codes: 0, or 1 with one sentence on standard error (and
//! for an audit that found problems, with these on standard output).

mod account;
mod audit;
mod cli;
mod connect;
mod emoji;
mod identity;
mod keys;
mod mail;
mod output;
mod tenant;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;
pub use cli::{
    Cli, Command, EmojiCommand, Exact, Import, Keys, KeysCommand, MailCommand, TenantCommand,
    UserCommand, Who,
};
pub use connect::{Connection, connect};
pub use output::Console;

/// How a command ended that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Done,
    /// The audit found problems, and has printed them.
    ProblemsFound,
}

/// The whole program: reads `arguments` (the first is the program's name), connects, carries the
/// command out and tells of failure, all on `console`.
pub async fn start<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    connect: impl AsyncFnOnce(&Cli) -> anyhow::Result<Connection>,
    console: &mut Console<'_>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            let json = arguments.iter().any(|argument| argument == "--json");
            return output::usage(&usage, json, console);
        }
    };
    let json = cli.json;
    let outcome = match connect(&cli).await {
        Ok(to) => run(cli, &to, console).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::ProblemsFound) => ExitCode::FAILURE,
        Err(error) => output::failure(&error, json, console),
    }
}

/// Carries a command out and prints what came of it.
///
/// # Errors
///
/// When the command is refused or fails. The error, with its causes, is one sentence for the
/// operator, and nothing was printed to [`Console::out`].
pub async fn run(cli: Cli, to: &Connection, console: &mut Console<'_>) -> anyhow::Result<Outcome> {
    let app = &to.app;
    match cli.command {
        Command::User(command) => account::run(command, cli.json, app, console).await,
        Command::Tenant(command) => tenant::run(command, cli.json, app, console).await,
        Command::Mail(command) => mail::run(command, cli.json, app, console).await,
        Command::Emoji(EmojiCommand::Import(import)) => {
            emoji::import(&import, cli.json, app, console).await
        }
        Command::Keys(keys) => keys::run(keys, cli.json, to, console).await,
        Command::Audit { repair } => audit::run(repair, cli.json, app, console).await,
    }
}
