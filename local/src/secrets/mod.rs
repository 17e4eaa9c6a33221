//! A stand-in for AWS Secrets Manager, which speaks its protocol, so that the SDK's own client reads
//! and writes here as it does in production.
//!
//! It knows two secrets, those of the template, and of each nothing but the versions that its value
//! has had.

mod protocol;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result};
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn, routing::post};
use shared::{clock::Clock, secret::FromSecret as _, signed_token::SigningKeys};

use crate::{gateway::MAX_BODY_BYTES, guard::refuse_other_sites};

/// Where the stand-in answers.
pub(crate) const SECRETS_PATH: &str = "/_local/secretsmanager";

/// The secret of the keys by which tokens are signed, as the template's is called here.
pub const SIGNING_KEYS_SECRET: &str = "signing-keys";

/// The secret that lists the identity providers.
pub const PROVIDERS_SECRET: &str = "providers";

/// The file in the data directory that holds the signing keys.
const FILE: &str = "signing-keys.json";

/// The secrets. Clones share them.
#[derive(Clone, Debug)]
pub struct Secrets(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    secrets: HashMap<&'static str, Stored>,
    failing: bool,
    reads: usize,
}

#[derive(Default)]
struct Stored {
    /// Each value that it has had, under its version. The last one counts.
    versions: Vec<(String, String)>,
    /// Where the value is kept, besides in memory.
    file: Option<PathBuf>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State(..)")
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self::new()
    }
}

impl Secrets {
    /// The secrets as they are after a deployment: no signing keys yet, and no providers.
    #[must_use]
    pub fn new() -> Self {
        let names = [SIGNING_KEYS_SECRET, PROVIDERS_SECRET];
        let secrets = names.map(|name| (name, Stored::default())).into();
        let secrets = Self(Arc::new(Mutex::new(State { secrets, ..State::default() })));
        secrets.set(PROVIDERS_SECRET, r#"{"providers":[]}"#);
        secrets
    }

    /// Secrets with a signing key: one of its own, or that in the directory.
    pub(crate) fn of_server(data: Option<&Path>, clock: &Clock) -> Result<Self> {
        let this = Self::new();
        if let Some(data) = data {
            let file = data.join(FILE);
            this.keep_in(SIGNING_KEYS_SECRET, &file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            if let Some(keys) = this.value(SIGNING_KEYS_SECRET) {
                SigningKeys::from_secret(&keys).with_context(|| file.display().to_string())?;
                return Ok(this);
            }
        }
        let keys = SigningKeys::generate(clock.now())?.to_secret()?;
        let mut state = this.state();
        let stored = state.secrets.entry(SIGNING_KEYS_SECRET).or_default();
        stored.add(version(0), keys).context("cannot write the signing keys")?;
        drop(state);
        Ok(this)
    }

    /// Keeps a secret in a file too. What that has is its value.
    fn keep_in(&self, name: &'static str, file: &Path) -> io::Result<()> {
        let value = match std::fs::read_to_string(file) {
            Ok(value) => Some(value),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut state = self.state();
        let stored = state.secrets.entry(name).or_default();
        stored.versions.extend(value.map(|value| (version(0), value)));
        stored.file = Some(file.to_owned());
        Ok(())
    }

    /// Gives a secret this value. One of another name is not there, and is not made.
    pub fn set(&self, name: &str, value: &str) {
        let mut state = self.state();
        if let Some(stored) = state.secrets.get_mut(name) {
            let version = version(stored.versions.len());
            if let Err(error) = stored.add(version, value.to_owned()) {
                tracing::error!(%error, "a secret was not written to its file");
            }
        }
    }

    /// A secret's value, if it has one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        self.state().secrets.get(name)?.versions.last().map(|(_, value)| value.clone())
    }

    /// Whether all requests fail from now on, as they do when the key that the secrets are encrypted
    /// by cannot be used. The SDK does not try such a request again.
    pub fn set_failing(&self, failing: bool) {
        self.state().failing = failing;
    }

    /// How often somebody has asked for a value.
    #[must_use]
    pub fn reads(&self) -> usize {
        self.state().reads
    }

    /// The stand-in.
    pub fn router(&self) -> Router {
        // The SDK's client puts the path of the operation, `/`, behind that of the endpoint.
        Router::new()
            .route(SECRETS_PATH, post(protocol::answer))
            .route(&format!("{SECRETS_PATH}/"), post(protocol::answer))
            .route_layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .route_layer(from_fn(refuse_other_sites))
            .with_state(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// The value that counts from now on. The file goes first: what is not there is lost.
    fn add(&mut self, version: String, value: String) -> io::Result<()> {
        if let Some(file) = &self.file {
            write(file, &value)?;
        }
        self.versions.push((version, value));
        Ok(())
    }
}

/// A version of our own making. The SDK's are UUIDs too.
fn version(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Writes a file that only its owner may read. It is there as a whole or not at all.
fn write(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;

    let new = file.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // One that a crash left behind may be anybody's to read.
    drop(std::fs::remove_file(&new));
    options.open(&new)?.write_all(text.as_bytes())?;
    std::fs::rename(&new, file)
}
