//! Telling whose credentials a request presents, wherever it presents them: for others' programs,
//! which take any credential and ask for nothing else.

use crate::{
    credential::{Kind, Token},
    error::Error,
    identifier::{AccountId, TenantId},
    signed_token::Claims,
    store::{Found, Key},
};

use super::{Directory, Tenant, TenantStatus};

/// A credential that a request presents.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A token as it was handed out, in the slot of this kind.
    Plain(Kind, Token),
    /// A tenant's token with a good signature, by what it says.
    Signed(Claims),
}

/// Who holds a live credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// In which slot the credential was presented.
    pub kind: Kind,
    /// The tenant whose client app holds it, of a tenant's token.
    pub tenant: Option<TenantId>,
}

/// Whose credentials were presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// None of them is live.
    Nobodys,
    /// Those that are live are all one account's.
    Ones(Holder),
    /// Two accounts' are live, and nothing tells which of the two asks.
    Severals,
}

impl Presented {
    const fn kind(&self) -> Kind {
        match self {
            Self::Plain(kind, _) => *kind,
            Self::Signed(_) => Kind::TenantToken,
        }
    }

    const fn token(&self) -> &Token {
        match self {
            Self::Plain(_, token) | Self::Signed(Claims { token, .. }) => token,
        }
    }

    const fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Plain(..) => None,
            Self::Signed(claims) => Some(&claims.tenant),
        }
    }

    fn credential_key(&self) -> Key {
        Key::credential(self.kind(), self.token())
    }

    fn account_key(&self) -> Key {
        Key::account(self.token().account_hint())
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        let tenant = self.tenant().map(Key::tenant);
        [self.credential_key(), self.account_key()].into_iter().chain(tenant)
    }
}

/// What was found under the keys of all that was presented.
struct Batch {
    keys: Vec<Key>,
    found: Vec<Option<Found>>,
}

impl Batch {
    fn get(&self, key: &Key) -> Option<Found> {
        let place = self.keys.iter().position(|other| other == key)?;
        self.found.get(place)?.clone()
    }
}

impl Directory {
    /// Whose these credentials are: one round trip for all of them, none for none.
    ///
    /// Those that are dead do not count, whatever else is presented. Of several live ones of one
    /// account the first is told.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn identify(&self, presented: &[Presented]) -> Result<Whose, Error> {
        if presented.is_empty() {
            return Ok(Whose::Nobodys);
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in presented.iter().flat_map(Presented::keys) {
            // DynamoDB refuses a batch in which one is there twice.
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let found = self.store.get_many(&keys.iter().collect::<Vec<_>>()).await?;
        let batch = Batch { keys, found };
        let mut first: Option<Holder> = None;
        for credential in presented {
            let Some(holder) = self.holder(credential, &batch)? else { continue };
            match &first {
                Some(first) if first.account != holder.account => return Ok(Whose::Severals),
                Some(_) => {}
                None => first = Some(holder),
            }
        }
        Ok(first.map_or(Whose::Nobodys, Whose::Ones))
    }

    /// Who holds a credential, if it is live.
    fn holder(&self, presented: &Presented, batch: &Batch) -> Result<Option<Holder>, Error> {
        let (kind, token) = (presented.kind(), presented.token());
        let credential = batch.get(&presented.credential_key());
        let account = batch.get(&presented.account_key());
        let Some(session) = self.live_session(kind, token, credential, account)? else {
            return Ok(None);
        };
        let counts = match presented {
            // Without its signature it is none.
            Presented::Plain(kind, _) => *kind != Kind::TenantToken,
            Presented::Signed(claims) => {
                let tenant = batch.get(&Key::tenant(&claims.tenant));
                let tenant: Option<Tenant> = tenant.map(Found::decode).transpose()?;
                tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active)
                    && session.credential.is_claimed_by(claims)
            }
        };
        let tenant = presented.tenant().cloned();
        Ok(counts.then_some(Holder { account: session.account.id, kind, tenant }))
    }
}
