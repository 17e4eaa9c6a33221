//! Tenants, and what the operator does to them.

use std::fmt;

use anyhow::{Context as _, anyhow, bail, ensure};
use data_encoding::BASE64;
use serde::Serialize;
use shared::{
    app::App,
    credential::BareToken,
    directory::{Tenant, TenantChange, TenantStatus},
    identifier::TenantId,
};

use crate::{Console, Outcome, cli::TenantCommand, connect::explain, output::timestamp};

/// The greatest number of characters of a tenant's name.
const MAX_NAME: usize = 64;

/// Carries a command about tenants out.
pub(crate) async fn run(
    command: TenantCommand,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    match command {
        TenantCommand::Create { name } => create(&name, json, app, console).await,
        TenantCommand::List => {
            let tenants = app.directory.tenants().await;
            let tenants = tenants.map_err(|error| explain(&error, &app.config))?;
            let tenants = tenants.iter().map(Card::from).collect();
            done(&List { tenants }, json, console)
        }
        TenantCommand::Show { id } => {
            done(&Card::from(&find(&parse_id(&id)?, app).await?), json, console)
        }
        TenantCommand::Rotate { id } => rotate(parse_id(&id)?, json, app, console).await,
        TenantCommand::RetireSecret { id } => retire(parse_id(&id)?, json, app, console).await,
        TenantCommand::Disable { id } => {
            set_status(parse_id(&id)?, TenantStatus::Disabled, json, app, console).await
        }
        TenantCommand::Enable { id } => {
            set_status(parse_id(&id)?, TenantStatus::Active, json, app, console).await
        }
        TenantCommand::Delete { id, yes } => delete(parse_id(&id)?, yes, json, app, console).await,
    }
}

async fn create(
    name: &str,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let created = app.directory.create_tenant(parse_name(name)?).await;
    let (tenant, secret) = created.map_err(|error| explain(&error, &app.config))?;
    let header = header(&tenant.id, &secret, app);
    let created =
        Secret { name: Some(tenant.name), id: tenant.id, secret: secret.expose(), header };
    done(&created, json, console)
}

async fn rotate(
    id: TenantId,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let added = app.directory.add_tenant_secret(&id).await;
    let secret = match added.map_err(|error| explain(&error, &app.config))? {
        TenantChange::Made(secret) => secret,
        TenantChange::Declined => bail!(
            "tenant {id} has two secrets already: end the older one first \
             (`admin tenant retire-secret {id}`)"
        ),
        TenantChange::NoSuchTenant => return Err(no_such_tenant()),
    };
    let header = header(&id, &secret, app);
    done(&Secret { id, name: None, secret: secret.expose(), header }, json, console)
}

async fn retire(
    id: TenantId,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let retired = app.directory.retire_tenant_secret(&id).await;
    match retired.map_err(|error| explain(&error, &app.config))? {
        TenantChange::Made(()) => {
            done(&Changed { id, change: Change::SecretRetired }, json, console)
        }
        TenantChange::Declined => bail!(
            "tenant {id} has only one secret, which stays: give it another one first \
             (`admin tenant rotate {id}`)"
        ),
        TenantChange::NoSuchTenant => Err(no_such_tenant()),
    }
}

async fn set_status(
    id: TenantId,
    status: TenantStatus,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let changed = app.directory.set_tenant_status(&id, status).await;
    if !changed.map_err(|error| explain(&error, &app.config))? {
        return Err(no_such_tenant());
    }
    let change = match status {
        TenantStatus::Active => Change::Enabled,
        TenantStatus::Disabled => Change::Disabled,
    };
    done(&Changed { id, change }, json, console)
}

async fn delete(
    id: TenantId,
    yes: bool,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    if !yes && console.answers.is_none() {
        bail!("there is nobody to ask for confirmation: pass --yes to delete the tenant");
    }
    let tenant = find(&id, app).await?;
    let question =
        format!("Delete tenant {id} ({:?}) and end all its tokens, for good?", tenant.name);
    if !yes && console.ask(&question)? != Some(true) {
        bail!("tenant {id} was not deleted");
    }
    let deleted = app.directory.delete_tenant(&id).await;
    if !deleted.map_err(|error| explain(&error, &app.config))? {
        return Err(no_such_tenant());
    }
    done(&Changed { id, change: Change::Deleted }, json, console)
}

fn done(
    result: &(impl fmt::Display + Serialize),
    json: bool,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    console.print(result, json)?;
    Ok(Outcome::Done)
}

