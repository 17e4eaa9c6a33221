//! Making accounts.

use crate::{
    config::PasswordPolicy,
    credential::Token,
    error::{Error, Outage, Reason},
    identifier::{AccountId, Email, Identifier, Username},
    password::{NewPassword, is_common},
    store::{CommitError, Found, Key, Taken},
};

use super::{
    Account, Client, Directory, ID_ATTEMPTS, SignedIn,
    account::{BoundIdentity, Claim},
    budget::Budget,
    reception::Reception,
    session::{Credential, NewCredential},
};

/// An account to make, with an email address that nobody has proven yet.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its email address.
    pub email: Email,
    /// Its username, if it gets one.
    pub username: Option<Username>,
    /// The name that its owner goes by, if one was given.
    pub name: Option<String>,
    /// Its password.
    pub password: NewPassword,
}

impl NewAccount {
    /// The identifiers to claim, with what to say if one is taken, in the order in which it is
    /// said.
    fn claims(&self) -> Vec<(Key, Reason)> {
        let email = Identifier::Email(self.email.clone());
        let username = self.username.clone().map(Identifier::Username);
        let username = username.map(|username| (Key::claim(&username), Reason::UsernameTaken));
        let email = (Key::claim(&email), Reason::EmailTaken);
        username.into_iter().chain([email]).collect()
    }
}

/// What a refused write of a sign-up means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Id,
    Identifier(Reason),
    /// The identity is another account's by now, or its visit is over.
    Identity,
}

/// An account to write, and what is handed out with it.
struct Draft<'a> {
    account: Account,
    claims: &'a [(Key, Reason)],
    /// What came with the request, and the credential that is handed out.
    session: Option<(NewCredential<'a>, Token, Credential)>,
}

impl Directory {
    /// Makes an account: two round trips and one hash; two trips and none if an identifier is taken,
    /// of which one counts the reply.
    ///
    /// # Errors
    ///
    /// [`Reason::UsernameTaken`], [`Reason::EmailTaken`], [`Error::Throttled`],
    /// [`Error::Unavailable`].
    pub async fn sign_up(&self, new: &NewAccount, client: &Client) -> Result<Account, Error> {
        let claims = new.claims();
        let keys: Vec<&Key> = claims.iter().map(|(key, _)| key).collect();
        // Counted before it is known whether an identifier is taken, so that whoever may make no
        // more accounts learns no more either.
        let (counted, found) =
            futures::join!(self.take_from(Budget::SignUps, client), self.store.get_many(&keys));
        let counted = counted?;
        let draft = self.make(new, &claims, &found?, (None, None), &counted, client).await?;
        Ok(draft.account)
    }

    /// Makes an account and signs in to it: two round trips and one hash; a trip more for a tenant's
    /// client app, which is authenticated before it is counted. An identity that was shown at a
    /// provider is bound to the account.
    ///
    /// # Errors
    ///
    /// [`Reason::TenantUnauthenticated`], then those of [`Directory::sign_up`].
    pub async fn sign_up_and_in(
        &self,
        new: &NewAccount,
        credential: NewCredential<'_>,
        client: &Client,
    ) -> Result<SignedIn, Error> {
        let claims = new.claims();
        let keys: Vec<&Key> = claims.iter().map(|(key, _)| key).collect();
        let Reception { client, identity, found, counted } =
            self.receive(&keys, Budget::SignUps, &credential, client).await?;
        let counted = self.count_by_now(counted, Budget::SignUps, &client).await?;
        let session = (Some(credential), identity);
        let made = self.make(new, &claims, &found, session, &counted, &client).await;
        if let Err(Error::Denied(_)) = made {
            self.drop_visit(credential.visit).await?;
        }
        let Draft { account, session, .. } = made?;
        let (_, token, record) = session.ok_or_else(|| Outage::new("a sign-up without session"))?;
        let bound = !account.identities.is_empty();
        Ok(SignedIn::new(account, token, &record, bound))
    }

