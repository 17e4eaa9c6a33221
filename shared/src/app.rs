//! What a function is started with.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::{
    clock::Clock,
    config::{Config, ConfigError},
    directory::Directory,
    error::Outage,
    notify::{self, Mailer, Texter, TexterSettings},
    provider::Providers,
    secret::{self, Secret},
    signed_token::SignedTokens,
    store::sdk_config_loader,
};

/// The parts that every handler can reach. Clones share them.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The directory.
    pub directory: Directory,
    clock: Clock,
    signed_tokens: Option<SignedTokens>,
    providers: Option<Secret<Providers>>,
}

/// What a function calls besides the database, and has to be allowed to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon SES, for mails.
    Mail,
    /// Amazon SNS, for text messages.
    Sms,
    /// AWS Secrets Manager, for the keys by which tokens are signed.
    SigningKeys,
    /// AWS Secrets Manager, for the list of identity providers.
    Providers,
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
    /// An app on these parts, which sends nothing.
    ///
    /// # Errors
    ///
    /// [`StartError::Hashing`].
    pub fn new(config: Config, db: Client, clock: Clock) -> Result<Self, StartError> {
        let config = Arc::new(config);
        let directory = Directory::new(db, clock.clone(), Arc::clone(&config));
        Ok(Self {
            config,
            directory: directory.map_err(StartError::Hashing)?,
            clock,
            signed_tokens: None,
            providers: None,
        })
    }

    /// The same app on another client of the same database.
    #[must_use]
    pub fn with_database(self, db: Client) -> Self {
        Self { directory: self.directory.with_database(db), ..self }
    }

    /// The same app, which also sends mail through this client, as its settings say.
    ///
    /// # Errors
    ///
    /// When `MAIL_FROM` is not set, or no address.
    pub fn with_mail(self, client: aws_sdk_ses::Client) -> Result<Self, StartError> {
        let mail = self.config.mail.as_ref().ok_or(ConfigError::Missing("MAIL_FROM"))?;
        self.config.public_url.as_ref().ok_or(ConfigError::Missing("PUBLIC_URL"))?;
        let set = mail.configuration_set.clone();
        let mailer = Mailer::new(client, &mail.from, set, self.clock.clone());
        let mailer = mailer.map_err(|_| ConfigError::Invalid {
            name: "MAIL_FROM",
            expected: "an email address, or a name and an address in angle brackets".to_owned(),
        })?;
        Ok(Self { directory: self.directory.with_mailer(mailer), ..self })
    }

    /// The same app, which also sends text messages through this client, as its settings say.
    #[must_use]
    pub fn with_sms(self, client: aws_sdk_sns::Client) -> Self {
        let settings = TexterSettings {
            sender_id: self.config.sms.sender_id.clone(),
            max_price_usd: self.config.sms.max_price_usd.clone(),
        };
        let texter = Texter::new(client, settings);
        Self { directory: self.directory.with_texter(texter), ..self }
    }

    /// The same app, which also signs tokens by the keys in its settings' secret.
    ///
    /// # Errors
    ///
    /// When `SIGNING_KEYS_SECRET` or `PUBLIC_URL` is not set.
    pub fn with_signing_keys(
        self,
        client: aws_sdk_secretsmanager::Client,
    ) -> Result<Self, StartError> {
        let config = &self.config;
        let id = config.secrets.signing_keys.as_ref();
        let id = id.ok_or(ConfigError::Missing("SIGNING_KEYS_SECRET"))?;
        let issuer = config.public_url.as_ref().ok_or(ConfigError::Missing("PUBLIC_URL"))?;
        let keys = Secret::new(client, id, config.secrets.max_age, self.clock.clone());
        let tokens = SignedTokens::new(keys, issuer, self.clock.clone());
        Ok(Self { signed_tokens: Some(tokens), ..self })
    }

    /// The same app, which also knows the identity providers in its settings' secret.
    ///
    /// # Errors
    ///
    /// When `OAUTH_PROVIDERS_SECRET` or `PUBLIC_URL` is not set.
    pub fn with_providers(
        self,
        client: aws_sdk_secretsmanager::Client,
    ) -> Result<Self, StartError> {
        let config = &self.config;
        let id = config.secrets.oauth_providers.as_ref();
        let id = id.ok_or(ConfigError::Missing("OAUTH_PROVIDERS_SECRET"))?;
        config.public_url.as_ref().ok_or(ConfigError::Missing("PUBLIC_URL"))?;
        let providers = Secret::new(client, id, config.secrets.max_age, self.clock.clone());
        Ok(Self { providers: Some(providers), ..self })
    }

    /// What makes and verifies signed tokens.
    ///
    /// # Errors
    ///
    /// [`Outage`] in a function that was not started with it.
    pub fn signed_tokens(&self) -> Result<&SignedTokens, Outage> {
        self.signed_tokens.as_ref().ok_or_else(|| Outage::new("this function signs no tokens"))
    }

    /// The identity providers.
    ///
    /// # Errors
    ///
    /// [`Outage`] in a function that was not started with them.
    pub fn providers(&self) -> Result<&Secret<Providers>, Outage> {
        self.providers.as_ref().ok_or_else(|| Outage::new("this function knows no providers"))
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// An app as the environment says, with clients of these services and of no others.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub async fn from_env(services: &[Service]) -> Result<Self, StartError> {
        let config = Config::from_env()?;
        let sdk = sdk_config_loader().load().await;
        let mut app = Self::new(config, Client::new(&sdk), Clock::system())?;
        for service in services {
            app = match service {
                Service::Mail => app.with_mail(notify::ses(&sdk))?,
                Service::Sms => app.with_sms(notify::sns(&sdk)),
                Service::SigningKeys => app.with_signing_keys(secret::client(&sdk))?,
                Service::Providers => app.with_providers(secret::client(&sdk))?,
            };
        }
        Ok(app)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_config::{BehaviorVersion, SdkConfig};
    use aws_sdk_dynamodb::Client;

    use super::{App, StartError};
    use crate::{clock::Clock, config::Config, notify};

    fn with_mail(settings: &[(&str, &str)]) -> Result<App, StartError> {
        let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let vars = [("ACCOUNTS_TABLE", "accounts"), ("TOKENS_TABLE", "tokens")];
        let vars = vars.iter().chain(settings);
        let vars: HashMap<_, _> =
            vars.map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let app = App::new(Config::from_vars(&vars)?, Client::new(&sdk), Clock::fixed(0))?;
        app.with_mail(notify::ses(&sdk))
    }

    #[test]
    fn a_function_that_mails_names_the_setting_that_it_lacks() {
        let url = ("PUBLIC_URL", "https://api.example.com");
        for (settings, name) in [
            (&[][..], "MAIL_FROM is not set"),
            (&[url, ("MAIL_FROM", " ")], "MAIL_FROM is not set"),
            (&[("MAIL_FROM", "no-reply@example.com")], "PUBLIC_URL is not set"),
            (&[url, ("MAIL_FROM", "Atrium")], "MAIL_FROM must be an email address"),
            (&[url, ("MAIL_FROM", "a@example.com, b@example.com")], "MAIL_FROM must be"),
        ] {
            let error = with_mail(settings).unwrap_err().to_string();
            assert!(error.contains(name), "{settings:?}: {error}");
        }
        with_mail(&[url, ("MAIL_FROM", "Atrium <no-reply@example.com>")]).unwrap();
    }
}