async fn find(id: &TenantId, app: &App) -> anyhow::Result<Tenant> {
    let tenant = app.directory.tenant(id).await;
    tenant.map_err(|error| explain(&error, &app.config))?.ok_or_else(no_such_tenant)
}

fn no_such_tenant() -> anyhow::Error {
    anyhow!("no such tenant")
}

fn parse_id(text: &str) -> anyhow::Result<TenantId> {
    TenantId::parse(text).with_context(|| format!("{text:?} is not a tenant id"))
}

fn parse_name(text: &str) -> anyhow::Result<&str> {
    let name = text.trim();
    ensure!(
        (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control),
        "a tenant's name has 1 to {MAX_NAME} characters, none of which is a control character"
    );
    Ok(name)
}

/// The line that the tenant's client apps are to send ([RFC 7617, section 2]).
///
/// [RFC 7617, section 2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
fn header(id: &TenantId, secret: &BareToken, app: &App) -> String {
    let credentials = BASE64.encode(format!("{id}:{}", secret.expose()).as_bytes());
    format!("{}: basic {credentials}", app.config.tenant.header)
}

/// A secret, the only time that it is shown: what is stored does not give it away.
#[derive(Serialize)]
struct Secret<'a> {
    id: TenantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    secret: &'a str,
    header: String,
}

impl fmt::Display for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "id       {}", self.id)?;
        if let Some(name) = &self.name {
            writeln!(f, "name     {name:?}")?;
        }
        writeln!(f, "secret   {}", self.secret)?;
        writeln!(f, "header   {}", self.header)?;
        write!(f, "The secret is not shown again.")
    }
}

/// Every tenant.
#[derive(Serialize)]
struct List<'a> {
    tenants: Vec<Card<'a>>,
}

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tenants.is_empty() {
            return write!(f, "there are no tenants");
        }
        self.tenants.iter().enumerate().try_for_each(|(index, card)| match index {
            0 => write!(f, "{card}"),
            _ => write!(f, "\n\n{card}"),
        })
    }
}

/// What the operator sees of a tenant: all but its secrets, which nobody can see.
#[derive(Serialize)]
struct Card<'a> {
    id: &'a TenantId,
    name: &'a str,
    status: TenantStatus,
    /// When those that are live were made, the oldest first.
    secrets: Vec<String>,
    created: String,
    updated: String,
}

impl<'a> From<&'a Tenant> for Card<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        Self {
            id: &tenant.id,
            name: &tenant.name,
            status: tenant.status,
            secrets: tenant.secrets.iter().map(|secret| timestamp(secret.created)).collect(),
            created: timestamp(tenant.created),
            updated: timestamp(tenant.updated),
        }
    }
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "id       {}", self.id)?;
        // Quoted and escaped, as the names of accounts are.
        writeln!(f, "name     {:?}", self.name)?;
        let status = match self.status {
            TenantStatus::Active => "active",
            TenantStatus::Disabled => "disabled",
        };
        writeln!(f, "status   {status}")?;
        for created in &self.secrets {
            writeln!(f, "secret   made {created}")?;
        }
        writeln!(f, "created  {}", self.created)?;
        write!(f, "updated  {}", self.updated)
    }
}

/// What was done to a tenant.
#[derive(Serialize)]
struct Changed {
    id: TenantId,
    change: Change,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    SecretRetired,
    Disabled,
    Enabled,
    Deleted,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.id;
        match self.change {
            Change::SecretRetired => write!(f, "the older secret of tenant {id} is retired"),
            Change::Disabled => write!(f, "tenant {id} is disabled"),
            Change::Enabled => write!(f, "tenant {id} is enabled"),
            Change::Deleted => write!(f, "tenant {id} is deleted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_name;

    #[test]
    fn a_name_is_trimmed_and_can_be_printed() {
        let longest = "é".repeat(64);
        for (text, name) in
            [("Shop", "Shop"), ("  The Shop\n", "The Shop"), ("x", "x"), (&longest, &longest)]
        {
            assert_eq!(parse_name(text).unwrap(), name);
        }
        for bad in ["", " \t\n", "a\nb", "a\u{1b}[31m", "a\u{7f}", &"é".repeat(65)] {
            let refusal = parse_name(bad).unwrap_err().to_string();
            assert!(refusal.starts_with("a tenant's name has 1 to 64 characters"), "{bad:?}");
        }
    }
}
