//! The tenant that is there from the start. It is in the engine's tables alone, which nothing that is
//! deployed ever sees.

use std::fmt;

use anyhow::{Context as _, Result};
use data_encoding::BASE64;
use http::HeaderName;
use shared::{app::App, credential::TenantCredentials};

const ID: &str = "local";
/// The same at every start, so that what a developer has written down goes on working.
const SECRET: &str = "local-tenant-secret";

/// The tenant that is there from the start, as its client apps show it.
#[derive(Clone, Debug)]
pub struct LocalTenant {
    header: HeaderName,
}

impl LocalTenant {
    /// Makes the tenant, unless it is there as it should be.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn make(app: &App) -> Result<Self> {
        let credentials = TenantCredentials::new(ID, SECRET).context("the local tenant")?;
        app.directory.set_tenant(&credentials, "A tenant to try").await?;
        Ok(Self { header: app.config.tenant.header.clone() })
    }
}

/// The header that its client apps send.
impl fmt::Display for LocalTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = BASE64.encode(format!("{ID}:{SECRET}").as_bytes());
        write!(f, "{}: basic {credentials}", self.header)
    }
}
