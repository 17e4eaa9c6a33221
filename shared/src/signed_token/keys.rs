//! The keys.

use crate::{error::Outage, secret::FromSecret};

/// The keys that are live.
#[derive(Debug)]
pub struct SigningKeys;

impl FromSecret for SigningKeys {
    fn from_secret(_text: &str) -> Result<Self, Outage> {
        Err(Outage::new("no keys"))
    }
}
