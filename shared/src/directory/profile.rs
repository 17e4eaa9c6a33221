//! Changing what an account is known by.

use crate::{
    error::{Error, Reason},
    identifier::{Email, Identifier},
    store::{CommitError, Key, pause},
};

use super::{
    ATTEMPTS, Account, Client, Directory, Session, SessionCookie,
    account::Claim,
    never_settled,
    notice::{Notice, NoticeKind},
};

/// What to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The new name.
    pub name: Option<String>,
    /// The new email address, which then counts as unproven.
    pub email: Option<Email>,
}

/// What a refused write of a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// The account was changed since it was read.
    Changed,
    EmailTaken,
}

impl Directory {
    /// Changes name, email address or both, together with the claim on the address: one round trip
    /// after the session's. A former address is then told by mail. Also answers with the cookie to
    /// set, if the session's idle time began anew.
    ///
    /// # Errors
    ///
    /// [`Reason::EmailTaken`], [`Reason::NotSignedIn`] (the session ended meanwhile),
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn change_profile(
        &self,
        session: &Session,
        change: &ProfileChange,
        client: &Client,
    ) -> Result<(Account, Option<SessionCookie>), Error> {
        let mut session = session.clone();
        for attempt in 0..ATTEMPTS {
            let now = self.now();
            let renewal = self.renewal(&session);
            match self.try_change_profile(&session, change, client).await {
                Ok(after) => {
                    if session
                        .account
                        .email
                        .as_ref()
                        .is_some_and(|old| after.email.as_ref() != Some(old))
                    {
                        self.send_waiting_notices(&session.account, client.language).await;
                    }
                    let cookie = renewal.map(|until| session.cookie(until, now));
                    return Ok((after, cookie));
                }
                Err(CommitError::Failed(error)) => return Err(error),
                Err(CommitError::Refused(refused)) if refused.contains(&Refused::Changed) => {
                    // Someone changed the account meanwhile: that may have ended the session.
                    pause(attempt).await;
                    let again = self.session(session.kind, Some(&session.token)).await?;
                    session = Session { known_address: session.known_address, ..again };
                }
                Err(CommitError::Refused(_)) => {
                    return Err(self.disclose(Reason::EmailTaken, client).await);
                }
            }
        }
        Err(never_settled())
    }

    async fn try_change_profile(
        &self,
        session: &Session,
        change: &ProfileChange,
        client: &Client,
    ) -> Result<Account, CommitError<Refused>> {
        let (before, now) = (&session.account, self.now());
        let mut after = Account { version: before.version + 1, updated: now, ..before.clone() };
        if let Some(name) = &change.name {
            after.name = Some(name.clone());
        }
        let new_email = change.email.as_ref().filter(|new| before.email.as_ref() != Some(*new));
        if let Some(new) = new_email {
            after.email = Some(new.clone());
            after.email_verified = false;
        }

        let unchanged = before.unchanged();
        let mut transaction =
            self.store.transaction().replace(&unchanged, &after, Refused::Changed)?;
        if let Some(new) = new_email {
            let claim = Claim { account: before.id, created: now, verified: false };
            let new = Identifier::Email(new.clone());
            transaction = transaction.create(&Key::claim(&new), &claim, Refused::EmailTaken)?;
            if session.known_address {
                transaction = self.remember_address(transaction, &after, None, client)?;
            }
        }
        if let (Some(_), Some(old)) = (new_email, &before.email) {
            transaction = transaction.delete(&Key::claim(&Identifier::Email(old.clone())))?;
            let notice = Notice::new(NoticeKind::EmailChanged, old, now)?;
            transaction = notice.queue(transaction, before.id)?;
        }
        if let Some(until) = self.renewal(session) {
            transaction = transaction.update_if_possible(&session.move_to(before.epoch, until))?;
        }
        transaction.commit().await?;
        Ok(after)
    }
}
