//! Changing a password.

use crate::{
    error::{Error, Reason},
    password::{GivenPassword, NewPassword, Verdict},
    store::{CommitError, Key, Statement},
};

use super::{Client, Directory, Notice, NoticeKind, Session, SessionCookie, guess::Target};

impl Directory {
    /// Changes the password and ends every credential of the account but the session that asks:
    /// two round trips after the session's, and two hashes.
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
        let (guess, address) =
            futures::join!(self.take_guess(target, client), self.take_from_address(client));
        let (guess, address) = match (guess, address) {
            (Ok(guess), Ok(address)) => (guess, address),
            // One of the two budgets is used up: no password is checked, so none is counted.
            (Ok(taken), Err(error)) | (Err(error), Ok(taken)) => {
                self.give_back_to_address(&taken).await;
                return Err(error);
            }
            (Err(error), Err(_)) => return Err(error),
        };
        if self.hasher.verify(old, account.password.as_ref()).await? == Verdict::Wrong {
            return Err(Reason::PasswordWrong.into());
        }
        let hash = self.hasher.hash(new).await?;

        let now = self.now();
        let until = self.renewed_until(session);
        let epoch = account.epoch + 1;
        let change = Statement::on(Key::account(account.id))
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
        let mut transaction = self
            .store
            .transaction()
            .update(&change, Reason::NotSignedIn)?
            .update(&session.move_to(epoch, until), Reason::NotSignedIn)?
            .give_back(&guess)?;
        if let Some(to) = &account.email {
            let notice = Notice { kind: NoticeKind::PasswordChanged, to: to.clone(), created: now };
            transaction = notice.queue(transaction, account.id)?;
        }
        let (committed, ()) =
            futures::join!(transaction.commit(), self.give_back_to_address(&address));
        match committed {
            Ok(()) => Ok(session.cookie(until, now)),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Refused(_)) => {
                // The same session has changed it meanwhile, or the session has ended.
                self.session(session.kind, Some(&session.token)).await?;
                Err(Reason::PasswordWrong.into())
            }
        }
    }
}
