//! Addresses that mail does not reach, or whose owners want none.
//!
//! Each has a mark of its own, by the address's digest, whoever holds the address. Reports of mails
//! come late, twice and out of order: the newest one decides, and so does the operator, whose word is
//! kept in the mark's place so that a report from before it does not come back.

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    identifier::Email,
    store::{CommitError, Key, Statement},
};

use super::Directory;

/// What is known of mails to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// One came back for good.
    Bounced,
    /// Its reader called one spam.
    Complained,
    /// The operator has allowed them again.
    Allowed,
}

impl MailState {
    /// The word for it, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Allowed => "allowed",
        }
    }
}

/// The mark of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailMark {
    /// What is known.
    pub state: MailState,
    /// Since when, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

impl MailMark {
    /// Whether nothing is mailed to the address.
    #[must_use]
    pub fn forbids(self) -> bool {
        match self.state {
            MailState::Bounced | MailState::Complained => true,
            MailState::Allowed => false,
        }
    }
}

impl Directory {
    /// Marks an address as one that nothing is mailed to any more. Answers `false` if what is known of
    /// it is as new, so that nothing was changed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn mark_undeliverable(&self, address: &Email, mark: MailMark) -> Result<bool, Error> {
        self.set_mark(address, mark, "attribute_not_exists(#pk) OR #at_ms < :at").await
    }

    /// Has mails go to an address again. Answers `false` if it has no mark.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn allow_mail(&self, address: &Email) -> Result<bool, Error> {
        let allowed = MailMark { state: MailState::Allowed, at_ms: self.now() * 1000 };
        self.set_mark(address, allowed, "attribute_exists(#pk)").await
    }

    async fn set_mark(
        &self,
        address: &Email,
        mark: MailMark,
        condition: &'static str,
    ) -> Result<bool, Error> {
        let marked = Statement::on(Key::undeliverable(address))
            .update("SET #state = :state, #at_ms = :at")
            .condition(condition)
            .value("state", mark.state.as_str())
            .value("at", mark.at_ms);
        match self.store.transaction().update(&marked, ())?.commit().await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(_)) => Ok(false),
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// The mark of an address, if it has one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn mail_mark(&self, address: &Email) -> Result<Option<MailMark>, Error> {
        self.store.get(&Key::undeliverable(address)).await
    }

    /// Whether a notice may go to this address. If that cannot be known it may: what it tells matters
    /// more, and SES keeps a list, too.
    pub(super) async fn may_notify(&self, address: &Email) -> bool {
        let mark = self.mail_mark(address).await.ok().flatten();
        let may = !mark.is_some_and(MailMark::forbids);
        if !may {
            tracing::warn!("a notice is not sent: mail to its address came back");
        }
        may
    }
}
