//! Secrets in AWS Secrets Manager: read once, kept, refreshed.
//!
//! A request must not wait for Secrets Manager, nor fail because it does. So what was read is used
//! for a while without asking, and for longer while asking fails; but not for ever, or a key that
//! was taken back would go on being trusted.

#[cfg(test)]
pub(crate) mod stand_in;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_secretsmanager::Client;

use crate::{
    aws_call::{timeouts, unavailable},
    clock::{Clock, Seconds},
    error::Outage,
};

/// For so long what was read is used without asking again.
const FRESH: Seconds = 5 * 60;

/// For so long after a failure nobody asks: each attempt is a request that waits for it.
const PAUSE: Seconds = 30;

/// The same where nothing is kept: then those who wait are told to try again after so long.
const EMPTY_PAUSE: Seconds = 1;

/// What was read so recently is not read anew, however often somebody shows us a key that is none.
const JUST_READ: Seconds = 30;

/// A client of Secrets Manager, which fails rather than let a request wait for long.
#[must_use]
pub fn client(config: &SdkConfig) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(500));
    let config = aws_sdk_secretsmanager::config::Builder::from(config);
    Client::from_conf(config.timeout_config(timeouts()).retry_config(retries).build())
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
pub struct Secret<T>(Arc<Inner<T>>);

struct Inner<T> {
    client: Client,
    id: String,
    max_age: Seconds,
    clock: Clock,
    state: Mutex<State<T>>,
    /// Held by the one who asks if need be, so that the others need not.
    turn: tokio::sync::Mutex<()>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    /// When asking last failed, if it did after what is kept was read.
    failed: Option<Seconds>,
}

struct Kept<T> {
    value: Arc<T>,
    read: Seconds,
}

impl<T> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
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
        Self(Arc::new(Inner {
            client,
            id: id.to_owned(),
            max_age,
            clock,
            state: Mutex::new(State { kept: None, failed: None }),
            turn: tokio::sync::Mutex::new(()),
        }))
    }

    /// The secret's value, from memory if it was read of late.
    ///
    /// # Errors
    ///
    /// [`Outage`] when it cannot be read and none is kept that is young enough.
    pub async fn get(&self) -> Result<Arc<T>, Outage> {
        let turn = match self.usable() {
            None => self.0.turn.lock().await,
            Some(value) => match self.0.turn.try_lock() {
                Ok(turn) => turn,
                // Somebody has it already, and there is something to go on with.
                Err(_) => return Ok(value),
            },
        };
        self.refresh(FRESH, turn).await
    }

    /// The secret's value, read anew unless that was done a moment ago: for when what is kept lacks
    /// something that it should have.
    ///
    /// # Errors
    ///
    /// Those of [`Secret::get`].
    pub async fn get_anew(&self) -> Result<Arc<T>, Outage> {
        let turn = self.0.turn.lock().await;
        self.refresh(JUST_READ, turn).await
    }

    /// Reads the secret, unless somebody has done so while we waited for our turn.
    async fn refresh(
        &self,
        age: Seconds,
        _turn: tokio::sync::MutexGuard<'_, ()>,
    ) -> Result<Arc<T>, Outage> {
        if let Some(value) = self.younger_than(age) {
            return Ok(value);
        }
        let asked = self.0.clock.now();
        let failed = self.state().failed;
        // Without anything to go on with, every request fails until somebody asks.
        let pause = if self.usable().is_some() { PAUSE } else { EMPTY_PAUSE };
        if failed.is_some_and(|failed| (0..pause).contains(&(asked - failed))) {
            let outage = || Outage::new("GetSecretValue: failed a moment ago");
            return self.usable().ok_or_else(outage);
        }
        match self.read().await {
            Ok(value) => {
                let value = Arc::new(value);
                let kept = Some(Kept { value: Arc::clone(&value), read: asked });
                *self.state() = State { kept, failed: None };
                Ok(value)
            }
            Err(outage) => {
                self.state().failed = Some(self.0.clock.now());
                let Some(value) = self.usable() else {
                    return Err(outage);
                };
                tracing::warn!(%outage, "a secret is used that is not fresh");
                Ok(value)
            }
        }
    }

    async fn read(&self) -> Result<T, Outage> {
        let asked = self.0.client.get_secret_value().secret_id(&self.0.id).send().await;
        let secret = asked.map_err(|error| unavailable("GetSecretValue", &error))?;
        T::from_secret(secret.secret_string().unwrap_or_default())
    }

    /// What is kept, if it was read less than `age` ago. A clock that was set back makes nothing
    /// young.
    fn younger_than(&self, age: Seconds) -> Option<Arc<T>> {
        self.kept_if(|kept_for| (0..age).contains(&kept_for))
    }

    /// What is kept, if it may still be used.
    fn usable(&self) -> Option<Arc<T>> {
        self.kept_if(|kept_for| kept_for < self.0.max_age)
    }

    fn kept_if(&self, may: impl Fn(Seconds) -> bool) -> Option<Arc<T>> {
        let now = self.0.clock.now();
        let state = self.state();
        let kept = state.kept.as_ref()?;
        may(now - kept.read).then(|| Arc::clone(&kept.value))
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
