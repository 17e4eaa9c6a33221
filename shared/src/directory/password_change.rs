//! Changing a password.

use crate::{
    error::{Error, Outage, Reason},
    password::{GivenPassword, NewPassword, Verdict},
    store::{CommitError, Key, Statement, Taken},
};

use super::{
    Client, Directory, Session, SessionCookie,
    budget::Budget,
    guess::Target,
    notice::{Notice, NoticeKind},
};

/// How often a change begins anew because the same session has made another one meanwhile.
const TRIES: u32 = 5;

/// What changes a password.
struct Change<'a> {
    old: &'a GivenPassword,
    new: &'a NewPassword,
    client: &'a Client,
    guess: &'a Taken,
    /// What is given back for a right password, if it was not given back already.
    address: Option<&'a Taken>,
}

impl Directory {
    /// Changes the password and ends every credential of the account but the session that asks:
    /// two round trips after the session's, and two hashes. The account is told by mail.
    ///
    /// # Errors
    ///
    /// [`Reason::PasswordWrong`], [`Reason::NotSignedIn`] (the session ended meanwhile),
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        session: &Session,
        old: &GivenPassword,
        new: &NewPassword,
        client: &Client,
    ) -> Result<SessionCookie, Error> {
        let Session { account, known_address, .. } = session;
        let target = Target::Account { id: account.id, known_address: *known_address };
        let (guess, address) = futures::join!(
            self.take_guess(target, client),
            self.take_from(Budget::Guesses, client)
        );
        // If one of them is used up, no password is checked, so none is counted.
        let [guess, address] = self.all_or_nothing([guess, address]).await?;
        let (mut session, mut address) = (session.clone(), Some(address));
        for _ in 0..TRIES {
            let given_back = address.take();
            let change = Change { old, new, client, guess: &guess, address: given_back.as_ref() };
            if let Some(cookie) = self.try_to_change(&session, &change).await? {
                return Ok(cookie);
            }
            // The same session has changed it meanwhile, perhaps to what it was, or has ended.
            session = self.session(session.kind, Some(&session.token)).await?;
        }
        Err(Outage::new("a password is changed all the time").into())
    }

    /// Changes it, unless the account or the session has changed since the session was read.
    async fn try_to_change(
        &self,
        session: &Session,
        change: &Change<'_>,
    ) -> Result<Option<SessionCookie>, Error> {
        let (account, client) = (&session.account, change.client);
        if self.hasher.verify(change.old, account.password.as_ref()).await? == Verdict::Wrong {
            return Err(Reason::PasswordWrong.into());
        }
        let hash = self.hasher.hash(change.new).await?;

        let now = self.now();
        let until = self.renewed_until(session);
        let epoch = account.epoch + 1;
        let update = Statement::on(Key::account(account.id))
            .update(
                "SET #password = :password, #epoch = :next, #updated = :now, \
                 #version = #version + :one",
            )
            .condition("#epoch = :epoch")
            .value("password", hash.as_phc())
            .value("next", epoch)
            .value("now", now)
            .value("one", 1_u64)
            .value("epoch", account.epoch);
        let transaction = self
            .store
            .transaction()
            .update(&update, Reason::NotSignedIn)?
            .update(&session.move_to(epoch, until), Reason::NotSignedIn)?
            .give_back(change.guess)?;
        let notice = account.email.as_ref();
        let notice =
            notice.map(|to| Notice::new(NoticeKind::PasswordChanged, to, now)).transpose()?;
        let (committed, (), budget) =
            futures::join!(transaction.commit(), self.give_all_back(change.address), async {
                if notice.is_some() { self.take_notice(account).await } else { None }
            });
        if let Err(error) = committed {
            self.give_all_back(budget.iter().flatten()).await;
            return match error {
                CommitError::Refused(_) => Ok(None),
                CommitError::Failed(error) => Err(error),
            };
        }
        if let (Some(_), Some(notice)) = (budget, notice) {
            self.tell(account.id, &notice, client.language).await;
        }
        Ok(Some(session.cookie(until, now)))
    }
}
