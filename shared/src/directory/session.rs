//! Checking and ending credentials.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    config::Replies,
    credential::{BareToken, Kind, Lifetime, TenantCredentials, Token},
    error::{Error, Reason},
    identifier::{AccountId, Identifier, TenantId},
    signed_token::Claims,
    store::{Found, Key, Statement},
};

use super::{Account, Client, Directory, Status, account::Claim};

/// An idle time that has run for less than this is not started anew: not every request writes.
const RENEWED_AFTER: Seconds = 24 * 60 * 60;

/// A credential, as it is stored under its token's digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Credential {
    pub(super) account: AccountId,
    kind: Kind,
    /// The account's epoch that it is valid in.
    epoch: u64,
    pub(super) created: Seconds,
    /// When it ends unless it is used.
    pub(super) expires: Seconds,
    /// When it ends however much it is used.
    ends: Seconds,
    /// For DynamoDB to clean up by. The other two decide.
    ttl: Seconds,
    /// The tenant whose client app it was handed to, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
}

/// A credential to hand out.
#[derive(Clone, Copy, Debug)]
pub struct NewCredential<'a> {
    /// For which slot.
    pub kind: Kind,
    /// The tenant whose client app asks for it. It is authenticated in the first round trip.
    pub tenant: Option<&'a TenantCredentials>,
    /// The credentials of the same kind that came with the request. They do not survive it, so that
    /// nobody can have planted one.
    pub replaces: &'a [Token],
    /// The visit to a provider from which the browser has come back, if it has. An identity that was
    /// shown there is bound to the account.
    pub visit: Option<&'a BareToken>,
}

impl NewCredential<'_> {
    /// A credential of this kind, for a request that came without any.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self { kind, tenant: None, replaces: &[], visit: None }
    }
}

impl Credential {
    /// Whether the tenant's token that says so is this credential.
    pub(super) fn is_claimed_by(&self, claims: &Claims) -> bool {
        self.tenant.as_ref() == Some(&claims.tenant)
            && self.account == claims.account
            && self.created == claims.issued
            && self.ends == claims.expires
    }

    fn is_live(&self, kind: Kind, account: &Account, now: Seconds) -> bool {
        self.kind == kind
            && self.account == account.id
            && self.epoch == account.epoch
            && now < self.expires
            && now < self.ends
            && account.status == Status::Active
    }
}

/// A live credential and the account that it is for.
#[derive(Clone, Debug)]
pub struct Session {
    /// The account.
    pub account: Account,
    /// Whether the account was signed in to of late from the address that asks; known only to
    /// [`Directory::session_at`].
    pub(super) known_address: bool,
    pub(super) credential: Credential,
    pub(super) kind: Kind,
    pub(super) token: Token,
}

/// A cookie that the client has to be given anew, because its session now ends later.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    /// The session's token, which stays the same.
    pub token: Token,
    /// In how many seconds the session ends unless it is used.
    pub expires_in: Seconds,
}

impl Session {
    fn key(&self) -> Key {
        Key::credential(self.kind, &self.token)
    }

    /// Until when the session lives if it is used now.
    fn renewed_until(&self, lifetime: Lifetime, now: Seconds) -> Seconds {
        self.credential.ends.min(now + lifetime.idle)
    }

    /// What moves the session to `epoch` and starts its idle time anew.
    pub(super) fn move_to(&self, epoch: u64, until: Seconds) -> Statement {
        Statement::on(self.key())
            .update("SET #epoch = :epoch, #expires = :until, #ttl = :until")
            .condition("attribute_exists(#pk)")
            .value("epoch", epoch)
            .value("until", until)
    }

    /// The session's cookie, for a session that now lives until `until`.
    pub(super) fn cookie(&self, until: Seconds, now: Seconds) -> SessionCookie {
        SessionCookie { token: self.token.clone(), expires_in: until - now }
    }
}

impl Directory {
    /// Draws a credential for an account: what its client gets, and what is stored.
    pub(super) fn draw_credential(
        &self,
        account: &Account,
        new: &NewCredential<'_>,
    ) -> Result<(Token, Credential), Error> {
        let token = Token::random(account.id)?;
        let (lifetime, now) = (new.kind.lifetime(&self.config.credentials), self.now());
        let ends = now + lifetime.absolute;
        let expires = ends.min(now + lifetime.idle);
        let record = Credential {
            account: account.id,
            kind: new.kind,
            epoch: account.epoch,
            created: now,
            expires,
            ends,
            ttl: expires,
            tenant: new.tenant.map(|tenant| tenant.id().clone()),
        };
        Ok((token, record))
    }

