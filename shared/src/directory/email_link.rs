//! What opening a mailed link does: makes an account, gives one to whoever can prove its address, or
//! takes a registration back.

use crate::{
    clock::Seconds,
    credential::BareToken,
    error::{Error, Outage, Reason},
    identifier::{AccountId, Email, Identifier},
    password::{NewPassword, PasswordHash},
    store::{CommitError, Found, Key, Statement, pause},
};

use super::{
    ATTEMPTS, Account, Directory, Status, account::Claim, email_registration::Pending,
    never_settled,
};

/// How long an account can be taken back by "this was not me", and its link be opened again.
const REGRET_LIFETIME: Seconds = 7 * 24 * 60 * 60;

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a new account.
    Ready,
    /// To an account that exists by now, because the link was opened before.
    Opened,
    /// To an account that someone made without proving the address. It can be taken over by
    /// choosing a new password.
    Unproven,
}

/// A link as it was read, with what to act on.
enum Opening {
    /// The registration's password.
    Ready(PasswordHash),
    Opened {
        account: AccountId,
        /// Whether the link made the account, rather than give it to its opener.
        made: bool,
    },
    Unproven(Account),
}

/// What a refused write means: what the link leads to has changed.
#[derive(Clone, Copy, Debug)]
struct Changed;

impl Directory {
    /// Where a link leads. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`Reason::LinkInvalid`], [`Reason::EmailTaken`] (by an account that this link did not make),
    /// [`Error::Unavailable`].
    pub async fn inspect_link(&self, email: &Email, token: &BareToken) -> Result<Link, Error> {
        Ok(match self.open(email, token).await? {
            Opening::Ready(_) => Link::Ready,
            Opening::Opened { .. } => Link::Opened,
            Opening::Unproven(_) => Link::Unproven,
        })
    }

    async fn open(&self, email: &Email, token: &BareToken) -> Result<Opening, Error> {
        let claim = Key::claim(&Identifier::Email(email.clone()));
        let keys = [&Key::pending(token), &claim];
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let pending: Option<Pending> = found.next().flatten().map(Found::decode).transpose()?;
        let claim: Option<Claim> = found.next().flatten().map(Found::decode).transpose()?;
        let now = self.now();
        let pending = pending
            .filter(|pending| pending.email == *email && now < pending.expires)
            .ok_or(Reason::LinkInvalid)?;
        if let Some(id) = pending.account {
            // An account that is gone by now does not come back.
            let still = claim.filter(|claim| claim.account == id).ok_or(Reason::LinkInvalid)?;
            return Ok(Opening::Opened { account: still.account, made: pending.made });
        }
        let ready = || {
            let password = pending.password;
            let missing = || Outage::new("a registration without a password");
            password.map(Opening::Ready).ok_or_else(|| missing().into())
        };
        match claim {
            None => ready(),
            Some(claim) if claim.verified => Err(Reason::EmailTaken.into()),
            Some(claim) => match self.account(claim.account).await? {
                // A ban is not shed by proving the address.
                Some(account) if account.status == Status::Banned => Err(Reason::EmailTaken.into()),
                Some(account) => Ok(Opening::Unproven(account)),
                // It was deleted meanwhile, and its claim with it.
                None => ready(),
            },
        }
    }

