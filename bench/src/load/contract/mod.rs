//! The contracts, as their clients know them: each function makes a request and the reply to it.

pub(crate) mod api_key;
pub(crate) mod cookie;
pub(crate) mod malformed;
pub(crate) mod users;

use crate::{account::Account, exchange::Exchange};

/// A contract that one signs in through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    ApiKey,
    Cookie,
    Users,
}

impl Door {
    /// With the right password.
    pub(crate) fn sign_in(self, account: &Account) -> Exchange {
        match self {
            Self::ApiKey => api_key::sign_in(account),
            Self::Cookie => cookie::log_in(account),
            Self::Users => users::sign_in(account),
        }
    }

    /// With a wrong password.
    pub(crate) fn sign_in_wrong(self, account: &Account, guess: &str) -> Exchange {
        match self {
            Self::ApiKey => api_key::sign_in_wrong(account, guess),
            Self::Cookie => cookie::log_in_wrong(account, guess),
            Self::Users => users::sign_in_wrong(account, guess),
        }
    }

    /// By an email address that nobody has.
    pub(crate) fn sign_in_unknown(self, email: &str, guess: &str) -> Exchange {
        match self {
            Self::ApiKey => api_key::sign_in_unknown(email, guess),
            Self::Cookie => cookie::log_in_unknown(email, guess),
            Self::Users => users::sign_in_unknown(email, guess),
        }
    }

    /// With the account's credential, if it has a live one.
    pub(crate) fn sign_out(self, account: &Account) -> Option<Exchange> {
        match self {
            Self::ApiKey => account.api_key.as_deref().map(api_key::sign_out),
            Self::Cookie => {
                account.cookie.live.as_deref().map(|live| cookie::log_out(account, live))
            }
            Self::Users => account.users.live.as_deref().map(|live| users::sign_out(account, live)),
        }
    }

    /// With a credential that has ended, if there was one.
    pub(crate) fn sign_out_dead(self, account: &Account) -> Option<Exchange> {
        match self {
            // A dead key is as signed out as any.
            Self::ApiKey => None,
            Self::Cookie => account.cookie.dead.as_deref().map(cookie::log_out_dead),
            Self::Users => account.users.dead.as_deref().map(users::sign_out_dead),
        }
    }
}
