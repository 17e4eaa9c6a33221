//! Signing in.

use crate::{
    clock::Seconds,
    credential::Token,
    error::{Error, Reason},
    identifier::Identifier,
    password::{GivenPassword, Verdict},
    store::{CommitError, Found, Key, Statement, Taken},
};

use super::{
    Account, Client, Directory, Disclosure, Status,
    account::{BoundIdentity, Claim},
    budget::Budget,
    guess::Target,
    known_address::KnownAddress,
    reception::Reception,
    session::{Credential, NewCredential},
};

/// A request to sign in.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// Who says to be there.
    pub identifier: &'a Identifier,
    /// What they show for it.
    pub password: &'a GivenPassword,
    /// What to hand out.
    pub credential: NewCredential<'a>,
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
    /// When that was made.
    pub issued: Seconds,
    /// In how many seconds it ends unless it is used.
    pub expires_in: Seconds,
    /// Whether the identity that was shown at a provider was bound to the account.
    pub bound: bool,
}

impl SignedIn {
    pub(super) fn new(account: Account, token: Token, record: &Credential, bound: bool) -> Self {
        let issued = record.created;
        Self { account, token, issued, expires_in: record.expires - issued, bound }
    }
}

/// What the first round trip of a sign-in finds out.
struct Sighting {
    /// Who asks, as a tenant's client app if it is one.
    client: Client,
    claim: Option<Claim>,
    /// That the account was signed in to of late from the client address.
    mark: Option<KnownAddress>,
    /// The identity that waits to be bound.
    identity: Option<BoundIdentity>,
    /// The guess that was counted by client address.
    counted: Option<Taken>,
}

/// A right password, and what is to be written for it.
struct Admission<'a> {
    account: Account,
    token: Token,
    record: Credential,
    guess: Taken,
    mark: Option<KnownAddress>,
    client: Client,
    upgrade: Option<Statement>,
    credential: NewCredential<'a>,
}

/// That an identity cannot be bound any more: it is another account's by now, or its visit is over.
#[derive(Clone, Copy, Debug)]
struct Unbindable;

impl Directory {
    /// Signs in: three round trips and one hash, whether there is such an account or not.
    ///
    /// The first trip finds out whose identifier it is and counts the client address, the second
    /// counts the guess and reads the account, and the third writes the credential, gives back
    /// what was counted, and remembers the address. A tenant's client app is authenticated in the
    /// first trip, and counted in the second.
    ///
    /// # Errors
    ///
    /// [`Reason::TenantUnauthenticated`], [`Reason::AccountUnknown`], [`Reason::PasswordWrong`],
    /// [`Reason::Banned`] (only to the right password), [`Error::Throttled`],
    /// [`Error::Unavailable`].
    pub async fn sign_in(&self, request: SignIn<'_>) -> Result<SignedIn, Error> {
        let SignIn { identifier, credential, .. } = request;
        let Sighting { client, claim, mark, identity, counted } = self.sight(&request).await?;
        let target = match &claim {
            Some(Claim { account: id, .. }) => {
                Target::Account { id: *id, known_address: mark.is_some() }
            }
            None => Target::Nobody(identifier),
        };
        let account = claim.map_or_else(Key::no_account, |claim| Key::account(claim.account));
        let (source, guess, account) = futures::join!(
            self.count_by_now(counted, Budget::Guesses, &client),
            self.take_guess(target, &client),
            self.store.get(&account)
        );
        let source = match source {
            Ok(source) => source,
            Err(refused) => {
                // No password is checked, so none is counted.
                self.give_all_back(&guess).await;
                return Err(refused);
            }
        };
        let guess = match guess {
            Ok(guess) => guess,
            Err(refused) => {
                // A client address goes on counting, but a tenant speaks for many people: those who
                // hammer one account must not use up what all of them have.
                if client.tenant.is_some() {
                    self.give_back_apart(&source).await;
                }
                return Err(refused);
            }
        };
        let account: Option<Account> = account?;
        let account = account.filter(Account::exists);

        let hash = account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = self.hasher.verify(request.password, hash).await?;
        let (account, outdated) = match (account, verdict) {
            (Some(account), Verdict::Right { outdated }) => (account, outdated),
            (account, _) => {
                let reason = account.map_or(Reason::AccountUnknown, |_| Reason::PasswordWrong);
                let (refused, dropped) = futures::join!(
                    self.refuse_guess(reason, request.disclosure, &client),
                    self.drop_visit(credential.visit)
                );
                dropped?;
                return Err(refused);
            }
        };
        if account.status == Status::Banned {
            let ((), dropped) =
                futures::join!(self.give_back(&guess, &source), self.drop_visit(credential.visit));
            dropped?;
            return Err(Reason::Banned.into());
        }

        let (token, record) = self.draw_credential(&account, &credential)?;
        // A transaction can write to an item but once, and a binding writes to the account.
        let upgrade = match &identity {
            None if outdated => self.upgrade_hash(&account, request.password).await,
            _ => None,
        };
        let admission =
            Admission { account, token, record, guess, mark, client, upgrade, credential };
        let (admitted, ()) = futures::join!(
            self.admit_and_bind(&admission, identity.as_ref()),
            self.give_back_apart(&source)
        );
        let bound = admitted?;
        let Admission { account, token, record, .. } = admission;
        Ok(SignedIn::new(account, token, &record, bound))
    }

