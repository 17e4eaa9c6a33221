//! The identities at providers by which an account is signed in to.

use std::fmt;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use shared::{
    app::App,
    directory::{Account, BoundIdentity},
    identifier::{AccountId, Identity},
};

use crate::{Console, Outcome, connect::explain, output::timestamp};

/// Prints the identities of an account.
pub(crate) fn list(
    account: &Account,
    json: bool,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let identities = account.identities.iter().map(Card::from).collect();
    console.print(&List { id: account.id, identities }, json)?;
    Ok(Outcome::Done)
}

/// Removes an identity from an account.
pub(crate) async fn unbind(
    id: AccountId,
    issuer: &str,
    subject: &str,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let identity = Identity::new(issuer, subject);
    let identity = identity.context("no identity has this issuer and this subject")?;
    let unbound = app.directory.unbind(id, &identity).await;
    let unbound = unbound.map_err(|error| explain(&error, &app.config))?;
    ensure!(unbound, "account {id} has no such identity");
    console.print(&Unbound { id, change: "unbound" }, json)?;
    Ok(Outcome::Done)
}

/// The identities of an account, in the order in which they were bound.
#[derive(Serialize)]
struct List<'a> {
    id: AccountId,
    identities: Vec<Card<'a>>,
}

#[derive(Serialize)]
struct Card<'a> {
    issuer: &'a str,
    subject: &'a str,
    provider: &'a str,
    bound: String,
}

impl<'a> From<&'a BoundIdentity> for Card<'a> {
    fn from(bound: &'a BoundIdentity) -> Self {
        Self {
            issuer: bound.identity.issuer(),
            subject: bound.identity.subject(),
            provider: &bound.provider,
            bound: timestamp(bound.bound),
        }
    }
}

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.identities.is_empty() {
            return write!(f, "account {} has no identities", self.id);
        }
        self.identities.iter().enumerate().try_for_each(|(index, card)| match index {
            0 => write!(f, "{card}"),
            _ => write!(f, "\n\n{card}"),
        })
    }
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Quoted and escaped: the provider chose it, and must not get to drive the terminal.
        writeln!(f, "issuer    {:?}", self.issuer)?;
        writeln!(f, "subject   {:?}", self.subject)?;
        writeln!(f, "provider  {:?}", self.provider)?;
        write!(f, "bound     {}", self.bound)
    }
}

/// What was done to an account.
#[derive(Serialize)]
struct Unbound {
    id: AccountId,
    change: &'static str,
}

impl fmt::Display for Unbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        write!(
            f,
            "account {id} no longer has that identity; the sessions that it made stay until \
             `admin user sign-out --id {id}`"
        )
    }
}
