//! A browser's visit to an identity provider: the way there, the way back, and the short time in which
//! whoever came back can bind what they have shown.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Seconds,
    credential::{BareToken, Kind},
    error::{Error, Reason},
    identifier::Identity,
    store::{CommitError, Counter, Found, Key, Statement},
};

use super::{
    Account, Client, Directory, SignedIn, Status,
    account::{BoundIdentity, Claim},
    session::NewCredential,
};

/// How long a visit may take, and how long an identity then waits to be bound.
pub const VISIT_LIFETIME: Seconds = 10 * 60;

/// A visit, as it is stored under the digest of the token in the browser's cookie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Visit {
    /// The provider's name.
    provider: String,
    /// Who its visitor has shown to be; none as long as the visit lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    expires: Seconds,
    /// For DynamoDB to clean up by. The other one decides.
    ttl: Seconds,
}

/// What becomes of someone who comes back from a provider.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// The identity is bound to an account, which is signed in to now.
    SignedIn(Box<SignedIn>),
    /// It is bound to none. Whoever signs in or up with this token binds it.
    Unbound {
        /// Goes into the browser's cookie.
        token: BareToken,
        /// In how many seconds it is too late.
        expires_in: Seconds,
    },
}

/// That a visit was over already.
#[derive(Clone, Copy, Debug)]
struct Over;

impl Directory {
    /// Begins a visit to the provider of this name, which the token in the browser's cookie then
    /// stands for. The token is a new one: one that the browser had could be known to others.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn begin_visit(&self, provider: &str, client: &Client) -> Result<BareToken, Error> {
        let counter = Counter::new("oauth_start", client.address.as_str());
        let limit = self.config.limits.oauth_starts_per_address;
        self.store.take(&counter, limit, self.now()).await?;
        self.write_visit(provider, None).await
    }

    /// Ends a visit, once: who comes back must have been sent to this provider a moment ago, with
    /// this token.
    ///
    /// # Errors
    ///
    /// [`Reason::ArrivalInvalid`], [`Error::Unavailable`].
    pub async fn end_visit(&self, token: &BareToken, provider: &str) -> Result<(), Error> {
        let under_way = Statement::on(Key::visit(token))
            .condition(
                "#provider = :provider AND #expires > :now AND attribute_not_exists(#identity)",
            )
            .value("provider", provider)
            .value("now", self.now());
        match self.store.transaction().delete_if(&under_way, Over)?.commit().await {
            Ok(()) => Ok(()),
            Err(CommitError::Refused(_)) => Err(Reason::ArrivalInvalid.into()),
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// Receives someone who has shown to be `identity` at the provider of this name.
    ///
    /// # Errors
    ///
    /// [`Reason::Banned`], [`Error::Unavailable`].
    pub async fn arrive(
        &self,
        identity: &Identity,
        provider: &str,
        client: &Client,
    ) -> Result<Arrival, Error> {
        let claim: Option<Claim> = self.store.get(&Key::identity(identity)).await?;
        let account = match claim {
            Some(claim) => self.account(claim.account).await?,
            None => None,
        };
        let Some(account) = account.filter(|account| account.has(identity)) else {
            let token = self.write_visit(provider, Some(identity)).await?;
            return Ok(Arrival::Unbound { token, expires_in: VISIT_LIFETIME });
        };
        if account.status == Status::Banned {
            return Err(Reason::Banned.into());
        }
        let credential = NewCredential::of(Kind::WebSession);
        let (token, record) = self.draw_credential(&account, &credential)?;
        let handed = (&credential, &token, &record);
        let transaction =
            self.hand_out(self.store.transaction::<()>(), &account, handed, None, client)?;
        match transaction.commit().await {
            // None of its writes has a condition.
            Ok(()) | Err(CommitError::Refused(_)) => {
                Ok(Arrival::SignedIn(Box::new(SignedIn::new(account, token, &record, false))))
            }
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// Writes a visit under a new token.
    async fn write_visit(
        &self,
        provider: &str,
        identity: Option<&Identity>,
    ) -> Result<BareToken, Error> {
        let token = BareToken::random()?;
        let expires = self.now() + VISIT_LIFETIME;
        let visit = Visit {
            provider: provider.to_owned(),
            identity: identity.cloned(),
            expires,
            ttl: expires,
        };
        self.store.put_all(&[(Key::visit(&token), &visit)]).await?;
        Ok(token)
    }

    /// The identity that waits to be bound in a visit that was found, if one does.
    pub(super) fn waiting_identity(
        &self,
        found: Option<Found>,
    ) -> Result<Option<BoundIdentity>, Error> {
        let visit: Option<Visit> = found.map(Found::decode).transpose()?;
        let now = self.now();
        let visit = visit.filter(|visit| now < visit.expires);
        Ok(visit.and_then(|visit| {
            let identity = visit.identity?;
            Some(BoundIdentity { identity, provider: visit.provider, bound: now })
        }))
    }

    /// Forgets the identity that waits in a browser's session, or is on its way there: an attempt to
    /// bind it has failed, or its visitor leaves.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn drop_visit(&self, token: Option<&BareToken>) -> Result<(), Error> {
        match token {
            Some(token) => self.store.delete(&Key::visit(token)).await,
            None => Ok(()),
        }
    }
}

impl Account {
    fn has(&self, identity: &Identity) -> bool {
        self.identities.iter().any(|bound| bound.identity == *identity)
    }
}