    /// Does what a link stands for: makes the account, with the password of the registration or,
    /// better, with one that whoever opened the link has chosen on the page. An account that nobody
    /// had proven to be theirs becomes the opener's, but only with a chosen password. Opening a link
    /// again is a success again.
    ///
    /// # Errors
    ///
    /// [`Reason::LinkInvalid`], [`Reason::EmailTaken`] (also by an account that could be taken over
    /// with a chosen password), [`Error::Unavailable`].
    pub async fn activate(
        &self,
        email: &Email,
        token: &BareToken,
        chosen: Option<&NewPassword>,
    ) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            let committed = match (self.open(email, token).await?, chosen) {
                (Opening::Opened { .. }, None) => return Ok(()),
                // Who chose a password must not believe that it is the account's.
                (Opening::Opened { .. }, Some(_)) | (Opening::Unproven(_), None) => {
                    return Err(Reason::EmailTaken.into());
                }
                (Opening::Ready(password), None) => self.make_account(email, token, password).await,
                (Opening::Ready(_), Some(chosen)) => {
                    let password = self.hasher.hash(chosen).await?;
                    self.make_account(email, token, password).await
                }
                (Opening::Unproven(account), Some(chosen)) => {
                    let password = self.hasher.hash(chosen).await?;
                    self.take_over(email, token, account, password).await
                }
            };
            match committed {
                Ok(()) => return Ok(()),
                Err(CommitError::Failed(error)) => return Err(error),
                // Another link, or this one opened twice at once, was first: look again.
                Err(CommitError::Refused(_)) => pause(attempt).await,
            }
        }
        Err(never_settled())
    }

    async fn make_account(
        &self,
        email: &Email,
        token: &BareToken,
        password: PasswordHash,
    ) -> Result<(), CommitError<Changed>> {
        let now = self.now();
        let id = AccountId::random()?;
        let account = Account {
            email: Some(email.clone()),
            email_verified: true,
            ..Account::new(id, password, now)
        };
        let claim = Claim { account: id, created: now, verified: true };
        self.store
            .transaction()
            .create(&Key::account(id), &account, Changed)?
            .create(&Key::claim(&Identifier::Email(email.clone())), &claim, Changed)?
            .update(&self.opened(token, id, true), Changed)?
            .commit()
            .await
    }

    /// Gives an account to the person who opened the link: a new password, no credential left, no
    /// other unproven identifier and no identity left.
    async fn take_over(
        &self,
        email: &Email,
        token: &BareToken,
        before: Account,
        password: PasswordHash,
    ) -> Result<(), CommitError<Changed>> {
        let unchanged = before.unchanged();
        let proven = Statement::on(Key::claim(&Identifier::Email(email.clone())))
            .update("SET #verified = :true")
            .condition("#account = :account")
            .value("true", true)
            .value("account", before.id);
        // Nobody has proven a username, or that an identity is the owner's: whoever set them is not
        // the owner of the address.
        let username = before.username.clone().map(Identifier::Username);
        let identities = before.identities.iter().map(|bound| Key::identity(&bound.identity));
        let unproven: Vec<Key> = username.iter().map(Key::claim).chain(identities).collect();
        let id = before.id;
        let after = Account {
            email_verified: true,
            username: None,
            identities: Vec::new(),
            password: Some(password),
            epoch: before.epoch + 1,
            version: before.version + 1,
            updated: self.now(),
            ..before
        };
        let transaction = self
            .store
            .transaction()
            .replace(&unchanged, &after, Changed)?
            .update(&proven, Changed)?
            .update(&self.opened(token, id, false), Changed)?;
        let transaction = unproven
            .iter()
            .try_fold(transaction, |transaction, claim| transaction.delete(claim))?;
        transaction.commit().await
    }

    /// Notes that a link was opened, unless it was before.
    fn opened(&self, token: &BareToken, account: AccountId, made: bool) -> Statement {
        Statement::on(Key::pending(token))
            .update(
                "SET #account = :account, #made = :made, #expires = :until, #ttl = :until \
                 REMOVE #password",
            )
            .condition("attribute_exists(#pk) AND attribute_not_exists(#account)")
            .value("account", account)
            .value("made", made)
            .value("until", self.now() + REGRET_LIFETIME)
    }

    /// Takes a registration back: "this was not me". Also deletes the account that the link made,
    /// because a mail scanner may have opened it.
    ///
    /// # Errors
    ///
    /// [`Reason::LinkInvalid`], [`Error::Unavailable`].
    pub async fn cancel_registration(&self, email: &Email, token: &BareToken) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            match self.open(email, token).await {
                Ok(Opening::Opened { account, made: true }) => {
                    self.unmake_account(account).await?;
                    return self.store.delete(&Key::pending(token)).await;
                }
                Ok(Opening::Opened { .. }) => return self.store.delete(&Key::pending(token)).await,
                // The address may be someone's by now; this registration goes all the same.
                Ok(Opening::Ready(_) | Opening::Unproven(_))
                | Err(Error::Denied(Reason::EmailTaken)) => {}
                Err(error) => return Err(error),
            }
            let unopened =
                Statement::on(Key::pending(token)).condition("attribute_not_exists(#account)");
            match self.store.transaction().delete_if(&unopened, Changed)?.commit().await {
                Ok(()) => return Ok(()),
                Err(CommitError::Failed(error)) => return Err(error),
                // It was opened at the same moment.
                Err(CommitError::Refused(_)) => pause(attempt).await,
            }
        }
        Err(never_settled())
    }

    /// Deletes the account that a link made, unless it is banned: a ban is not shed that way.
    async fn unmake_account(&self, id: AccountId) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            let Some(account) = self.account(id).await? else { return Ok(()) };
            if account.status == Status::Banned {
                return Err(Reason::LinkInvalid.into());
            }
            if self.remove(&account).await? {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(never_settled())
    }
}
