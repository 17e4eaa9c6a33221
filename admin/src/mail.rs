//! Addresses that mails came back from.

use std::fmt;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use shared::{
    app::App,
    directory::{MailMark, MailState},
    identifier::Email,
};

use crate::{Console, Outcome, cli::MailCommand, connect::explain, output::timestamp};

/// Carries a command about addresses out.
pub(crate) async fn run(
    command: MailCommand,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    match command {
        MailCommand::Show { address } => {
            let mark = app.directory.mail_mark(&parse(&address)?).await;
            let mark = mark.map_err(|error| explain(&error, &app.config))?;
            console.print(&Card::from(mark), json)?;
        }
        MailCommand::Allow { address } => {
            let allowed = app.directory.allow_mail(&parse(&address)?).await;
            let allowed = allowed.map_err(|error| explain(&error, &app.config))?;
            ensure!(allowed, "nothing keeps mails from this address");
            console.print(&Allowed { change: "allowed" }, json)?;
        }
    }
    Ok(Outcome::Done)
}

fn parse(address: &str) -> anyhow::Result<Email> {
    Email::parse(address.trim()).context("this is no email address")
}

/// What is known of mails to an address.
#[derive(Serialize)]
struct Card {
    state: Option<&'static str>,
    since: Option<String>,
    sent: bool,
}

impl From<Option<MailMark>> for Card {
    fn from(mark: Option<MailMark>) -> Self {
        Self {
            state: mark.map(|mark| mark.state.as_str()),
            since: mark.map(|mark| timestamp(mark.at_ms.div_euclid(1000))),
            sent: !mark.is_some_and(MailMark::forbids),
        }
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(since) = &self.since else { return f.write_str("mails go to this address") };
        let bounced = self.state == Some(MailState::Bounced.as_str());
        match (self.sent, bounced) {
            (true, _) => write!(f, "mails go to this address: allowed by the operator at {since}"),
            (false, true) => write!(f, "no mails go to this address: one came back at {since}"),
            (false, false) => {
                write!(f, "no mails go to this address: its reader called one spam at {since}")
            }
        }
    }
}

/// What was done.
#[derive(Serialize)]
struct Allowed {
    change: &'static str,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "mails go to this address again, unless it is on the list that Amazon SES keeps itself \
             (`aws sesv2 delete-suppressed-destination`)",
        )
    }
}
