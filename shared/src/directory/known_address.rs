//! The marks that say from which client addresses an account was signed in to of late.
//!
//! There is one mark for the account's id and one for each of its identifiers, so that sign-in,
//! which starts from an identifier, and a session, which starts from the id, both find one in
//! their first round trip.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    error::Error,
    identifier::AccountId,
    store::{Found, Key, Transaction},
};

use super::{Account, Client, Directory};

/// A mark is renewed by a sign-in that finds it older than this, not by every one.
const RENEWED_AFTER: Seconds = 24 * 60 * 60;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KnownAddress {
    account: AccountId,
    until: Seconds,
    /// For DynamoDB to clean up by.
    ttl: Seconds,
}

impl Directory {
    /// Reads a mark for this account out of what was found under its key.
    pub(super) fn known_address(
        &self,
        found: Option<Found>,
        account: AccountId,
    ) -> Result<Option<KnownAddress>, Error> {
        let mark: Option<KnownAddress> = found.map(Found::decode).transpose()?;
        Ok(mark.filter(|mark| self.is_known(Some(mark), account)))
    }

    /// Whether a mark says that this account was signed in to of late.
    pub(super) fn is_known(&self, mark: Option<&KnownAddress>, account: AccountId) -> bool {
        // An identifier may have been someone else's when its mark was made.
        mark.is_some_and(|mark| mark.account == account && mark.until > self.now())
    }

    /// Adds to a sign-in what makes its client address known, unless `mark` is still fresh.
    pub(super) fn remember_address<'a, T: Copy>(
        &self,
        transaction: Transaction<'a, T>,
        account: &Account,
        mark: Option<&KnownAddress>,
        client: &Client,
    ) -> Result<Transaction<'a, T>, Error> {
        let now = self.now();
        let until = now + self.config.limits.known_address + RENEWED_AFTER;
        if mark.is_some_and(|mark| mark.until > until - RENEWED_AFTER) {
            return Ok(transaction);
        }
        let record = KnownAddress { account: account.id, until, ttl: until };
        let by_identifier = account
            .identifiers()
            .into_iter()
            .map(|identifier| Key::known_by_identifier(&identifier, &client.address));
        let by_account = Key::known_by_account(account.id, &client.address);
        by_identifier
            .chain([by_account])
            .try_fold(transaction, |transaction, key| transaction.overwrite(&key, &record))
    }
}
