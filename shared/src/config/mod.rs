//! What can be set, and the only reader of the environment.
//!
//! A missing or bad value stops the start with a message that names the variable: a directory that
//! runs with a setting other than the one that was meant is worse than one that does not run.

mod contact;
mod identity;
mod limits;
mod vars;

use std::{collections::HashMap, num::NonZeroU32};

use phonenumber::country;

pub use contact::{MailConfig, SmsConfig};
pub use identity::{OauthConfig, SecretConfig, TenantConfig};
pub use limits::{Limit, Limits};
pub use vars::{inside_lambda, process_environment};

use crate::clock::Seconds;
use vars::Vars;

/// The settings of a function. The table in `docs/configuration.md` lists them for operators.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ACCOUNTS_TABLE`: the name of the table of accounts. Required.
    pub accounts_table: String,
    /// `TOKENS_TABLE`: the name of the table of credentials and counters. Required.
    pub tokens_table: String,
    /// `STAGE`: `prod` unless set. `local` alone lets cookies travel over plain HTTP.
    pub stage: Stage,
    /// `REPLIES`: `documented` unless set.
    pub replies: Replies,
    /// `PASSWORD_POLICY`: `documented` unless set.
    pub password_policy: PasswordPolicy,
    /// `ALLOWED_ORIGINS`: the web origins, besides our own host, whose pages may call, separated
    /// by commas. None unless set.
    pub allowed_origins: Vec<String>,
    /// `DEFAULT_PHONE_REGION`: the region of phone numbers that have no country code. `CN` unless
    /// set.
    pub default_phone_region: country::Id,
    /// `PUBLIC_URL`: where clients reach the API, without a slash at the end. Links in mails and
    /// signed tokens name it, and nothing that a request says. The functions that send mail, that
    /// sign tokens or that send browsers to identity providers demand it.
    pub public_url: Option<String>,
    /// How mail is sent. None unless `MAIL_FROM` is set; the functions that send mail demand it.
    pub mail: Option<MailConfig>,
    /// How text messages are sent.
    pub sms: SmsConfig,
    /// How tenants show who they are.
    pub tenant: TenantConfig,
    /// Where browsers go that come back from an identity provider.
    pub oauth: OauthConfig,
    /// Where secrets are.
    pub secrets: SecretConfig,
    /// How cookies are set and how long credentials live.
    pub credentials: CredentialConfig,
    /// How passwords are hashed.
    pub hashing: HashingConfig,
    /// How much anyone may do.
    pub limits: Limits,
}

/// Which kind of deployment this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A developer's machine.
    Local,
    /// A stack for development.
    Dev,
    /// A stack for acceptance.
    Staging,
    /// The stack that people rely on.
    Prod,
}

/// How much a refusal tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// As the contracts' documents have it.
    Documented,
    /// An unknown account answers as a wrong password does.
    Uniform,
}

/// Which new passwords are refused for being weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// Those for which a contract's document has an answer.
    Documented,
    /// Also the most common ones, in every contract.
    Hardened,
}

/// How cookies are set and how long credentials live.
#[derive(Clone, Copy, Debug)]
pub struct CredentialConfig {
    /// `COOKIE_SAME_SITE`: `lax` unless set; `none` for front ends on another site.
    pub same_site: SameSite,
    /// `COOKIE_IDLE_DAYS`: a session ends after so many days without use. 14 unless set.
    pub cookie_idle: Seconds,
    /// `COOKIE_ABSOLUTE_DAYS`: a session ends so many days after its sign-in. 90 unless set.
    pub cookie_absolute: Seconds,
    /// `API_KEY_DAYS`: an `api_key` ends so many days after its sign-in. 90 unless set.
    pub api_key: Seconds,
    /// `TENANT_TOKEN_DAYS`: a tenant's token ends so many days after its sign-in. 14 unless set.
    pub tenant_token: Seconds,
}

/// The `SameSite` attribute of cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent with top-level navigation from other sites, the browsers' own default.
    Lax,
    /// Never sent with requests from other sites.
    Strict,
    /// Always sent; browsers then demand `Secure`.
    None,
}

