//! The records of an account and of its claims on identifiers.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    identifier::{AccountId, Email, Identifier, Identity, Phone, Username},
    password::PasswordHash,
    store::{Key, Statement},
};

/// An account, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its email address, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Whether the owner has proven to receive mail at that address.
    #[serde(default)]
    pub email_verified: bool,
    /// Its phone number, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Its username, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The name that its owner goes by, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its password's hash. An account without one cannot be signed in to by password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// Who its owner is at identity providers, by which it can be signed in to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<BoundIdentity>,
    /// Whether it may be used.
    pub status: Status,
    /// Raised to end every credential at once: one is valid only in the epoch that it was made in.
    pub epoch: u64,
    /// Raised by every change, so that two changes cannot overwrite each other.
    pub version: u64,
    /// When it was made.
    pub created: Seconds,
    /// When it was last changed.
    pub updated: Seconds,
}

/// An identity that is bound to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundIdentity {
    /// Who that is, and where.
    #[serde(flatten)]
    pub identity: Identity,
    /// What the provider was called when it was bound.
    pub provider: String,
    /// When it was bound.
    pub bound: Seconds,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may.
    Active,
    /// The operator has banned it.
    Banned,
    /// It is gone; the item stays only until everything that hung on it is gone too.
    Deleted,
}

impl Account {
    /// A new account with this password, which nothing identifies yet.
    pub(super) const fn new(id: AccountId, password: PasswordHash, now: Seconds) -> Self {
        Self {
            id,
            email: None,
            email_verified: false,
            phone: None,
            username: None,
            name: None,
            password: Some(password),
            identities: Vec::new(),
            status: Status::Active,
            epoch: 1,
            version: 1,
            created: now,
            updated: now,
        }
    }

    /// That the account's item is still as it was read.
    pub(super) fn unchanged(&self) -> Statement {
        Statement::on(Key::account(self.id))
            .condition("#version = :version AND #epoch = :epoch")
            .value("version", self.version)
            .value("epoch", self.epoch)
    }

    /// Whether there still is such an account.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.status != Status::Deleted
    }

    /// The identifiers that it has, each of which has a claim.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let email = self.email.clone().map(Identifier::Email);
        let phone = self.phone.clone().map(Identifier::Phone);
        let username = self.username.clone().map(Identifier::Username);
        [email, phone, username].into_iter().flatten().collect()
    }

    /// The keys of all that it claims: its identifiers and its identities.
    pub(super) fn claims(&self) -> Vec<Key> {
        let identifiers = self.identifiers();
        let identities = self.identities.iter().map(|bound| Key::identity(&bound.identity));
        identifiers.iter().map(Key::claim).chain(identities).collect()
    }

    /// The name to show: the one that was given, else the username, else nothing.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        let username = self.username.as_ref().map(Username::as_str);
        self.name.as_deref().or(username).unwrap_or_default()
    }

    /// The email address to show: `""` without one.
    #[must_use]
    pub fn shown_email(&self) -> &str {
        self.email.as_ref().map_or("", Email::as_str)
    }

    /// The username to show: the email address for an account that has none.
    #[must_use]
    pub fn shown_username(&self) -> &str {
        let username = self.username.as_ref().map(Username::as_str);
        username.unwrap_or_else(|| self.shown_email())
    }

    /// The words that it is known by, which do not make good passwords.
    #[must_use]
    pub fn context_words(&self) -> Vec<&str> {
        let local_part = self.email.as_ref().map(Email::local_part);
        let username = self.username.as_ref().map(Username::as_str);
        [self.name.as_deref(), username, local_part].into_iter().flatten().collect()
    }

    /// What stays of it when it is deleted.
    pub(super) fn tombstone(&self, now: Seconds) -> Self {
        Self {
            id: self.id,
            email: None,
            email_verified: false,
            phone: None,
            username: None,
            name: None,
            password: None,
            identities: Vec::new(),
            status: Status::Deleted,
            epoch: self.epoch + 1,
            version: self.version + 1,
            created: self.created,
            updated: now,
        }
    }
}

/// That an identifier or an identity is an account's, and nobody else's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) account: AccountId,
    pub(super) created: Seconds,
    /// Whether the account's owner has proven to be reached by the identifier.
    #[serde(default)]
    pub(super) verified: bool,
}