    /// Makes an account, unless an identifier was found to be claimed, with the credential and the
    /// identity, if there are any. It is made without the identity if that cannot be bound any more.
    async fn make<'a>(
        &self,
        new: &NewAccount,
        claims: &'a [(Key, Reason)],
        found: &[Option<Found>],
        (credential, mut identity): (Option<NewCredential<'a>>, Option<BoundIdentity>),
        counted: &Taken,
        client: &Client,
    ) -> Result<Draft<'a>, Error> {
        if let Some((_, (_, taken))) = found.iter().zip(claims).find(|(found, _)| found.is_some()) {
            return Err(self.refuse_sign_up(*taken, counted, client).await);
        }
        let password = self.hasher.hash(&new.password).await?;
        for _ in 0..ID_ATTEMPTS {
            let id = AccountId::random()?;
            let account = Account {
                email: Some(new.email.clone()),
                username: new.username.clone(),
                name: new.name.clone(),
                identities: identity.iter().cloned().collect(),
                ..Account::new(id, password.clone(), self.now())
            };
            let session = match credential {
                Some(credential) => {
                    let (token, record) = self.draw_credential(&account, &credential)?;
                    Some((credential, token, record))
                }
                None => None,
            };
            let draft = Draft { account, claims, session };
            let refused = match self.write(&draft, client).await {
                Ok(()) => return Ok(draft),
                Err(CommitError::Failed(error)) => return Err(error),
                Err(CommitError::Refused(refused)) => refused,
            };
            for taken in refused {
                match taken {
                    Refused::Id => {}
                    Refused::Identifier(reason) => {
                        return Err(self.refuse_sign_up(reason, counted, client).await);
                    }
                    Refused::Identity => identity = None,
                }
            }
        }
        Err(Outage::new("no free account id").into())
    }

    /// Writes an account, and tells its owner of an identity that was bound to it.
    async fn write(&self, draft: &Draft<'_>, client: &Client) -> Result<(), CommitError<Refused>> {
        let Draft { account, claims, session } = draft;
        let claim = Claim { account: account.id, created: account.created, verified: false };
        let transaction =
            self.store.transaction().create(&Key::account(account.id), account, Refused::Id)?;
        let mut transaction =
            claims.iter().try_fold(transaction, |transaction, (key, taken)| {
                transaction.create(key, &claim, Refused::Identifier(*taken))
            })?;
        let Some((credential, token, record)) = session else {
            return transaction.commit().await;
        };
        let handed = (credential, token, record);
        transaction = self.hand_out(transaction, account, handed, None, client)?;
        let (Some(visit), Some(identity)) = (credential.visit, account.identities.first()) else {
            if let Some(visit) = credential.visit {
                transaction = transaction.delete(&Key::visit(visit))?;
            }
            return transaction.commit().await;
        };
        let refused = Refused::Identity;
        transaction = Self::claim_identity(transaction, account.id, visit, identity, refused)?;
        let (written, notice) =
            futures::join!(transaction.commit(), self.notice_of_binding(account));
        self.tell_of_binding(account, notice, written.is_ok(), client.language).await;
        written
    }

    /// Tells that an identifier is taken, which is counted as such and not as a sign-up.
    async fn refuse_sign_up(&self, taken: Reason, counted: &Taken, client: &Client) -> Error {
        let (refused, ()) =
            futures::join!(self.disclose(taken, client), self.give_back_apart(counted));
        refused
    }

    /// Applies the password policy to a new password.
    ///
    /// # Errors
    ///
    /// [`Reason::PasswordTooEasy`] for one of the most common ones where the policy is `hardened`.
    pub fn admit_password(&self, password: &NewPassword) -> Result<(), Reason> {
        match self.config.password_policy {
            PasswordPolicy::Hardened if is_common(password) => Err(Reason::PasswordTooEasy),
            PasswordPolicy::Hardened | PasswordPolicy::Documented => Ok(()),
        }
    }
}
