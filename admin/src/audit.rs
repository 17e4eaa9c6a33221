//! Whether the table of accounts is whole.

use std::fmt;

use serde::Serialize;
use shared::{app::App, directory::Audit};

use crate::{Console, Outcome, connect::explain};

/// Audits, and finishes deletions before that if `repair` says so.
pub(crate) async fn run(
    repair: bool,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let findings = examine(repair, app).await.map_err(|error| explain(&error, &app.config))?;
    console.print(&findings, json)?;
    Ok(if findings.audit.problems.is_empty() { Outcome::Done } else { Outcome::ProblemsFound })
}

async fn examine(repair: bool, app: &App) -> Result<Findings, shared::error::Error> {
    let finished_deletions =
        if repair { Some(app.directory.finish_deletions().await?) } else { None };
    let audit = app.directory.audit().await?;
    Ok(Findings { finished_deletions, audit })
}

/// What was repaired, and what was found after that.
#[derive(Serialize)]
struct Findings {
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_deletions: Option<usize>,
    #[serde(flatten)]
    audit: Audit,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { finished_deletions, audit } = self;
        if let Some(finished) = finished_deletions {
            writeln!(f, "finished deletions    {finished}")?;
        }
        writeln!(f, "accounts              {}", audit.accounts)?;
        writeln!(f, "banned                {}", audit.banned)?;
        writeln!(f, "claims                {}", audit.claims)?;
        writeln!(f, "belongings            {}", audit.belongings)?;
        writeln!(f, "tenants               {}", audit.tenants)?;
        writeln!(f, "unfinished deletions  {}", audit.unfinished_deletions)?;
        write!(f, "problems              {}", audit.problems.len())?;
        audit.problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
    }
}
