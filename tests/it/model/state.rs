//! The abstract directory: what there is, without a table, a hash or a transaction.

use std::collections::BTreeMap;

use shared::credential::Kind;

use super::{
    budget::{Budget, Budgets, UsedUp},
    names::{Email, Identifier, Names, Password, Phone, Place, Spelling, Username},
};

const DAY: i64 = 24 * 60 * 60;

/// How long an address is known at least, and how much longer at most.
const KNOWN: i64 = 30 * DAY;
const KNOWN_LONGER: i64 = DAY;

/// An account, also one that is gone.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) email: Option<Email>,
    /// Whether its owner has shown to receive mail there.
    pub(super) proven: bool,
    /// With the spelling that is shown.
    pub(super) username: Option<(Username, Spelling)>,
    pub(super) phone: Option<Phone>,
    pub(super) name: Option<String>,
    pub(super) password: Password,
    pub(super) banned: bool,
    pub(super) gone: bool,
    pub(super) epoch: u32,
}

impl Account {
    pub(super) const fn new(password: Password) -> Self {
        Self {
            email: None,
            proven: false,
            username: None,
            phone: None,
            name: None,
            password,
            banned: false,
            gone: false,
            epoch: 1,
        }
    }

    pub(super) fn identifiers(&self) -> Vec<Identifier> {
        let email = self.email.map(Identifier::Email);
        let username = self.username.map(|(username, _)| Identifier::Username(username));
        let phone = self.phone.map(Identifier::Phone);
        [email, username, phone].into_iter().flatten().collect()
    }

    pub(super) fn shown_email(&self, names: Names) -> String {
        self.email.map_or_else(String::new, |email| names.email(email))
    }

    fn own_username(&self, names: Names) -> Option<String> {
        self.username.map(|(username, spelling)| names.username(username, spelling))
    }

    pub(super) fn shown_username(&self, names: Names) -> String {
        self.own_username(names).unwrap_or_else(|| self.shown_email(names))
    }

    pub(super) fn shown_name(&self, names: Names) -> String {
        self.name.clone().or_else(|| self.own_username(names)).unwrap_or_default()
    }
}

/// A credential that was handed out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credential {
    pub(super) kind: Kind,
    pub(super) account: usize,
    pub(super) epoch: u32,
    /// When it ends unless it is used.
    pub(super) expires: i64,
    /// When it ends in any case.
    pub(super) ends: i64,
    /// Whether it was signed out, or replaced by the next one.
    pub(super) ended: bool,
}

/// For how long a credential lives: after its last use, and in any case.
pub(super) const fn lifetime(kind: Kind) -> (i64, i64) {
    match kind {
        Kind::ApiKey => (90 * DAY, 90 * DAY),
        Kind::TenantToken => (14 * DAY, 14 * DAY),
        Kind::CookieSession | Kind::UsersSession | Kind::ContactSession | Kind::WebSession => {
            (14 * DAY, 90 * DAY)
        }
    }
}

/// A link that was mailed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) email: Email,
    pub(super) password: Password,
    pub(super) expires: i64,
    /// The account that it led to, and whether it made that.
    pub(super) opened: Option<(usize, bool)>,
    pub(super) taken_back: bool,
}

/// What a client address is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KnownFor {
    Account(usize),
    Identifier(Identifier),
}

/// What is sent to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Activate(Email),
    TakeOver(Email),
    EmailChanged(Email),
    PasswordChanged(Email),
    Code(Phone),
}

/// What becomes of the browser's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieChange {
    /// It becomes this credential, for so many seconds.
    Set(usize, i64),
    Cleared(Kind),
}

/// What a step does besides what it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    /// How many hashes are computed for it.
    pub(super) hashes: u64,
    pub(super) messages: Vec<Message>,
    pub(super) cookie: Option<CookieChange>,
    /// The account that it makes.
    pub(super) made: Option<usize>,
    /// The credential that it hands out.
    pub(super) handed: Option<usize>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Unknown,
    PasswordWrong,
    Banned,
    EmailTaken,
    UsernameTaken,
    PhoneTaken,
    NotSignedIn,
    SentTooOften,
    CodeWrong,
    LinkInvalid,
    TenantUnauthenticated,
    TooMany(UsedUp),
}

impl From<UsedUp> for Refusal {
    fn from(used_up: UsedUp) -> Self {
        Self::TooMany(used_up)
    }
}

/// Everything that there is.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) names: Names,
    pub(super) now: i64,
    pub(super) accounts: Vec<Account>,
    pub(super) credentials: Vec<Credential>,
    pub(super) links: Vec<Link>,
    /// Until when the code that was sent last is good, unless it was used.
    pub(super) codes: BTreeMap<Phone, i64>,
    pub(super) tenant_enabled: bool,
    pub(super) effects: Effects,
    budgets: Budgets,
    /// For which account an address is known, and until when.
    known: BTreeMap<(KnownFor, Place), (usize, i64)>,
}

