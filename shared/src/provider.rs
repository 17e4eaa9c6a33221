//! The identity providers that are configured.

use std::fmt;

use serde::Deserialize;

use crate::{error::Outage, secret::FromSecret};

/// The identity providers, as their secret lists them.
#[derive(Clone, Debug, Deserialize)]
pub struct Providers {
    providers: Vec<Provider>,
}

/// An OpenID provider.
#[derive(Clone, Deserialize)]
pub struct Provider {
    /// What it is called in paths: lower-case letters, digits and hyphens.
    pub name: String,
    /// Its issuer identifier, under which its configuration is found.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we show it.
    pub client_secret: String,
    /// What to ask for besides `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl Providers {
    /// The provider of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name == name)
    }
}

impl FromSecret for Providers {
    fn from_secret(text: &str) -> Result<Self, Outage> {
        // The error may quote the text.
        serde_json::from_str(text).map_err(|_| Outage::new("the list of providers is unreadable"))
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({}, ..)", self.name)
    }
}
