//! The emoji that an account has uploaded. The emoji service writes them; the directory shows them.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Reason},
    identifier::AccountId,
    store::Key,
};

use super::{Account, Directory};

/// How many emoji a profile shows.
const SHOWN: usize = 100;

/// An emoji. Numbers are given out in ascending order, so the highest is the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emoji {
    /// Its number, unique within its account.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// How often it was downloaded.
    pub downloads: u64,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A tag of an emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

impl Directory {
    /// An account and its newest 100 emoji, newest first: one round trip.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn profile(&self, id: AccountId) -> Result<(Account, Vec<Emoji>), Error> {
        let key = Key::account(id);
        let (account, emoji) =
            futures::join!(self.account(id), self.store.last(&key, "emoji#", SHOWN));
        Ok((account?.ok_or(Reason::AccountUnknown)?, emoji?))
    }

    /// Writes emoji of an account, over those with the same numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`]; writing them again does no harm.
    pub async fn write_emoji(&self, account: AccountId, emoji: &[Emoji]) -> Result<(), Error> {
        let items: Vec<_> =
            emoji.iter().map(|emoji| (Key::emoji(account, emoji.id), emoji)).collect();
        self.store.put_all(&items).await
    }
}
