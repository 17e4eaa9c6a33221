//! Changing a password.

use crate::{
    error::{Error, Reason},
    password::{GivenPassword, NewPassword, Verdict},
    store::{CommitError, Key, Statement},
};

use super::{
    Client, Directory, Session, SessionCookie,
    budget::Budget,
    guess::Target,
    notice::{Notice, NoticeKind},
};

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
        let transaction = self
            .store
            .transaction()
            .update(&change, Reason::NotSignedIn)?
            .update(&session.move_to(epoch, until), Reason::NotSignedIn)?
            .give_back(&guess)?;
        let notice = account.email.as_ref();
        let notice =
            notice.map(|to| Notice::new(NoticeKind::PasswordChanged, to, now)).transpose()?;
        let (committed, (), budget) =
            futures::join!(transaction.commit(), self.give_back_apart(&address), async {
                if notice.is_some() { self.take_notice(account).await } else { None }
            });
        match committed {
            Ok(()) => {}
            Err(error) => {
                self.give_all_back(budget.iter().flatten()).await;
                let CommitError::Failed(error) = error else {
                    // The same session has changed it meanwhile, or the session has ended.
                    self.session(session.kind, Some(&session.token)).await?;
                    return Err(Reason::PasswordWrong.into());
                };
                return Err(error);
            }
        }
        if let (Some(_), Some(notice)) = (budget, notice) {
            self.tell(account.id, &notice, client.language).await;
        }
        Ok(session.cookie(until, now))
    }
}
