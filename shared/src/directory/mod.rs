//! The directory: accounts, the claims on their identifiers, credentials, and the budgets that
//! guard them. It knows no HTTP and no contract.

mod account;
mod audit;
mod binding;
mod budget;
mod delete;
mod email_link;
mod email_registration;
mod emoji;
mod guess;
mod identify;
mod known_address;
mod notice;
mod operator;
mod password_change;
mod phone_registration;
mod profile;
mod reception;
mod session;
mod sign_in;
mod sign_up;
mod tenant;
mod undeliverable;
mod visit;

use std::sync::Arc;

use aws_sdk_dynamodb::Client as DynamoDb;
use tokio::sync::OnceCell;

pub use account::{Account, BoundIdentity, Status};
pub use audit::{Audit, Problem};
pub use email_link::Link;
pub use emoji::{Emoji, Tag};
pub use guess::Disclosure;
pub use identify::{Holder, Presented, Whose};
pub use profile::ProfileChange;
pub use session::{NewCredential, Session, SessionCookie};
pub use sign_in::{SignIn, SignedIn};
pub use sign_up::NewAccount;
pub use tenant::{Tenant, TenantChange, TenantStatus};
pub use undeliverable::{MailMark, MailState};
pub use visit::{Arrival, VISIT_LIFETIME};

use crate::{
    address::ClientAddress,
    clock::{Clock, Seconds},
    config::Config,
    error::{Error, Outage},
    identifier::{AccountId, TenantId},
    notify::{Language, Mailer, Texter},
    password::Hasher,
    store::{Key, Store},
};

/// The directory behind all contracts. Clones share it.
#[derive(Clone, Debug)]
pub struct Directory {
    store: Store,
    hasher: Hasher,
    clock: Clock,
    config: Arc<Config>,
    mailer: Option<Mailer>,
    texter: Option<Texter>,
    code_secret: Arc<OnceCell<String>>,
}

/// How often a change may meet other changes of the same account.
const ATTEMPTS: u32 = 16;

/// How often an id may turn out to be taken. Ids are drawn from 2^53, so once is a wonder.
const ID_ATTEMPTS: usize = 3;

/// What is answered when it has met that many: none of them is the one to be told of.
fn never_settled() -> Error {
    Outage::new("an account that never settled").into()
}

/// Who asks, as far as budgets and mails care.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the request comes from.
    pub address: ClientAddress,
    /// The language in which they would like to be written to.
    pub language: Language,
    /// The tenant whose client app asks, once it has shown its credentials. Its budgets count then,
    /// and not those of the address.
    pub tenant: Option<TenantId>,
}

impl Directory {
    /// The directory in the tables that `config` names.
    ///
    /// # Errors
    ///
    /// When argon2 does not take the hashing parameters.
    pub fn new(db: DynamoDb, clock: Clock, config: Arc<Config>) -> Result<Self, argon2::Error> {
        Ok(Self {
            store: Store::new(db, &config),
            hasher: Hasher::new(config.hashing)?,
            clock,
            config,
            mailer: None,
            texter: None,
            code_secret: Arc::default(),
        })
    }

    /// The same directory through another client.
    #[must_use]
    pub fn with_database(self, db: DynamoDb) -> Self {
        Self { store: Store::new(db, &self.config), ..self }
    }

    /// The same directory, which also sends mail.
    #[must_use]
    pub fn with_mailer(self, mailer: Mailer) -> Self {
        Self { mailer: Some(mailer), ..self }
    }

    /// The same directory, which also sends text messages.
    #[must_use]
    pub fn with_texter(self, texter: Texter) -> Self {
        Self { texter: Some(texter), ..self }
    }

    /// What hashes the passwords.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    fn now(&self) -> Seconds {
        self.clock.now()
    }

    /// The account with this id. A deleted one is none.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        let account: Option<Account> = self.store.get(&Key::account(id)).await?;
        Ok(account.filter(Account::exists))
    }
}
