//! Signing in.

use crate::{
    clock::Seconds,
    credential::{Kind, Token},
    error::{Error, Reason},
    identifier::Identifier,
    password::{GivenPassword, Verdict},
    store::{CommitError, Found, Key, Statement},
};

use super::{
    Account, Client, Directory, Disclosure, Status, account::Claim, guess::Target,
    session::Credential,
};

/// A request to sign in.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// Who says to be there.
    pub identifier: &'a Identifier,
    /// What they show for it.
    pub password: &'a GivenPassword,
    /// Which credential to hand out.
    pub kind: Kind,
    /// The credentials of the same kind that came with the request. They do not survive the
    /// sign-in, so that nobody can have planted one.
    pub replaces: &'a [Token],
    /// Whether the contract tells an unknown account from a wrong password.
    pub disclosure: Disclosure,
    /// Who asks.
    pub client: &'a Client,
}

/// A sign-in that succeeded.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// Its new credential.
    pub token: Token,
    /// In how many seconds that ends unless it is used.
    pub expires_in: Seconds,
}

impl Directory {
    /// Signs in: three round trips and one hash, whether there is such an account or not.
    ///
    /// The first trip finds out whose identifier it is and counts the client address, the second
    /// counts the guess and reads the account, and the third writes the credential, gives back
    /// what was counted, and remembers the address.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`], [`Reason::PasswordWrong`], [`Reason::Banned`] (only to the right
    /// password), [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn sign_in(&self, request: SignIn<'_>) -> Result<SignedIn, Error> {
        let SignIn { identifier, client, .. } = request;
        let claim = Key::claim(identifier);
        let mark = Key::known_by_identifier(identifier, &client.address);
        let keys = [&claim, &mark];
        let (address, found) =
            futures::join!(self.take_from_address(client), self.store.get_many(&keys));
        let (address, mut found) = (address?, found?.into_iter());
        let claim: Option<Claim> = found.next().flatten().map(Found::decode).transpose()?;
        let mark = found.next().flatten();

        let (target, mark) = match &claim {
            Some(Claim { account: id, .. }) => {
                let mark = self.known_address(mark, *id)?;
                let known_address = mark.is_some();
                (Target::Account { id: *id, known_address }, mark)
            }
            None => (Target::Nobody(identifier), None),
        };
        let account = claim.map_or_else(Key::no_account, |claim| Key::account(claim.account));
        let (guess, account) =
            futures::join!(self.take_guess(target, client), self.store.get(&account));
        let (guess, account): (_, Option<Account>) = (guess?, account?);
        let account = account.filter(Account::exists);

        let hash = account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = self.hasher.verify(request.password, hash).await?;
        let (account, outdated) = match (account, verdict) {
            (Some(account), Verdict::Right { outdated }) => (account, outdated),
            (account, _) => {
                let reason = account.map_or(Reason::AccountUnknown, |_| Reason::PasswordWrong);
                return Err(self.refuse_guess(reason, request.disclosure, client).await);
            }
        };
        if account.status == Status::Banned {
            self.give_back(&guess, &address).await;
            return Err(Reason::Banned.into());
        }

        let lifetime = request.kind.lifetime(&self.config.credentials);
        let token = Token::random(account.id)?;
        let now = self.now();
        let credential = Credential::new(&account, request.kind, lifetime, now);
        let expires_in = credential.expires - now;
        let mut transaction = self
            .store
            .transaction::<()>()
            .overwrite(&Key::credential(request.kind, &token), &credential)?
            .give_back(&guess)?;
        transaction = self.remember_address(transaction, &account, mark.as_ref(), client)?;
        for replaced in request.replaces {
            transaction = transaction.delete(&Key::credential(request.kind, replaced))?;
        }
        if outdated && let Some(statement) = self.upgrade_hash(&account, request.password).await {
            transaction = transaction.update_if_possible(&statement)?;
        }
        let (committed, ()) = futures::join!(transaction.commit(), self.give_back_apart(&address));
        match committed {
            // None of its writes has a condition that could refuse it.
            Ok(()) | Err(CommitError::Refused(_)) => Ok(SignedIn { account, token, expires_in }),
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// What replaces a hash that costs less than today's do, if the password is still the one that
    /// was verified. Without it the sign-in succeeds all the same.
    async fn upgrade_hash(&self, account: &Account, given: &GivenPassword) -> Option<Statement> {
        let old = account.password.as_ref()?;
        let new = self.hasher.rehash(given).await.ok()?;
        let statement = Statement::on(Key::account(account.id))
            .update("SET #password = :new")
            .condition("#password = :old")
            .value("new", new.as_phc())
            .value("old", old.as_phc());
        Some(statement)
    }
}
