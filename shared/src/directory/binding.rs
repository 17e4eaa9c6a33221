//! Binding identities to accounts. An identity is one account's at most, which the transaction that
//! claims it decides.

use crate::{
    credential::BareToken,
    error::Error,
    identifier::{AccountId, Identity},
    notify::Language,
    store::{CommitError, Key, Statement, Taken, Transaction, Value, pause},
};

use super::{
    ATTEMPTS, Account, Directory,
    account::{BoundIdentity, Claim},
    never_settled,
    notice::{Notice, NoticeKind},
};

/// How many identities an account can have: more than there are providers to have one at, fewer than
/// a transaction that deletes them has room for.
const MAX_IDENTITIES: u64 = 20;

impl Directory {
    /// Adds to a transaction what claims an identity for an account and ends the visit that it was
    /// shown in; `refused` says that it is claimed by now, or that the visit is over.
    pub(super) fn claim_identity<'a, T: Copy>(
        transaction: Transaction<'a, T>,
        account: AccountId,
        visit: &BareToken,
        bound: &BoundIdentity,
        refused: T,
    ) -> Result<Transaction<'a, T>, Error> {
        let claim = Claim { account, created: bound.bound, verified: true };
        let there = Statement::on(Key::visit(visit)).condition("attribute_exists(#pk)");
        transaction
            .create(&Key::identity(&bound.identity), &claim, refused)?
            .delete_if(&there, refused)
    }

    /// What adds an identity to an account that was read, whatever else of it changes meanwhile.
    pub(super) fn add_identity(
        &self,
        account: &Account,
        bound: &BoundIdentity,
    ) -> Result<Statement, Error> {
        Ok(Statement::on(Key::account(account.id))
            .update(
                "SET #identities = list_append(if_not_exists(#identities, :none), :identity), \
                 #version = #version + :one, #updated = :now",
            )
            .condition(
                "#epoch = :epoch AND #status = :active AND \
                 (attribute_not_exists(#identities) OR size(#identities) < :most)",
            )
            .value("none", Value::of::<[BoundIdentity]>(&[])?)
            .value("identity", Value::of(&[bound])?)
            .value("one", 1_u64)
            .value("now", self.now())
            .value("epoch", account.epoch)
            .value("active", "active")
            .value("most", MAX_IDENTITIES))
    }

    /// The notice of a new binding, and what was taken from the account's budget for it. Neither if
    /// there is nobody to tell.
    pub(super) async fn notice_of_binding(
        &self,
        account: &Account,
    ) -> Option<(Notice, Vec<Taken>)> {
        let to = account.email.as_ref()?;
        let notice = Notice::new(NoticeKind::IdentityBound, to, self.now()).ok()?;
        self.take_notice(account).await.map(|taken| (notice, taken))
    }

    /// Tells an account's owner of a binding that was made, or gives back what was taken for that.
    pub(super) async fn tell_of_binding(
        &self,
        account: &Account,
        notice: Option<(Notice, Vec<Taken>)>,
        was_made: bool,
        language: Language,
    ) {
        match notice {
            Some((notice, _)) if was_made => self.tell(account.id, &notice, language).await,
            Some((_, taken)) => self.give_all_back(&taken).await,
            None => {}
        }
    }

    /// Removes an identity from an account. Sessions that were made by it stay: end them, too, if
    /// they should not. Answers `false` if the account has not that identity.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`](crate::error::Reason::AccountUnknown), [`Error::Unavailable`].
    pub async fn unbind(&self, id: AccountId, identity: &Identity) -> Result<bool, Error> {
        for attempt in 0..ATTEMPTS {
            let before = self.find_by_id(id).await?;
            let (unchanged, mut after) = (before.unchanged(), before);
            let count = after.identities.len();
            after.identities.retain(|bound| bound.identity != *identity);
            if after.identities.len() == count {
                return Ok(false);
            }
            after.version += 1;
            after.updated = self.now();
            let transaction = self
                .store
                .transaction()
                .replace(&unchanged, &after, ())?
                .delete(&Key::identity(identity))?;
            match transaction.commit().await {
                Ok(()) => return Ok(true),
                Err(CommitError::Failed(error)) => return Err(error),
                // Someone changed the account meanwhile.
                Err(CommitError::Refused(_)) => pause(attempt).await,
            }
        }
        Err(never_settled())
    }
}
