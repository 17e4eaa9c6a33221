//! Tenants, identity providers, and the secrets of both.

use http::{HeaderName, header};

use super::{ConfigError, HOUR, vars::Vars};
use crate::clock::Seconds;

/// How tenants show who they are.
#[derive(Clone, Debug)]
pub struct TenantConfig {
    /// `TENANT_HEADER`: the header with a tenant's credentials. `starcedu-tenant-authorization`
    /// unless set.
    pub header: HeaderName,
}

/// Where browsers go that come back from an identity provider. Nothing that a request says has a
/// part in it.
#[derive(Clone, Debug)]
pub struct OauthConfig {
    /// `OAUTH_APP_URL`: where the browser goes when it comes back from a provider. `PUBLIC_URL`
    /// unless set.
    pub app_url: Option<String>,
    /// `OAUTH_UNBOUND_URL`: where it goes instead if the identity is not bound to an account yet, so
    /// that its owner signs in or up. `OAUTH_APP_URL` unless set.
    pub unbound_url: Option<String>,
}

/// Where secrets are, and how long Atrium does without being able to read them.
#[derive(Clone, Debug)]
pub struct SecretConfig {
    /// `SIGNING_KEYS_SECRET`: the secret in AWS Secrets Manager that holds the keys by which tokens
    /// are signed: its name or ARN. The functions that sign demand it.
    pub signing_keys: Option<String>,
    /// `OAUTH_PROVIDERS_SECRET`: the secret that lists the identity providers. The functions that
    /// send browsers there demand it.
    pub oauth_providers: Option<String>,
    /// `SECRET_MAX_AGE_HOURS`: for so long a secret that was read goes on being used while Secrets
    /// Manager fails. 24 unless set.
    pub max_age: Seconds,
}

impl TenantConfig {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        let name = vars.optional("TENANT_HEADER");
        let name = name.as_deref().unwrap_or("starcedu-tenant-authorization");
        let header = HeaderName::try_from(name).ok();
        // These mean something else, and one of them would hide the other.
        let free = |header: &HeaderName| ![header::AUTHORIZATION, header::COOKIE].contains(header);
        let header = header.filter(free).ok_or_else(|| ConfigError::Invalid {
            name: "TENANT_HEADER",
            expected: "the name of a header, and not of one that is used for something else"
                .to_owned(),
        })?;
        Ok(Self { header })
    }
}

impl OauthConfig {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            app_url: vars.url("OAUTH_APP_URL")?,
            unbound_url: vars.url("OAUTH_UNBOUND_URL")?,
        })
    }
}

impl SecretConfig {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        let hours = vars.number("SECRET_MAX_AGE_HOURS", 24, 1..=720)?;
        Ok(Self {
            signing_keys: vars.optional("SIGNING_KEYS_SECRET"),
            oauth_providers: vars.optional("OAUTH_PROVIDERS_SECRET"),
            max_age: Seconds::from(hours) * HOUR,
        })
    }
}
