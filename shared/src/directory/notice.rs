//! Notices to an account's owner about a change that a thief would make.
//!
//! Nothing about a notice fails the change that it tells of. One that cannot be sent waits under
//! its account, and goes out after the account's next change of email address. Notices have a
//! budget of their own, which no stranger can use up.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    error::{Error, Outage},
    identifier::{AccountId, Email},
    notify::{Language, Mail},
    store::{Counter, Key, Taken, Transaction},
};

use super::Directory;

/// How many notices that wait are sent at once.
const BATCH: usize = 8;

/// A notice that is to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notice {
    kind: NoticeKind,
    to: Email,
    /// What tells it from the account's other notices; later ones come later in order.
    name: String,
}

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoticeKind {
    /// The account has another email address now. Goes to the former one.
    EmailChanged,
    /// The account has another password now.
    PasswordChanged,
    /// The account can be signed in to by an identity at a provider now.
    IdentityBound,
}

impl Notice {
    pub(super) fn new(kind: NoticeKind, to: &Email, now: Seconds) -> Result<Self, Outage> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Outage::new("no randomness for a notice"))?;
        let name = format!("{now:012}#{}", HEXLOWER.encode(&random));
        Ok(Self { kind, to: to.clone(), name })
    }

    fn key(&self, account: AccountId) -> Key {
        Key::notice(account, &self.name)
    }

    fn mail(&self) -> Mail<'static> {
        match self.kind {
            NoticeKind::EmailChanged => Mail::EmailChanged,
            NoticeKind::PasswordChanged => Mail::PasswordChanged,
            NoticeKind::IdentityBound => Mail::IdentityBound,
        }
    }

    /// Has the notice wait, in the transaction that makes the change: neither happens without the
    /// other.
    pub(super) fn queue<'a, T: Copy>(
        &self,
        transaction: Transaction<'a, T>,
        account: AccountId,
    ) -> Result<Transaction<'a, T>, Error> {
        transaction.overwrite(&self.key(account), self)
    }
}

impl Directory {
    /// Takes from an account's budget of notices. Without it none is sent.
    pub(super) async fn take_notice(&self, account: AccountId) -> Option<Taken> {
        let counter = Counter::new("notice", &account.to_string());
        let limit = self.config.limits.notices_per_account;
        self.store.take(&counter, limit, self.now()).await.ok()
    }

    /// Sends a notice that does not wait; it does if it cannot be sent.
    pub(super) async fn tell(&self, account: AccountId, notice: &Notice, language: Language) {
        if self.send_notice(notice, language).await {
            return;
        }
        if self.store.put_all(&[(notice.key(account), notice)]).await.is_err() {
            tracing::error!("a notice is lost: it could neither be sent nor kept");
        }
    }

    /// Sends the notices that wait.
    pub(super) async fn send_waiting_notices(&self, account: AccountId, language: Language) {
        let account_key = Key::account(account);
        let (waiting, budget) = futures::join!(
            self.store.last::<Notice>(&account_key, "notice#", BATCH),
            self.take_notice(account)
        );
        let (Ok(waiting), Some(_)) = (waiting, budget) else {
            tracing::warn!("notices wait: the budget is used up, or the database failed");
            return;
        };
        let sent = waiting.iter().map(async |notice| {
            // Sent first and deleted then: if something fails between, the owner is told twice.
            if self.send_notice(notice, language).await
                && self.store.delete(&notice.key(account)).await.is_err()
            {
                tracing::warn!("a notice that was sent still waits");
            }
        });
        futures::future::join_all(sent).await;
    }

    async fn send_notice(&self, notice: &Notice, language: Language) -> bool {
        let Some(mailer) = &self.mailer else {
            return false;
        };
        match mailer.send(&notice.to, &notice.mail(), language).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "a notice was not sent; it waits");
                false
            }
        }
    }
}