    /// The first round trip.
    async fn sight(&self, request: &SignIn<'_>) -> Result<Sighting, Error> {
        let SignIn { identifier, credential, client, .. } = request;
        let keys = [Key::claim(identifier), Key::known_by_identifier(identifier, &client.address)];
        let Reception { client, identity, found, counted } =
            self.receive(&keys.each_ref(), Budget::Guesses, credential, client).await?;
        let mut found = found.into_iter();
        let (claim, mark) = (found.next().flatten(), found.next().flatten());
        let claim: Option<Claim> = claim.map(Found::decode).transpose()?;
        let mark = match &claim {
            Some(claim) => self.known_address(mark, claim.account)?,
            None => None,
        };
        Ok(Sighting { client, claim, mark, identity, counted })
    }

    /// The third round trip, and the notice of a binding. Answers whether the identity was bound: it
    /// need not be, for another account can have it by now.
    async fn admit_and_bind(
        &self,
        admission: &Admission<'_>,
        identity: Option<&BoundIdentity>,
    ) -> Result<bool, Error> {
        let Some(identity) = identity else {
            return self.admit(admission, None).await.map(|_| false);
        };
        let Admission { account, client, .. } = admission;
        let (bound, notice) =
            futures::join!(self.admit(admission, Some(identity)), self.notice_of_binding(account));
        let was_made = matches!(bound, Ok(true));
        self.tell_of_binding(account, notice, was_made, client.language).await;
        match bound? {
            true => Ok(true),
            false => self.admit(admission, None).await.map(|_| false),
        }
    }

    /// Writes what a sign-in writes. Answers `false`, and has written nothing, if the identity cannot
    /// be bound.
    async fn admit(
        &self,
        admission: &Admission<'_>,
        identity: Option<&BoundIdentity>,
    ) -> Result<bool, Error> {
        let Admission { account, token, record, guess, mark, client, upgrade, credential } =
            admission;
        let transaction = self.store.transaction().give_back(guess)?;
        let handed = (credential, token, record);
        let mut transaction = self.hand_out(transaction, account, handed, mark.as_ref(), client)?;
        transaction = match (credential.visit, identity) {
            (Some(visit), Some(identity)) => {
                Self::claim_identity(transaction, account.id, visit, identity, Unbindable)?
                    .update(&self.add_identity(account, identity)?, Unbindable)?
            }
            (Some(visit), None) => transaction.delete(&Key::visit(visit))?,
            (None, _) => transaction,
        };
        if let Some(upgrade) = upgrade {
            transaction = transaction.update_if_possible(upgrade)?;
        }
        match transaction.commit().await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(_)) => Ok(false),
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
