//! Notices to an account's owner about a change that a thief would make.
//!
//! Nothing about a notice fails the change that it tells of. One that cannot be sent waits under
//! its account, and goes out after the account's next change of email address. Notices have a
//! budget of their own, which no stranger can use up. For an address that nobody has proven there is one
//! by address, too: anyone can make accounts with it, one after the other.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    error::{Error, Outage},
    identifier::{AccountId, Email, Identifier},
    notify::{Language, Mail},
    store::{Counter, Key, Taken, Transaction},
};

use super::{Account, Directory};

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
    /// Takes from the budget of notices of an account, as it was before what the notice tells. Without
    /// it none is sent: nor if mail to the account's address came back, which is looked up meanwhile.
    pub(super) async fn take_notice(&self, account: &Account) -> Option<Vec<Taken>> {
        let may_notify = async {
            match &account.email {
                Some(to) => self.may_notify(to).await,
                None => true,
            }
        };
        let (taken, may_notify) = futures::join!(self.take_notice_budget(account), may_notify);
        taken.filter(|_| may_notify)
    }

    async fn take_notice_budget(&self, account: &Account) -> Option<Vec<Taken>> {
        let limit = self.config.limits.notices_per_account;
        let take = async |subject: &str| {
            self.store.take(&Counter::new("notice", subject), limit, self.now()).await
        };
        let of_account = account.id.to_string();
        let unproven = account.email.as_ref().filter(|_| !account.email_verified);
        let Some(unproven) = unproven.cloned().map(Identifier::Email) else {
            return take(&of_account).await.ok().map(|taken| vec![taken]);
        };
        let of_address = unproven.claim();
        let (account, address) = futures::join!(take(&of_account), take(&of_address));
        self.all_or_nothing([account, address]).await.ok().map(Vec::from)
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

    /// Sends the notices that wait for an account, as it was before the change that they tell of.
    pub(super) async fn send_waiting_notices(&self, before: &Account, language: Language) {
        let account = before.id;
        let account_key = Key::account(account);
        let (waiting, budget) = futures::join!(
            self.store.last::<Notice>(&account_key, "notice#", BATCH),
            self.take_notice(before)
        );
        let (Ok(waiting), Some(_)) = (waiting, budget) else {
            tracing::warn!("notices wait: none may be sent, or the database failed");
            return;
        };
        let sent = waiting.iter().map(async |notice| {
            // That of the account's address is known; one from before it is looked up apart.
            if before.email.as_ref() != Some(&notice.to) && !self.may_notify(&notice.to).await {
                return;
            }
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
