//! Deleting accounts.

use crate::{
    credential::{Kind, Token},
    error::{Error, Reason},
    identifier::{Email, Identifier},
    password::{GivenPassword, Verdict},
    store::{CommitError, Found, Key, pause},
};

use super::{
    ATTEMPTS, Account, Client, Directory, Status, account::Claim, budget::Budget, guess::Target,
    never_settled,
};

impl Directory {
    /// Deletes the account with this email address and password. If a live session of `kind` came
    /// with the request, it must be that account's.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], also for the session of another account;
    /// [`Reason::PasswordWrong`], [`Reason::Banned`] (only to the right password),
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn delete_own_account(
        &self,
        email: &Email,
        password: &GivenPassword,
        (kind, token): (Kind, Option<&Token>),
        client: &Client,
    ) -> Result<(), Error> {
        let identifier = Identifier::Email(email.clone());
        let claim = Key::claim(&identifier);
        let mark = Key::known_by_identifier(&identifier, &client.address);
        let session =
            token.map(|token| (Key::credential(kind, token), Key::account(token.account_hint())));
        let session = session.iter().flat_map(|(credential, account)| [credential, account]);
        let keys: Vec<&Key> = [&claim, &mark].into_iter().chain(session).collect();
        let (address, found) =
            futures::join!(self.take_from(Budget::Guesses, client), self.store.get_many(&keys));
        let (address, mut found) = (address?, found?.into_iter());
        let mut next = || found.next().flatten();
        let (claim, mark, credential, holder) = (next(), next(), next(), next());
        let claim: Option<Claim> = claim.map(Found::decode).transpose()?;
        let session = match token {
            Some(token) => self.live_session(kind, token, credential, holder)?,
            None => None,
        };

        // The session of another account makes the address as wrong as nobody's.
        let claim = claim.filter(|claim| {
            session.as_ref().is_none_or(|session| session.account.id == claim.account)
        });
        let target = match &claim {
            Some(Claim { account: id, .. }) => {
                Target::Account { id: *id, known_address: self.known_address(mark, *id)?.is_some() }
            }
            None => Target::Nobody(&identifier),
        };
        let account = claim.map_or_else(Key::no_account, |claim| Key::account(claim.account));
        let (guess, account) =
            futures::join!(self.take_guess(target, client), self.store.get(&account));
        let (guess, account): (_, Option<Account>) = (guess?, account?);
        let account = account.filter(Account::exists);

        let hash = account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = self.hasher.verify(password, hash).await?;
        let Some(account) = account else {
            return Err(self.disclose(Reason::AccountUnknown, client).await);
        };
        if verdict == Verdict::Wrong {
            return Err(self.disclose(Reason::PasswordWrong, client).await);
        }
        if account.status == Status::Banned {
            self.give_back(&guess, &address).await;
            return Err(Reason::Banned.into());
        }
        let (deleted, ()) = futures::join!(
            self.remove_named(account, email, password, client),
            self.give_back_apart(&address)
        );
        deleted
    }

    /// Removes an account whose email address and password were right when it was read, as long as
    /// they still are.
    async fn remove_named(
        &self,
        mut account: Account,
        email: &Email,
        password: &GivenPassword,
        client: &Client,
    ) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            if self.remove(&account).await? {
                return Ok(());
            }
            // Someone changed it meanwhile.
            pause(attempt).await;
            let now = self.account(account.id).await?;
            let Some(now) = now.filter(|now| now.email.as_ref() == Some(email)) else {
                return Err(self.disclose(Reason::AccountUnknown, client).await);
            };
            if now.password != account.password
                && self.hasher.verify(password, now.password.as_ref()).await? == Verdict::Wrong
            {
                return Err(self.disclose(Reason::PasswordWrong, client).await);
            }
            if now.status == Status::Banned {
                return Err(Reason::Banned.into());
            }
            account = now;
        }
        Err(never_settled())
    }

    /// Removes an account as it was read: first, in one transaction, the account and its claims,
    /// which frees the identifiers and ends every credential at once; then what hung on it.
    ///
    /// If the second part fails, nobody notices but the audit, which finds it and can finish it.
    /// Answers `false`, and has done nothing, if the account has changed since it was read.
    pub(super) async fn remove(&self, account: &Account) -> Result<bool, Error> {
        let key = Key::account(account.id);
        let unchanged = account.unchanged();
        let tombstone = account.tombstone(self.now());
        let transaction = self.store.transaction().replace(&unchanged, &tombstone, ())?;
        let transaction = account
            .claims()
            .iter()
            .try_fold(transaction, |transaction, claim| transaction.delete(claim))?;
        match transaction.commit().await {
            Ok(()) => {}
            Err(CommitError::Failed(error)) => return Err(error),
            Err(CommitError::Refused(_)) => return Ok(false),
        }
        if self.finish_removal(&key).await.is_err() {
            tracing::warn!("an account is deleted, but not yet all that hung on it");
        }
        Ok(true)
    }

    /// Removes what hangs on a deleted account, then the last of the account itself.
    pub(super) async fn finish_removal(&self, account: &Key) -> Result<(), Error> {
        self.store.delete_belongings(account).await?;
        self.store.delete(account).await
    }
}