/// How passwords are hashed. [OWASP] names the least that argon2id should cost; the floor here is
/// its `m=19456, t=2, p=1`.
///
/// [OWASP]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
#[derive(Clone, Copy, Debug)]
pub struct HashingConfig {
    /// `ARGON2_MEMORY_KIB`: 19456 unless set, and not less.
    pub memory_kib: u32,
    /// `ARGON2_PASSES`: 2 unless set, and not less.
    pub passes: u32,
    /// `HASH_CONCURRENCY`: how many hashes may be computed at once, each of which takes
    /// `ARGON2_MEMORY_KIB` of memory. 1 unless set: a Lambda environment serves one request at a
    /// time.
    pub concurrency: NonZeroU32,
}

/// A variable without which, or with whose value, Atrium does not start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The variable is required and not set, or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The variable has a value that it cannot have.
    #[error("the environment variable {name} must be {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What its value must be.
        expected: String,
    },
}

const MINUTE: Seconds = 60;
const HOUR: Seconds = 60 * MINUTE;
const DAY: Seconds = 24 * HOUR;

impl Config {
    /// Reads the settings from the process's environment.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or bad.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_vars(&process_environment())
    }

    /// Reads the settings from `vars`.
    ///
    /// # Errors
    ///
    /// The first variable that is missing or bad.
    pub fn from_vars(vars: &HashMap<String, String>) -> Result<Self, ConfigError> {
        let vars = Vars(vars);
        let config = Self {
            accounts_table: vars.required("ACCOUNTS_TABLE")?.to_owned(),
            tokens_table: vars.required("TOKENS_TABLE")?.to_owned(),
            stage: vars.choice(
                "STAGE",
                &[
                    ("prod", Stage::Prod),
                    ("staging", Stage::Staging),
                    ("dev", Stage::Dev),
                    ("local", Stage::Local),
                ],
            )?,
            replies: vars.choice(
                "REPLIES",
                &[("documented", Replies::Documented), ("uniform", Replies::Uniform)],
            )?,
            password_policy: vars.choice(
                "PASSWORD_POLICY",
                &[
                    ("documented", PasswordPolicy::Documented),
                    ("hardened", PasswordPolicy::Hardened),
                ],
            )?,
            allowed_origins: vars.origins("ALLOWED_ORIGINS")?,
            default_phone_region: vars.region("DEFAULT_PHONE_REGION")?,
            public_url: vars.url("PUBLIC_URL")?,
            mail: MailConfig::from_vars(&vars),
            sms: SmsConfig::from_vars(&vars)?,
            tenant: TenantConfig::from_vars(&vars)?,
            oauth: OauthConfig::from_vars(&vars)?,
            secrets: SecretConfig::from_vars(&vars)?,
            credentials: CredentialConfig::from_vars(&vars)?,
            hashing: HashingConfig::from_vars(&vars)?,
            limits: Limits::from_vars(&vars)?,
        };
        if config.credentials.same_site == SameSite::None && config.stage == Stage::Local {
            return Err(ConfigError::Invalid {
                name: "COOKIE_SAME_SITE",
                expected: "lax or strict when STAGE is local: browsers take none only over HTTPS"
                    .to_owned(),
            });
        }
        Ok(config)
    }
}

impl CredentialConfig {
    fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            same_site: vars.choice(
                "COOKIE_SAME_SITE",
                &[("lax", SameSite::Lax), ("strict", SameSite::Strict), ("none", SameSite::None)],
            )?,
            cookie_idle: vars.days("COOKIE_IDLE_DAYS", 14)?,
            cookie_absolute: vars.days("COOKIE_ABSOLUTE_DAYS", 90)?,
            api_key: vars.days("API_KEY_DAYS", 90)?,
            tenant_token: vars.days("TENANT_TOKEN_DAYS", 14)?,
        })
    }
}

impl HashingConfig {
    const LEAST_MEMORY_KIB: u32 = 19_456;
    const LEAST_PASSES: u32 = 2;

