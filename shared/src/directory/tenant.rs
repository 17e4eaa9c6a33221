//! Tenants: the organisations whose client apps ask in the contract `tenant`, and hold tokens of their
//! own. They share the accounts; a token is one tenant's alone.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{
    clock::Seconds,
    credential::{BareToken, TenantCredentials},
    error::{Error, Outage, Reason},
    identifier::TenantId,
    store::{CommitError, Found, Key, Statement, Table, Transaction, pause},
};

use super::{ATTEMPTS, Client, Directory, budget::Budget, never_settled};

/// How many secrets of a tenant can be live: one, and the next one while client apps move to it.
const MAX_SECRETS: usize = 2;

/// A tenant, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// What it is called in its credentials and tokens.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Whether its client apps may ask.
    pub status: TenantStatus,
    /// Those of its secrets that are live, the oldest first.
    pub secrets: Vec<TenantSecret>,
    /// Raised by every change, so that two changes cannot overwrite each other.
    pub version: u64,
    /// When it was made.
    pub created: Seconds,
    /// When it was last changed.
    pub updated: Seconds,
}

/// Whether a tenant's client apps may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// They may.
    Active,
    /// The operator has disabled it: its credentials and its tokens are refused.
    Disabled,
}

/// A secret of a tenant: its SHA-256, which is enough for 256 random bits.
#[derive(Clone, Serialize, Deserialize)]
pub struct TenantSecret {
    digest: String,
    /// When it was made.
    pub created: Seconds,
}

impl std::fmt::Debug for TenantSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TenantSecret(..)")
    }
}

impl Tenant {
    /// Whether the credentials are this tenant's and it may ask. Takes the same time whatever is
    /// wrong with them, and for a tenant that there is none of.
    fn is_shown_by(tenant: Option<&Self>, credentials: &TenantCredentials) -> bool {
        let presented = credentials.digest();
        let nobodys = HEXLOWER.encode(&Sha256::digest(b"nobody has this secret"));
        let secrets = tenant.map(|tenant| tenant.secrets.as_slice()).unwrap_or_default();
        let shown = (0..MAX_SECRETS).fold(Choice::from(0), |shown, place| {
            let secret = secrets.get(place).map_or(&nobodys, |secret| &secret.digest);
            shown | presented.as_bytes().ct_eq(secret.as_bytes())
        });
        bool::from(shown) && tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active)
    }
}

/// What came of a change that a tenant's state may not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantChange<T> {
    /// It was made.
    Made(T),
    /// The tenant's state does not allow it; nothing was changed.
    Declined,
    /// There is no such tenant.
    NoSuchTenant,
}

/// That a tenant was changed or deleted since it was read, or is there already.
#[derive(Clone, Copy, Debug)]
struct Refused;