impl State {
    pub(super) fn new(names: Names, now: i64) -> Self {
        Self {
            names,
            now,
            accounts: Vec::new(),
            credentials: Vec::new(),
            links: Vec::new(),
            codes: BTreeMap::new(),
            tenant_enabled: true,
            effects: Effects::default(),
            budgets: Budgets::default(),
            known: BTreeMap::new(),
        }
    }

    /// Whose identifier this is.
    pub(super) fn holder(&self, identifier: Identifier) -> Option<usize> {
        let has = |account: &Account| !account.gone && account.identifiers().contains(&identifier);
        self.accounts.iter().position(has)
    }

    /// Whether a credential opens anything.
    pub(super) fn is_live(&self, credential: usize) -> bool {
        let credential = self.credentials[credential];
        let account = &self.accounts[credential.account];
        !credential.ended
            && !account.gone
            && !account.banned
            && credential.epoch == account.epoch
            && self.now < credential.expires
            && self.now < credential.ends
            && (credential.kind != Kind::TenantToken || self.tenant_enabled)
    }

    /// The account of a credential, if that is one and lives.
    pub(super) fn session(&self, credential: Option<usize>) -> Option<(usize, usize)> {
        let credential = credential.filter(|credential| self.is_live(*credential))?;
        Some((credential, self.credentials[credential].account))
    }

    pub(super) fn make(&mut self, account: Account) -> usize {
        self.accounts.push(account);
        let made = self.accounts.len() - 1;
        self.effects.made = Some(made);
        made
    }

    pub(super) fn hand_out(&mut self, kind: Kind, account: usize) -> usize {
        let (idle, absolute) = lifetime(kind);
        let epoch = self.accounts[account].epoch;
        let (expires, ends) = (self.now + idle, self.now + absolute);
        self.credentials.push(Credential { kind, account, epoch, expires, ends, ended: false });
        let handed = self.credentials.len() - 1;
        self.effects.handed = Some(handed);
        if !matches!(kind, Kind::ApiKey | Kind::TenantToken) {
            self.effects.cookie = Some(CookieChange::Set(handed, idle));
        }
        handed
    }

    pub(super) fn end(&mut self, credential: usize) {
        self.credentials[credential].ended = true;
    }

    pub(super) fn take(&mut self, budget: Budget) -> Result<(), UsedUp> {
        self.budgets.take(budget, self.now)
    }

    pub(super) fn give_back(&mut self, budget: Budget) {
        self.budgets.give_back(budget);
    }

    /// Refuses with a reply that reveals something, of which there is a budget.
    pub(super) fn disclose<T>(&mut self, refusal: Refusal, place: Place) -> Result<T, Refusal> {
        self.take(Budget::DisclosureTo(place))?;
        Err(refusal)
    }

    pub(super) fn knows_identifier(
        &self,
        identifier: Identifier,
        place: Place,
        account: usize,
    ) -> bool {
        self.is_known(KnownFor::Identifier(identifier), place, account)
    }

    pub(super) fn knows_account(&self, place: Place, account: usize) -> bool {
        self.is_known(KnownFor::Account(account), place, account)
    }

    fn is_known(&self, what: KnownFor, place: Place, account: usize) -> bool {
        let known = self.known.get(&(what, place));
        known.is_some_and(|(whose, until)| *whose == account && *until > self.now)
    }

    /// Has an address be known for an account from now on. What was `found` on the way in is not
    /// written anew as long as it is fresh.
    pub(super) fn remember(&mut self, account: usize, found: Option<Identifier>, place: Place) {
        let known = found.and_then(|it| self.known.get(&(KnownFor::Identifier(it), place)));
        let fresh =
            known.is_some_and(|(whose, until)| *whose == account && *until > self.now + KNOWN);
        if fresh {
            return;
        }
        let until = self.now + KNOWN + KNOWN_LONGER;
        let identifiers = self.accounts[account].identifiers().into_iter();
        let all = identifiers.map(KnownFor::Identifier).chain([KnownFor::Account(account)]);
        self.known.extend(all.map(|what| ((what, place), (account, until))));
    }

    /// Takes a guess at somebody's password, and answers with the budget that it is from.
    pub(super) fn take_guess(
        &mut self,
        account: Option<usize>,
        known: bool,
        identifier: Option<Identifier>,
        place: Place,
    ) -> Result<Budget, UsedUp> {
        let budget = match (account, identifier) {
            (Some(account), _) if known => Budget::GuessAt(account, place),
            (Some(account), _) => Budget::Guess(account),
            (None, Some(identifier)) => Budget::GuessOf(identifier),
            (None, None) => unreachable!("a guess at nothing"),
        };
        match (self.take(budget), account) {
            (Ok(()), _) => Ok(budget),
            (Err(_), Some(account)) if !known && self.knows_account(place, account) => {
                let budget = Budget::GuessAt(account, place);
                self.take(budget).map(|()| budget)
            }
            (Err(used_up), _) => Err(used_up),
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.effects.messages.push(message);
    }
}
