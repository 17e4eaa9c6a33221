//! Making accounts.

use crate::{
    config::PasswordPolicy,
    error::{Error, Outage, Reason},
    identifier::{AccountId, Email, Identifier, Username},
    password::{NewPassword, is_common},
    store::{CommitError, Counter, Key, Taken},
};

use super::{Account, Client, Directory, account::Claim};

/// How often an id may turn out to be taken. Ids are drawn from 2^53, so once is a wonder.
const ID_ATTEMPTS: usize = 3;

/// An account to make, with an email address that nobody has proven yet.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its email address.
    pub email: Email,
    /// Its username, if it gets one.
    pub username: Option<Username>,
    /// The name that its owner goes by, if one was given.
    pub name: Option<String>,
    /// Its password.
    pub password: NewPassword,
}

impl NewAccount {
    /// The identifiers to claim, with what to say if one is taken, in the order in which it is
    /// said.
    fn claims(&self) -> Vec<(Key, Reason)> {
        let email = Identifier::Email(self.email.clone());
        let username = self.username.clone().map(Identifier::Username);
        let username = username.map(|username| (Key::claim(&username), Reason::UsernameTaken));
        let email = (Key::claim(&email), Reason::EmailTaken);
        username.into_iter().chain([email]).collect()
    }
}

/// What a refused write of a sign-up means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Id,
    Identifier(Reason),
}

impl Directory {
    /// Makes an account: two round trips and one hash; two trips and none if an identifier is taken,
    /// of which one counts the reply.
    ///
    /// # Errors
    ///
    /// [`Reason::UsernameTaken`], [`Reason::EmailTaken`], [`Error::Throttled`],
    /// [`Error::Unavailable`].
    pub async fn sign_up(&self, new: &NewAccount, client: &Client) -> Result<Account, Error> {
        let claims = new.claims();
        let keys: Vec<&Key> = claims.iter().map(|(key, _)| key).collect();
        // Counted before it is known whether an identifier is taken, so that whoever may make no
        // more accounts learns no more either.
        let counter = Counter::new("sign_up", client.address.as_str());
        let limit = self.config.limits.sign_ups_per_address;
        let (counted, found) = futures::join!(
            self.store.take(&counter, limit, self.now()),
            self.store.get_many(&keys)
        );
        let (counted, found) = (counted?, found?);
        if let Some((_, (_, taken))) = found.iter().zip(&claims).find(|(found, _)| found.is_some())
        {
            return Err(self.refuse_sign_up(*taken, &counted, client).await);
        }
        let password = self.hasher.hash(&new.password).await?;

        for _ in 0..ID_ATTEMPTS {
            let id = AccountId::random()?;
            let now = self.now();
            let account = Account {
                email: Some(new.email.clone()),
                username: new.username.clone(),
                name: new.name.clone(),
                ..Account::new(id, password.clone(), now)
            };
            let claim = Claim { account: id, created: now, verified: false };
            let transaction =
                self.store.transaction().create(&Key::account(id), &account, Refused::Id)?;
            let transaction =
                claims.iter().try_fold(transaction, |transaction, (key, taken)| {
                    transaction.create(key, &claim, Refused::Identifier(*taken))
                })?;
            let refused = match transaction.commit().await {
                Ok(()) => return Ok(account),
                Err(CommitError::Failed(error)) => return Err(error),
                Err(CommitError::Refused(refused)) => refused,
            };
            for taken in refused {
                if let Refused::Identifier(reason) = taken {
                    return Err(self.refuse_sign_up(reason, &counted, client).await);
                }
            }
        }
        Err(Outage::new("no free account id").into())
    }

    /// Tells that an identifier is taken, which is counted as such and not as a sign-up.
    async fn refuse_sign_up(&self, taken: Reason, counted: &Taken, client: &Client) -> Error {
        let (refused, ()) =
            futures::join!(self.disclose(taken, client), self.give_back_apart(counted));
        refused
    }

    /// Applies the password policy to a new password.
    ///
    /// # Errors
    ///
    /// [`Reason::PasswordTooEasy`] for one of the most common ones where the policy is `hardened`.
    pub fn admit_password(&self, password: &NewPassword) -> Result<(), Reason> {
        match self.config.password_policy {
            PasswordPolicy::Hardened if is_common(password) => Err(Reason::PasswordTooEasy),
            PasswordPolicy::Hardened | PasswordPolicy::Documented => Ok(()),
        }
    }
}
