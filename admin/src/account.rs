//! Finding an account, and what the operator does to it.

use std::fmt;

use anyhow::{bail, ensure};
use serde::Serialize;
use shared::{
    app::App,
    config::Config,
    directory::{Account, Status},
    error::{Error, Reason},
    identifier::{AccountId, Email, Identifier, Phone, Username},
};

use crate::{
    Console, Outcome,
    cli::{Exact, UserCommand},
    connect::explain,
    identity,
    output::timestamp,
};

/// Carries a command about an account out.
pub(crate) async fn run(
    command: UserCommand,
    json: bool,
    app: &App,
    console: &mut Console<'_>,
) -> anyhow::Result<Outcome> {
    let nobody_to_ask = console.answers.is_none();
    if nobody_to_ask && matches!(command, UserCommand::Delete { yes: false, .. }) {
        bail!("there is nobody to ask for confirmation: pass --yes to delete the account");
    }
    let who = command.who();
    let account = find(app, who.who.as_deref(), &who.exact).await?;
    let (id, directory) = (account.id, &app.directory);
    let (changed, change) = match command {
        UserCommand::Show(_) => {
            console.print(&Card::from(&account), json)?;
            return Ok(Outcome::Done);
        }
        UserCommand::Identities(_) => return identity::list(&account, json, console),
        UserCommand::Unbind { issuer, subject, .. } => {
            return identity::unbind(id, &issuer, &subject, json, app, console).await;
        }
        UserCommand::Ban(_) => (directory.ban(id).await, Change::Banned),
        UserCommand::Unban(_) => (directory.unban(id).await, Change::Unbanned),
        UserCommand::SignOut(_) => (directory.sign_out_everywhere(id).await, Change::SignedOut),
        UserCommand::Delete { yes, .. } => {
            let question = format!(
                "Delete account {} and all that hangs on it, for good?",
                described(&account)
            );
            if !yes && console.ask(&question)? != Some(true) {
                bail!("account {id} was not deleted");
            }
            (directory.delete_account(id).await, Change::Deleted)
        }
    };
    changed.map_err(|error| explain(&error, &app.config))?;
    console.print(&Changed { id, change }, json)?;
    Ok(Outcome::Done)
}

/// The account that the operator named.
///
/// # Errors
///
/// When nothing can be called that, when no account is or more than one, and when DynamoDB fails.
pub(crate) async fn find(app: &App, any: Option<&str>, exact: &Exact) -> anyhow::Result<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for candidate in candidates(any, exact, &app.config)? {
        let found = match candidate {
            Candidate::Id(id) => app.directory.find_by_id(id).await,
            Candidate::Identifier(identifier) => {
                app.directory.find_by_identifier(&identifier).await
            }
        };
        match found {
            Err(Error::Denied(Reason::AccountUnknown)) => {}
            Err(error) => return Err(explain(&error, &app.config)),
            Ok(account) if accounts.iter().any(|other| other.id == account.id) => {}
            Ok(account) => accounts.push(account),
        }
    }
    // A stranger may have taken another account's digits for a username.
    ensure!(
        accounts.len() < 2,
        "more than one account is called that: say which by --id, --phone or --username"
    );
    accounts.pop().ok_or_else(|| explain(&Reason::AccountUnknown.into(), &app.config))
}

/// What an account may have been named by.
#[derive(Debug, PartialEq, Eq)]
enum Candidate {
    Id(AccountId),
    Identifier(Identifier),
}

/// What the operator may have meant.
fn candidates(any: Option<&str>, exact: &Exact, config: &Config) -> anyhow::Result<Vec<Candidate>> {
    let id = |text: &str| AccountId::parse(text).map(Candidate::Id);
    let email = |text: &str| Some(Candidate::Identifier(Email::parse(text)?.into()));
    let username = |text: &str| Some(Candidate::Identifier(Username::parse(text)?.into()));
    let phone = |text: &str| {
        Some(Candidate::Identifier(Phone::parse(text, config.default_phone_region)?.into()))
    };

    let (text, candidates, kind): (&str, Vec<_>, &str) = match (any, exact) {
        (_, Exact { id: Some(text), .. }) => (text, vec![id(text)], "an account id"),
        (_, Exact { email: Some(text), .. }) => (text, vec![email(text)], "an email address"),
        (_, Exact { phone: Some(text), .. }) => (text, vec![phone(text)], "a phone number"),
        (_, Exact { username: Some(text), .. }) => (text, vec![username(text)], "a username"),
        (Some(text), _) if text.contains('@') => (text, vec![email(text)], "an email address"),
        (Some(text), _) => (
            text,
            vec![id(text), phone(text), username(text)],
            "an account id, an email address, a phone number or a username",
        ),
        (None, _) => bail!("no account is named"),
    };
    let candidates: Vec<_> = candidates.into_iter().flatten().collect();
    ensure!(!candidates.is_empty(), "{text:?} is not {kind}");
    Ok(candidates)
}

/// The account for a question: its id and the first of its identifiers.
fn described(account: &Account) -> String {
    let email = account.email.as_ref().map(Email::as_str);
    let phone = account.phone.as_ref().map(Phone::as_str);
    let username = account.username.as_ref().map(Username::as_str);
    match email.or(phone).or(username) {
        Some(identifier) => format!("{} ({identifier})", account.id),
        None => account.id.to_string(),
    }
}

