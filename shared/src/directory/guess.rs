//! Checking passwords under a budget that is taken before the hash is computed.
//!
//! The budget of an account is found by its id, whatever identifier and whatever contract was
//! used. So that nobody can lock an owner out, a client address from which the account was signed
//! in to of late has a budget of its own; all others share one.

use crate::{
    config::{Limit, Replies},
    error::{Error, Outage, Reason},
    identifier::{AccountId, Identifier},
    store::{Counter, Key, Taken},
};

use super::{Client, Directory, known_address::KnownAddress};

/// Whether the contract that asks tells an unknown account from a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// It does, so such replies are counted per client address.
    Shown,
    /// It answers both alike.
    Hidden,
}

/// Whose password is guessed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Account {
        id: AccountId,
        /// It was signed in to of late from the address that guesses.
        known_address: bool,
    },
    /// An identifier that nobody has. It has a budget too, so that it answers alike.
    Nobody(&'a Identifier),
}

impl Target<'_> {
    pub(super) fn counter(self, client: &Client) -> Counter {
        match self {
            Self::Account { id, known_address: false } => Counter::new("guess", &id.to_string()),
            Self::Account { id, known_address: true } => {
                Counter::new("guess", &format!("{id}\n{}", client.address.as_str()))
            }
            Self::Nobody(identifier) => Counter::new("guess", &identifier.claim()),
        }
    }
}

impl Directory {
    /// Takes from the guess budget that stands before a password.
    pub(super) async fn take_guess(
        &self,
        target: Target<'_>,
        client: &Client,
    ) -> Result<Taken, Error> {
        let limit = self.config.limits.guesses_per_account;
        let take = async |target: Target<'_>| {
            self.store.take(&target.counter(client), limit, self.now()).await
        };
        let refused = match take(target).await {
            Err(error @ Error::Throttled { .. }) => error,
            taken => return taken,
        };
        match target {
            Target::Account { known_address: true, .. } => Err(refused),
            // An identifier that is newer than the last sign-in from here has no mark of its own.
            Target::Account { id, known_address: false } => {
                let mark = self.store.get(&Key::known_by_account(id, &client.address)).await?;
                if self.is_known(mark.as_ref(), id) {
                    take(Target::Account { id, known_address: true }).await
                } else {
                    Err(refused)
                }
            }
            // The same read, so that nobody takes as long as somebody.
            Target::Nobody(identifier) => {
                let mark = Key::known_by_identifier(identifier, &client.address);
                self.store.get::<KnownAddress>(&mark).await?;
                Err(refused)
            }
        }
    }

    /// Takes from a budget of what is sent to one recipient.
    pub(super) async fn take_sending(
        &self,
        counter: &Counter,
        limit: Limit,
    ) -> Result<Taken, Error> {
        match self.store.take(counter, limit, self.now()).await {
            Err(Error::Throttled { .. }) => Err(Reason::SentTooOften.into()),
            taken => taken,
        }
    }

    /// What several budgets gave: all of it, or nothing. Of several refusals the last one counts.
    pub(super) async fn all_or_nothing<const N: usize>(
        &self,
        taken: [Result<Taken, Error>; N],
    ) -> Result<[Taken; N], Error> {
        let (mut given, mut refused) = (Vec::new(), Outage::new("a budget gave nothing").into());
        for one in taken {
            match one {
                Ok(taken) => given.push(taken),
                Err(error) => refused = error,
            }
        }
        match <[Taken; N]>::try_from(given) {
            Ok(all) => Ok(all),
            Err(given) => {
                self.give_all_back(&given).await;
                Err(refused)
            }
        }
    }

    /// Gives back to several budgets.
    pub(super) async fn give_all_back(&self, taken: impl IntoIterator<Item = &Taken>) {
        futures::future::join_all(taken.into_iter().map(|taken| self.give_back_apart(taken))).await;
    }

    /// Gives back to one budget, in a transaction of its own. That of a client address or a tenant
    /// always is: many accounts share one, and their sign-ins must not get into each other's way.
    pub(super) async fn give_back_apart(&self, taken: &Taken) {
        let given_back = match self.store.transaction::<()>().give_back(taken) {
            Ok(transaction) => transaction.commit().await.is_ok(),
            Err(_) => false,
        };
        if !given_back {
            // Counted too much rather than too little; the window closes by itself.
            tracing::warn!("a budget was not given back what was taken from it");
        }
    }

    /// Gives back to both budgets, for a right password that leads to nothing else.
    pub(super) async fn give_back(&self, guess: &Taken, source: &Taken) {
        futures::join!(self.give_back_apart(guess), self.give_back_apart(source));
    }

    /// What to answer to an identifier that no account can have. It is told from a wrong password
    /// only where an unknown one is.
    #[must_use]
    pub fn unknown_account(&self) -> Reason {
        match self.config.replies {
            Replies::Uniform => Reason::PasswordWrong,
            Replies::Documented => Reason::AccountUnknown,
        }
    }

    /// What to answer to a guess that failed for `reason`.
    pub(super) async fn refuse_guess(
        &self,
        reason: Reason,
        disclosure: Disclosure,
        client: &Client,
    ) -> Error {
        match (self.config.replies, disclosure) {
            (Replies::Uniform, _) => Reason::PasswordWrong.into(),
            (Replies::Documented, Disclosure::Hidden) => reason.into(),
            (Replies::Documented, Disclosure::Shown) => self.disclose(reason, client).await,
        }
    }
}