    /// Whose token this is that a tenant's client app presents, together with the tenant's own
    /// credentials: one round trip. `claims` are those of a token with a good signature.
    ///
    /// # Errors
    ///
    /// [`Reason::TenantUnauthenticated`] first, then those of [`Directory::session`]: also for the
    /// token of another tenant. [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn tenant_session(
        &self,
        tenant: &TenantCredentials,
        claims: Option<&Claims>,
        client: &Client,
    ) -> Result<(Client, Session), Error> {
        let kind = Kind::TenantToken;
        let keys = claims.map(|Claims { account, token, .. }| {
            let mark = Key::known_by_account(*account, &client.address);
            [Key::credential(kind, token), Key::account(*account), mark]
        });
        let tenant_key = Key::tenant(tenant.id());
        let keys: Vec<&Key> = [&tenant_key].into_iter().chain(keys.iter().flatten()).collect();
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let mut next = || found.next().flatten();
        let (record, credential, account, mark) = (next(), next(), next(), next());
        let client = self.as_tenant(tenant, record, client).await?;
        let claims = claims.ok_or(Reason::NotSignedIn)?;
        let known_address = self.known_address(mark, claims.account)?.is_some();
        let live = self.live_session(kind, &claims.token, credential, account)?;
        let session = live
            .filter(|session| {
                claims.tenant == *tenant.id() && session.credential.is_claimed_by(claims)
            })
            .ok_or(Reason::NotSignedIn)?;
        Ok((client, Session { known_address, ..session }))
    }

    /// Whose credential this is: one round trip, none for what cannot be a credential.
    ///
    /// # Errors
    ///
    /// [`Reason::NotSignedIn`] unless the credential is live: stored, of this kind, not expired, in
    /// its account's epoch, the account neither banned nor deleted. [`Error::Unavailable`].
    pub async fn session(&self, kind: Kind, token: Option<&Token>) -> Result<Session, Error> {
        self.find_session(kind, token, None).await
    }

    /// [`Directory::session`], which also learns whether the client address is a known one.
    ///
    /// # Errors
    ///
    /// Those of [`Directory::session`].
    pub async fn session_at(
        &self,
        kind: Kind,
        token: Option<&Token>,
        client: &Client,
    ) -> Result<Session, Error> {
        self.find_session(kind, token, Some(client)).await
    }

    async fn find_session(
        &self,
        kind: Kind,
        token: Option<&Token>,
        client: Option<&Client>,
    ) -> Result<Session, Error> {
        let token = token.ok_or(Reason::NotSignedIn)?;
        let id = token.account_hint();
        let (credential, account) = (Key::credential(kind, token), Key::account(id));
        let mark = client.map(|client| Key::known_by_account(id, &client.address));
        let keys: Vec<&Key> = [&credential, &account].into_iter().chain(&mark).collect();
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let (credential, account) = (found.next().flatten(), found.next().flatten());
        let mark = found.next().flatten();
        let known_address = self.known_address(mark, id)?.is_some();
        let live = self.live_session(kind, token, credential, account)?;
        let session = live.map(|session| Session { known_address, ..session });
        session.ok_or_else(|| Reason::NotSignedIn.into())
    }

    /// The session that these two items are, if they are a live one.
    pub(super) fn live_session(
        &self,
        kind: Kind,
        token: &Token,
        credential: Option<Found>,
        account: Option<Found>,
    ) -> Result<Option<Session>, Error> {
        let (Some(credential), Some(account)) = (credential, account) else {
            return Ok(None);
        };
        let (credential, account): (Credential, Account) =
            (credential.decode()?, account.decode()?);
        let live = credential.is_live(kind, &account, self.now());
        Ok(live.then(|| Session {
            account,
            known_address: false,
            credential,
            kind,
            token: token.clone(),
        }))
    }

    /// Until when a session lives that is used now, if it is time to write that down.
    pub(super) fn renewal(&self, session: &Session) -> Option<Seconds> {
        let lifetime = session.kind.lifetime(&self.config.credentials);
        let until = session.renewed_until(lifetime, self.now());
        (until >= session.credential.expires + RENEWED_AFTER).then_some(until)
    }

    /// Until when a session lives that is written anew.
    pub(super) fn renewed_until(&self, session: &Session) -> Seconds {
        let lifetime = session.kind.lifetime(&self.config.credentials);
        session.renewed_until(lifetime, self.now())
    }

    /// Ends a live session: one round trip.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn end_session(&self, session: &Session) -> Result<(), Error> {
        self.store.delete(&session.key()).await
    }

    /// Ends the session of `token` if it is a live one of the account that has the identifier, and
    /// answers whether it was: at most two round trips.
    ///
    /// # Errors
    ///
    /// [`Reason::AccountUnknown`] unless an account has the identifier (with uniform replies that is
    /// no error), [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn end_session_of(
        &self,
        identifier: &Identifier,
        kind: Kind,
        token: Option<&Token>,
        client: &Client,
    ) -> Result<bool, Error> {
        let claim = Key::claim(identifier);
        let session = token
            .map(|token| (token, Key::credential(kind, token), Key::account(token.account_hint())));
        let mut keys = vec![&claim];
        if let Some((_, credential, account)) = &session {
            keys.extend([credential, account]);
        }
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let claim: Option<Claim> = found.next().flatten().map(Found::decode).transpose()?;
        let (credential, account) = (found.next().flatten(), found.next().flatten());
        let Some(claim) = claim else {
            return match self.config.replies {
                Replies::Uniform => Ok(false),
                Replies::Documented => Err(self.disclose(Reason::AccountUnknown, client).await),
            };
        };
        let Some((token, key, _)) = session else { return Ok(false) };
        let live = self.live_session(kind, token, credential, account)?;
        let is_theirs = live.is_some_and(|session| session.account.id == claim.account);
        if is_theirs {
            self.store.delete(&key).await?;
        }
        Ok(is_theirs)
    }

    /// Ends a credential, live or not: one round trip, none for what cannot be a credential.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn end_credential(&self, kind: Kind, token: Option<&Token>) -> Result<(), Error> {
        match token {
            Some(token) => self.store.delete(&Key::credential(kind, token)).await,
            None => Ok(()),
        }
    }
}