    fn from_vars(vars: &Vars<'_>) -> Result<Self, ConfigError> {
        let least = Self::LEAST_MEMORY_KIB;
        // The upper bounds keep a slip of the hand from taking every sign-in down.
        let memory_kib = vars.number("ARGON2_MEMORY_KIB", least, least..=1_048_576)?;
        let least = Self::LEAST_PASSES;
        let passes = vars.number("ARGON2_PASSES", least, least..=100)?;
        let concurrency = vars.number("HASH_CONCURRENCY", 1, 1..=1024)?;
        Ok(Self {
            memory_kib,
            passes,
            concurrency: NonZeroU32::new(concurrency).unwrap_or(NonZeroU32::MIN),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Config, ConfigError, Replies, SameSite, Stage};

    fn read(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let tables = [("ACCOUNTS_TABLE", "accounts"), ("TOKENS_TABLE", "tokens")];
        Config::from_vars(
            &tables
                .iter()
                .chain(vars)
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect::<HashMap<_, _>>(),
        )
    }

    #[test]
    fn a_missing_table_is_named() {
        for name in ["ACCOUNTS_TABLE", "TOKENS_TABLE"] {
            let error = read(&[(name, "")]).unwrap_err();
            assert_eq!(error, ConfigError::Missing(name));
            assert!(error.to_string().contains(name));
        }
    }

    #[test]
    fn a_bad_value_is_named() {
        for (name, value) in [
            ("STAGE", "production"),
            ("STAGE", ""),
            ("REPLIES", "Uniform"),
            ("PASSWORD_POLICY", "strict"),
            ("ALLOWED_ORIGINS", "*"),
            ("ALLOWED_ORIGINS", "https://a.example,app.example.com"),
            ("ALLOWED_ORIGINS", "https://app.example.com/path"),
            ("DEFAULT_PHONE_REGION", "China"),
            ("COOKIE_SAME_SITE", "Lax"),
            ("COOKIE_IDLE_DAYS", "0"),
            ("API_KEY_DAYS", "a week"),
            ("ARGON2_MEMORY_KIB", "4096"),
            ("ARGON2_PASSES", "1"),
            ("HASH_CONCURRENCY", "0"),
            ("LIMIT_GUESSES_PER_ACCOUNT", "0"),
            ("LIMIT_SIGN_UPS_PER_ADDRESS", "-1"),
            ("KNOWN_ADDRESS_DAYS", "1.5"),
            ("ALLOWED_PHONE_COUNTRIES", "CN,China"),
            ("SMS_INTERVAL_SECONDS", "0"),
            ("MAIL_INTERVAL_SECONDS", "1 minute"),
            ("SMS_SENDER_ID", "12345"),
            ("SMS_SENDER_ID", "a sender"),
            ("SMS_SENDER_ID", "TwelveLetters"),
            ("SMS_MAX_PRICE_USD", "0"),
            ("SMS_MAX_PRICE_USD", "-1"),
            ("SMS_MAX_PRICE_USD", "1e-1"),
            ("SMS_MAX_PRICE_USD", "inf"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(
                matches!(error, ConfigError::Invalid { name: named, .. } if named == name),
                "{name}={value}: {error}"
            );
        }
    }

    #[test]
    fn what_is_set_is_taken() {
        let config = read(&[
            ("REPLIES", "uniform"),
            ("ALLOWED_ORIGINS", " https://App.example.com , http://localhost:5173 "),
            ("COOKIE_SAME_SITE", "none"),
            ("LIMIT_GUESSES_PER_ACCOUNT", "3"),
        ])
        .unwrap();
        assert_eq!(config.stage, Stage::Prod);
        assert_eq!(config.replies, Replies::Uniform);
        assert_eq!(config.credentials.same_site, SameSite::None);
        assert_eq!(config.limits.guesses_per_account.count, 3);
        assert_eq!(config.allowed_origins, ["https://app.example.com", "http://localhost:5173"]);
    }

    #[test]
    fn cookies_for_other_sites_need_https() {
        let error = read(&[("COOKIE_SAME_SITE", "none"), ("STAGE", "local")]).unwrap_err();
        assert!(error.to_string().contains("COOKIE_SAME_SITE"), "{error}");
    }
}