impl Directory {
    /// The client app of the tenant that shows these credentials: one round trip.
    ///
    /// # Errors
    ///
    /// [`Reason::TenantUnauthenticated`], counted as a guess of the client address;
    /// [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn authenticate_tenant(
        &self,
        credentials: &TenantCredentials,
        client: &Client,
    ) -> Result<Client, Error> {
        let found = self.store.get_many(&[&Key::tenant(credentials.id())]).await?;
        self.as_tenant(credentials, found.into_iter().next().flatten(), client).await
    }

    /// [`Directory::authenticate_tenant`] with what was found under the tenant's key.
    pub(super) async fn as_tenant(
        &self,
        credentials: &TenantCredentials,
        found: Option<Found>,
        client: &Client,
    ) -> Result<Client, Error> {
        let tenant: Option<Tenant> = found.map(Found::decode).transpose()?;
        if Tenant::is_shown_by(tenant.as_ref(), credentials) {
            Ok(Client { tenant: Some(credentials.id().clone()), ..client.clone() })
        } else {
            Err(self.refuse_tenant(client).await)
        }
    }

    /// What to answer to credentials that no tenant can have.
    pub async fn refuse_tenant(&self, client: &Client) -> Error {
        match self.take_from(Budget::Guesses, client).await {
            Ok(_) => Reason::TenantUnauthenticated.into(),
            Err(error) => error,
        }
    }

    /// Makes a tenant, with a secret that is shown this once.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn create_tenant(&self, name: &str) -> Result<(Tenant, BareToken), Error> {
        let secret = BareToken::random()?;
        let tenant = self.new_tenant(TenantId::random()?, name, &secret.digest());
        let created = self
            .store
            .transaction()
            .create(&Key::tenant(&tenant.id), &tenant, Refused)?
            .commit()
            .await;
        match created {
            Ok(()) => Ok((tenant, secret)),
            Err(CommitError::Failed(error)) => Err(error),
            Err(CommitError::Refused(_)) => Err(Outage::new("no free tenant id").into()),
        }
    }

    /// Has a tenant with these very credentials, in the place of one of the same id. For a
    /// developer's machine, where they are to be the same at each start.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn set_tenant(
        &self,
        credentials: &TenantCredentials,
        name: &str,
    ) -> Result<(), Error> {
        let tenant = self.new_tenant(credentials.id().clone(), name, &credentials.digest());
        self.store.put_all(&[(Key::tenant(&tenant.id), &tenant)]).await
    }

    fn new_tenant(&self, id: TenantId, name: &str, digest: &str) -> Tenant {
        let now = self.now();
        Tenant {
            id,
            name: name.to_owned(),
            status: TenantStatus::Active,
            secrets: vec![TenantSecret { digest: digest.to_owned(), created: now }],
            version: 1,
            created: now,
            updated: now,
        }
    }

    /// The tenant with this id, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        self.store.get(&Key::tenant(id)).await
    }

    /// Every tenant, the oldest first. Reads the whole table of accounts.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut tenants: Vec<Result<Tenant, Error>> = Vec::new();
        self.store
            .scan(Table::Accounts, |row| {
                if row.sort == "tenant" {
                    tenants.push(row.decode());
                }
            })
            .await?;
        let mut tenants: Vec<Tenant> = tenants.into_iter().collect::<Result<_, _>>()?;
        tenants.sort_by_key(|tenant| (tenant.created, tenant.id.clone()));
        Ok(tenants)
    }

    /// Gives a tenant a second secret, shown this once, while the first one stays live. Declined if
    /// it has two already.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn add_tenant_secret(&self, id: &TenantId) -> Result<TenantChange<BareToken>, Error> {
        let secret = BareToken::random()?;
        let now = self.now();
        self.change_tenant(id, |tenant| {
            let has_room = tenant.secrets.len() < MAX_SECRETS;
            has_room.then(|| {
                let digest = secret.digest();
                tenant.secrets.push(TenantSecret { digest, created: now });
                secret.clone()
            })
        })
        .await
    }

    /// Ends the older one of a tenant's two secrets. Declined if it has only one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn retire_tenant_secret(&self, id: &TenantId) -> Result<TenantChange<()>, Error> {
        self.change_tenant(id, |tenant| {
            let has_two = tenant.secrets.len() > 1;
            has_two.then(|| drop(tenant.secrets.remove(0)))
        })
        .await
    }

    /// Disables or enables a tenant. Tokens from before are live again when it is enabled. Answers
    /// `false` if there is no such tenant.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn set_tenant_status(
        &self,
        id: &TenantId,
        status: TenantStatus,
    ) -> Result<bool, Error> {
        let changed = self.change_tenant(id, |tenant| {
            tenant.status = status;
            Some(())
        });
        Ok(changed.await? == TenantChange::Made(()))
    }

    /// Deletes a tenant, for good: its credentials and tokens are nobody's. Answers `false` if there
    /// was none.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn delete_tenant(&self, id: &TenantId) -> Result<bool, Error> {
        let there = Statement::on(Key::tenant(id)).condition("attribute_exists(#pk)");
        match self.store.transaction().delete_if(&there, Refused)?.commit().await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(_)) => Ok(false),
            Err(CommitError::Failed(error)) => Err(error),
        }
    }

    /// Changes a tenant unless `change` declines by answering `None`.
    async fn change_tenant<T>(
        &self,
        id: &TenantId,
        change: impl Fn(&mut Tenant) -> Option<T>,
    ) -> Result<TenantChange<T>, Error> {
        for attempt in 0..ATTEMPTS {
            let Some(mut tenant) = self.tenant(id).await? else {
                return Ok(TenantChange::NoSuchTenant);
            };
            let unchanged = Statement::on(Key::tenant(id))
                .condition("#version = :version")
                .value("version", tenant.version);
            let Some(made) = change(&mut tenant) else { return Ok(TenantChange::Declined) };
            tenant.version += 1;
            tenant.updated = self.now();
            let transaction: Transaction<'_, Refused> = self.store.transaction();
            match transaction.replace(&unchanged, &tenant, Refused)?.commit().await {
                Ok(()) => return Ok(TenantChange::Made(made)),
                Err(CommitError::Failed(error)) => return Err(error),
                // Someone else changed it at the same time.
                Err(CommitError::Refused(_)) => pause(attempt).await,
            }
        }
        Err(never_settled())
    }
}