/// What the operator sees of an account: all but how it is signed in to.
#[derive(Serialize)]
struct Card<'a> {
    id: AccountId,
    email: Option<&'a str>,
    email_verified: bool,
    phone: Option<&'a str>,
    username: Option<&'a str>,
    name: Option<&'a str>,
    /// How many there are.
    identities: usize,
    status: Status,
    created: String,
    updated: String,
}

impl<'a> From<&'a Account> for Card<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: account.id,
            email: account.email.as_ref().map(Email::as_str),
            email_verified: account.email_verified,
            phone: account.phone.as_ref().map(Phone::as_str),
            username: account.username.as_ref().map(Username::as_str),
            name: account.name.as_deref(),
            identities: account.identities.len(),
            status: account.status,
            created: timestamp(account.created),
            updated: timestamp(account.updated),
        }
    }
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "id          {}", self.id)?;
        match (self.email, self.email_verified) {
            (Some(email), true) => writeln!(f, "email       {email} (verified)")?,
            (Some(email), false) => writeln!(f, "email       {email} (not verified)")?,
            (None, _) => writeln!(f, "email       -")?,
        }
        writeln!(f, "phone       {}", self.phone.unwrap_or("-"))?;
        writeln!(f, "username    {}", self.username.unwrap_or("-"))?;
        match self.name {
            // Quoted and escaped: its owner chose it, and must not get to drive the terminal.
            Some(name) => writeln!(f, "name        {name:?}")?,
            None => writeln!(f, "name        -")?,
        }
        writeln!(f, "identities  {}", self.identities)?;
        let status = match self.status {
            Status::Active => "active",
            Status::Banned => "banned",
            Status::Deleted => "deleted",
        };
        writeln!(f, "status      {status}")?;
        writeln!(f, "created     {}", self.created)?;
        write!(f, "updated     {}", self.updated)
    }
}

/// What was done to an account.
#[derive(Serialize)]
struct Changed {
    id: AccountId,
    change: Change,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Banned,
    Unbanned,
    SignedOut,
    Deleted,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match self.change {
            Change::Banned => "banned and signed out everywhere",
            Change::Unbanned => "no longer banned",
            Change::SignedOut => "signed out everywhere",
            Change::Deleted => "deleted",
        };
        write!(f, "account {} is {change}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use shared::{
        config::Config,
        identifier::{AccountId, Email, Phone, Username},
    };

    use super::{Candidate, Exact, candidates};

    fn config() -> Config {
        let tables = ["ACCOUNTS_TABLE", "TOKENS_TABLE"];
        let vars = tables.map(|name| (name.to_owned(), name.to_owned()));
        Config::from_vars(&HashMap::from(vars)).unwrap()
    }

    fn id(number: u64) -> Candidate {
        Candidate::Id(AccountId::new(number).unwrap())
    }

    fn email(text: &str) -> Candidate {
        Candidate::Identifier(Email::parse(text).unwrap().into())
    }

    fn phone(text: &str) -> Candidate {
        Candidate::Identifier(Phone::parse(text, config().default_phone_region).unwrap().into())
    }

    fn username(text: &str) -> Candidate {
        Candidate::Identifier(Username::parse(text).unwrap().into())
    }

    #[test]
    fn a_text_is_everything_that_it_can_be_in_order() {
        for (text, expected) in [
            ("Ann@Example.com", vec![email("ann@example.com")]),
            ("65213", vec![id(65213), username("65213")]),
            (
                "13800138000",
                vec![id(13_800_138_000), phone("+8613800138000"), username("13800138000")],
            ),
            ("+8613800138000", vec![phone("+8613800138000")]),
            ("138 0013 8000", vec![phone("+8613800138000")]),
            ("ann.smith", vec![username("ann.smith")]),
            ("0065213", vec![username("0065213")]),
        ] {
            let found = candidates(Some(text), &Exact::default(), &config()).unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_flag_allows_one_kind_only() {
        let digits = || Some("13800138000".to_owned());
        for (exact, expected) in [
            (Exact { id: digits(), ..Exact::default() }, id(13_800_138_000)),
            (Exact { phone: digits(), ..Exact::default() }, phone("+8613800138000")),
            (Exact { username: digits(), ..Exact::default() }, username("13800138000")),
        ] {
            assert_eq!(candidates(None, &exact, &config()).unwrap(), [expected]);
        }
    }

    #[test]
    fn what_can_be_no_account_is_refused() {
        let refusal = |any: Option<&str>, exact: &Exact| {
            candidates(any, exact, &config()).unwrap_err().to_string()
        };
        let none = Exact::default();
        assert_eq!(
            refusal(Some("ann@localhost"), &none),
            r#""ann@localhost" is not an email address"#
        );
        for text in ["", "ann smith", "+999 123456789"] {
            let expected = "an account id, an email address, a phone number or a username";
            assert_eq!(refusal(Some(text), &none), format!("{text:?} is not {expected}"));
        }
        let exact = Exact { id: Some("065213".to_owned()), ..Exact::default() };
        assert_eq!(refusal(None, &exact), r#""065213" is not an account id"#);
        let exact = Exact { email: Some("ann".to_owned()), ..Exact::default() };
        assert_eq!(refusal(None, &exact), r#""ann" is not an email address"#);
        let exact = Exact { phone: Some("12".to_owned()), ..Exact::default() };
        assert_eq!(refusal(None, &exact), r#""12" is not a phone number"#);
        let exact = Exact { username: Some("a b".to_owned()), ..Exact::default() };
        assert_eq!(refusal(None, &exact), r#""a b" is not a username"#);
    }
}
