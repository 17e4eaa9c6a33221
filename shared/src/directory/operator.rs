//! What the operator may do to accounts.

use crate::{
    error::{Error, Reason},
    identifier::{AccountId, Identifier},
    store::{CommitError, Key, Statement, pause},
};

use super::{ATTEMPTS, Account, Directory, account::Claim, never_settled};

impl Directory {
    /// The account with this id.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn find_by_id(&self, id: AccountId) -> Result<Account, Error> {
        self.account(id).await?.ok_or_else(|| Reason::AccountUnknown.into())
    }

    /// The account with this identifier.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn find_by_identifier(&self, identifier: &Identifier) -> Result<Account, Error> {
        let claim: Option<Claim> = self.store.get(&Key::claim(identifier)).await?;
        self.find_by_id(claim.ok_or(Reason::AccountUnknown)?.account).await
    }

    /// Bans an account and ends all its credentials.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn ban(&self, id: AccountId) -> Result<(), Error> {
        self.operate(id, "SET #status = :banned, #epoch = #epoch + :one, #version = #version + :one, #updated = :now", Some("banned")).await
    }

    /// Lifts a ban. Credentials from before it stay dead.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn unban(&self, id: AccountId) -> Result<(), Error> {
        self.operate(
            id,
            "SET #status = :active, #version = #version + :one, #updated = :now",
            Some("active"),
        )
        .await
    }

    /// Ends all credentials of an account.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, id: AccountId) -> Result<(), Error> {
        self.operate(
            id,
            "SET #epoch = #epoch + :one, #version = #version + :one, #updated = :now",
            None,
        )
        .await
    }

    async fn operate(
        &self,
        id: AccountId,
        update: &'static str,
        status: Option<&'static str>,
    ) -> Result<(), Error> {
        let statement = Statement::on(Key::account(id))
            .update(update)
            .condition("attribute_exists(#pk) AND #status <> :deleted")
            .value("deleted", "deleted")
            .value("one", 1_u64)
            .value("now", self.now());
        let statement = match status {
            Some(status) => statement.value(status, status),
            None => statement,
        };
        match self.store.transaction().update(&statement, ())?.commit().await {
            Ok(()) => Ok(()),
            Err(CommitError::Refused(_)) => Err(Reason::AccountUnknown.into()),
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// Deletes an account and all that hangs on it.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Error::Unavailable`].
    pub async fn delete_account(&self, id: AccountId) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            let account = self.find_by_id(id).await?;
            if self.remove(&account).await? {
                return Ok(());
            }
            // It was changed between the two.
            pause(attempt).await;
        }
        Err(never_settled())
    }
}
