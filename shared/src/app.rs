//! What a function is started with.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::{
    clock::Clock,
    config::{Config, ConfigError},
    directory::Directory,
    store::sdk_config_loader,
};

/// The parts that every handler can reach. Clones share them.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The directory.
    pub directory: Directory,
}

/// Why a function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is missing or bad.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The hashing parameters cannot be used.
    #[error("the hashing parameters cannot be used: {0}")]
    Hashing(argon2::Error),
}

impl App {
    /// An app on these parts.
    ///
    /// # Errors
    ///
    /// [`StartError::Hashing`].
    pub fn new(config: Config, db: Client, clock: Clock) -> Result<Self, StartError> {
        let config = Arc::new(config);
        let directory = Directory::new(db, clock, Arc::clone(&config));
        Ok(Self { config, directory: directory.map_err(StartError::Hashing)? })
    }

    /// An app as the environment says.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub async fn from_env() -> Result<Self, StartError> {
        let config = Config::from_env()?;
        let sdk = sdk_config_loader().load().await;
        Self::new(config, Client::new(&sdk), Clock::system())
    }
}
