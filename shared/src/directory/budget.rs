//! What may be done so often by one who asks: by a tenant's client apps together, or else by a client
//! address.

use crate::{
    error::{Error, Reason},
    store::{Counter, Taken},
};

use super::{Client, Directory};

/// What is counted by who asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Budget {
    /// Passwords that are checked.
    Guesses,
    /// Accounts that are made.
    SignUps,
    /// Replies that reveal whether an account exists.
    Disclosures,
}

impl Budget {
    const fn of_address(self) -> &'static str {
        match self {
            Self::Guesses => "guess_address",
            Self::SignUps => "sign_up",
            Self::Disclosures => "disclosure",
        }
    }

    const fn of_tenant(self) -> &'static str {
        match self {
            Self::Guesses => "guess_tenant",
            Self::SignUps => "sign_up_tenant",
            Self::Disclosures => "disclosure_tenant",
        }
    }
}

impl Directory {
    /// Takes from a budget of whoever asks.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub(super) async fn take_from(&self, budget: Budget, client: &Client) -> Result<Taken, Error> {
        let limits = &self.config.limits;
        let (counter, limit) = match &client.tenant {
            None => {
                let limit = match budget {
                    Budget::Guesses => limits.guesses_per_address,
                    Budget::SignUps => limits.sign_ups_per_address,
                    Budget::Disclosures => limits.disclosures_per_address,
                };
                (Counter::new(budget.of_address(), client.address.as_str()), limit)
            }
            Some(tenant) => {
                let limit = match budget {
                    Budget::Guesses => limits.guesses_per_tenant,
                    Budget::SignUps => limits.sign_ups_per_tenant,
                    Budget::Disclosures => limits.disclosures_per_tenant,
                };
                (Counter::new(budget.of_tenant(), tenant.as_str()), limit)
            }
        };
        self.store.take(&counter, limit, self.now()).await
    }

    /// Counts a reply that reveals whether an account exists, and answers with it unless whoever asks
    /// has had too many.
    pub(super) async fn disclose(&self, reason: Reason, client: &Client) -> Error {
        match self.take_from(Budget::Disclosures, client).await {
            Ok(_) => reason.into(),
            Err(error) => error,
        }
    }
}
