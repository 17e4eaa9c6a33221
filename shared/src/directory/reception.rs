//! What a sign-in and a sign-up that hands out a credential have in common: who asks, found out in the
//! first round trip, and what is written of the credential in the last.

use crate::{
    credential::Token,
    error::Error,
    store::{Found, Key, Taken, Transaction},
};

use super::{
    Account, Client, Directory,
    account::BoundIdentity,
    budget::Budget,
    known_address::KnownAddress,
    session::{Credential, NewCredential},
};

/// What the first round trip finds out.
pub(super) struct Reception {
    /// Who asks, as a tenant's client app if it is one.
    pub(super) client: Client,
    /// The identity that waits to be bound.
    pub(super) identity: Option<BoundIdentity>,
    /// What was found under the keys, in their order.
    pub(super) found: Vec<Option<Found>>,
    /// What was counted by client address. A tenant's client app is not counted yet.
    pub(super) counted: Option<Taken>,
}

impl Directory {
    /// Reads these keys, together with the tenant and the visit that the request came with, while the
    /// client address is counted: one round trip. A tenant's client app is authenticated.
    pub(super) async fn receive(
        &self,
        keys: &[&Key],
        budget: Budget,
        credential: &NewCredential<'_>,
        client: &Client,
    ) -> Result<Reception, Error> {
        let NewCredential { tenant, visit, .. } = credential;
        let tenant_key = tenant.map(|tenant| Key::tenant(tenant.id()));
        let visit_key = visit.map(Key::visit);
        let all: Vec<&Key> = keys.iter().copied().chain(&tenant_key).chain(&visit_key).collect();
        let count = async {
            match tenant {
                Some(_) => Ok(None),
                None => self.take_from(budget, client).await.map(Some),
            }
        };
        let (counted, found) = futures::join!(count, self.store.get_many(&all));
        let (counted, mut found) = (counted?, found?);
        let mut rest = found.split_off(keys.len()).into_iter();
        let client = match tenant {
            Some(tenant) => self.as_tenant(tenant, rest.next().flatten(), client).await?,
            None => client.clone(),
        };
        let identity = self.waiting_identity(rest.next().flatten())?;
        Ok(Reception { client, identity, found, counted })
    }

    /// What was counted in the first round trip, or is now: a tenant's client app, which is known by
    /// then.
    pub(super) async fn count_by_now(
        &self,
        counted: Option<Taken>,
        budget: Budget,
        client: &Client,
    ) -> Result<Taken, Error> {
        match counted {
            Some(counted) => Ok(counted),
            None => self.take_from(budget, client).await,
        }
    }

    /// Adds to a transaction what hands out a credential: its record, that the client address is known
    /// from now on, and the end of the sessions that came with the request.
    pub(super) fn hand_out<'a, T: Copy>(
        &self,
        transaction: Transaction<'a, T>,
        account: &Account,
        (credential, token, record): (&NewCredential<'_>, &Token, &Credential),
        mark: Option<&KnownAddress>,
        client: &Client,
    ) -> Result<Transaction<'a, T>, Error> {
        let transaction =
            transaction.overwrite(&Key::credential(credential.kind, token), record)?;
        let transaction = self.remember_address(transaction, account, mark, client)?;
        credential.replaces.iter().try_fold(transaction, |transaction, replaced| {
            transaction.delete(&Key::credential(credential.kind, replaced))
        })
    }
}
