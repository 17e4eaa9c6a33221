//! Whether the table of accounts is whole: every claim points at exactly one live account and back,
//! nothing hangs on an account that is not there, and every tenant can be read.

use std::{collections::HashMap, fmt};

use serde::Serialize;

use crate::{
    error::Error,
    identifier::AccountId,
    store::{Key, Row, Table},
};

use super::{Account, Directory, MailMark, Status, Tenant, account::Claim};

/// What an audit found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Audit {
    /// How many accounts there are.
    pub accounts: usize,
    /// How many of them are banned.
    pub banned: usize,
    /// How many claims there are.
    pub claims: usize,
    /// How many items hang on accounts (emoji, notices).
    pub belongings: usize,
    /// How many tenants there are.
    pub tenants: usize,
    /// How many deletions were found unfinished. They are harmless, and finished by a repair.
    pub unfinished_deletions: usize,
    /// What is not as it should be.
    pub problems: Vec<Problem>,
}

/// Something that is not as it should be. It names accounts by id; claims are not quoted, because
/// they are personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// A claim points at an account that is not there.
    OrphanClaim {
        /// Where it points.
        account: AccountId,
    },
    /// A claim points at an account that does not have the identifier.
    ForeignClaim {
        /// Where it points.
        account: AccountId,
    },
    /// An account has an identifier that nobody claims, so that it cannot be signed in to by it.
    MissingClaim {
        /// The account.
        account: AccountId,
    },
    /// Something hangs on an account that is not there.
    OrphanBelonging {
        /// The partition's account, if it can be read.
        account: Option<AccountId>,
    },
    /// An item that cannot be read.
    Unreadable,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrphanClaim { account } => {
                write!(f, "a claim points at account {account}, which does not exist")
            }
            Self::ForeignClaim { account } => {
                write!(f, "a claim points at account {account}, which has not that identifier")
            }
            Self::MissingClaim { account } => {
                write!(f, "account {account} has an identifier without a claim")
            }
            Self::OrphanBelonging { account: Some(account) } => {
                write!(f, "an item hangs on account {account}, which does not exist")
            }
            Self::OrphanBelonging { account: None } => f.write_str("an item of no known kind"),
            Self::Unreadable => f.write_str("an item that cannot be read"),
        }
    }
}

/// Everything that an audit looks at, by account.
#[derive(Default)]
struct Census {
    accounts: HashMap<AccountId, Account>,
    claims: HashMap<String, AccountId>,
    belongings: Vec<Option<AccountId>>,
    tenants: usize,
    unreadable: usize,
}

impl Census {
    fn add(&mut self, row: &Row) {
        let hangs_on = |row: &Row| AccountId::parse(row.partition.strip_prefix("account#")?);
        match row.sort.as_str() {
            "account" => match row.decode::<Account>() {
                Ok(account) => drop(self.accounts.insert(account.id, account)),
                Err(_) => self.unreadable += 1,
            },
            "claim" => match row.decode::<Claim>() {
                Ok(claim) => drop(self.claims.insert(row.partition.clone(), claim.account)),
                Err(_) => self.unreadable += 1,
            },
            "tenant" => match row.decode::<Tenant>() {
                Ok(_) => self.tenants += 1,
                Err(_) => self.unreadable += 1,
            },
            "undeliverable" => match row.decode::<MailMark>() {
                Ok(_) => {}
                Err(_) => self.unreadable += 1,
            },
            "secret" => {}
            _ => self.belongings.push(hangs_on(row)),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let live = |id: &AccountId| self.accounts.get(id).filter(|account| account.exists());
        let claims = |account: &Account| -> Vec<String> {
            account.claims().iter().map(|claim| claim.partition().to_owned()).collect()
        };
        let mut problems = vec![Problem::Unreadable; self.unreadable];
        for (claim, id) in &self.claims {
            match live(id) {
                None => problems.push(Problem::OrphanClaim { account: *id }),
                Some(account) if !claims(account).contains(claim) => {
                    problems.push(Problem::ForeignClaim { account: *id });
                }
                Some(_) => {}
            }
        }
        for account in self.accounts.values().filter(|account| account.exists()) {
            for claim in claims(account) {
                if self.claims.get(&claim) != Some(&account.id) {
                    problems.push(Problem::MissingClaim { account: account.id });
                }
            }
        }
        for belonging in &self.belongings {
            if belonging.is_none_or(|id| !self.accounts.contains_key(&id)) {
                problems.push(Problem::OrphanBelonging { account: *belonging });
            }
        }
        problems
    }
}

impl Directory {
    /// Reads the whole table of accounts and checks it. On a table in use, what changes while it is
    /// read can look like a problem: run it again.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn audit(&self) -> Result<Audit, Error> {
        let census = self.census().await?;
        let accounts = census.accounts.values();
        let banned = |account: &&Account| account.status == Status::Banned;
        Ok(Audit {
            accounts: accounts.clone().filter(|account| account.exists()).count(),
            banned: accounts.clone().filter(banned).count(),
            claims: census.claims.len(),
            belongings: census.belongings.len(),
            tenants: census.tenants,
            unfinished_deletions: accounts.filter(|account| !account.exists()).count(),
            problems: census.problems(),
        })
    }

    /// Finishes every deletion that was begun, and tells how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn finish_deletions(&self) -> Result<usize, Error> {
        let census = self.census().await?;
        let deleted: Vec<_> =
            census.accounts.into_values().filter(|account| !account.exists()).collect();
        for account in &deleted {
            self.finish_removal(&Key::account(account.id)).await?;
        }
        Ok(deleted.len())
    }

    async fn census(&self) -> Result<Census, Error> {
        let mut census = Census::default();
        self.store.scan(Table::Accounts, |row| census.add(&row)).await?;
        Ok(census)
    }
}
