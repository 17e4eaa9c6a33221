//! Notices to an account's owner about a change that a thief would make.
//!
//! A notice is written in the same transaction as the change that it tells of, so that neither
//! happens without the other, and waits under the account until it is sent.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    error::{Error, Outage},
    identifier::{AccountId, Email},
    store::{Key, Transaction},
};

/// A notice that waits to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// What it tells.
    pub kind: NoticeKind,
    /// Where it goes.
    pub to: Email,
    /// When the change happened.
    pub created: Seconds,
}

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The account has another email address now. Goes to the former one.
    EmailChanged,
    /// The account has another password now.
    PasswordChanged,
}

impl Notice {
    /// Adds the notice to the transaction that makes the change.
    pub(super) fn queue<'a, T: Copy>(
        &self,
        transaction: Transaction<'a, T>,
        account: AccountId,
    ) -> Result<Transaction<'a, T>, Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| Outage::new("no randomness for a notice"))?;
        let name = format!("{:012}#{}", self.created, HEXLOWER.encode(&random));
        transaction.overwrite(&Key::notice(account, &name), self)
    }
}
