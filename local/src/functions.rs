//! The functions, linked into this program.

use std::{collections::HashMap, fmt, sync::Arc, thread::available_parallelism};

use anyhow::{Result, bail};
use axum::Router;
use fallback::Failure;
use lambda_http::{Context, LambdaEvent};
use serde_json::Value;
use shared::{
    app::App,
    envelope::{ApiKey, Contact, Cookie, Tenant, Users},
    http::{Contract, Door, Entry},
};

/// A function: an event in, the gateway's response out, as on Lambda.
#[derive(Clone)]
pub struct Function(Arc<dyn Answer>);

type Pinned<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

trait Answer: Send + Sync {
    fn answer(&self, event: Value) -> Pinned<'_, Value>;
}

impl<C: Contract> Answer for Entry<C> {
    fn answer(&self, event: Value) -> Pinned<'_, Value> {
        Box::pin(Self::answer(self, LambdaEvent::new(event, Context::default())))
    }
}

/// The function behind `$default`, with the others in this program instead of on AWS Lambda.
struct Fallback(Others);

struct Others(HashMap<String, Function>);

impl Answer for Fallback {
    fn answer(&self, event: Value) -> Pinned<'_, Value> {
        Box::pin(async move { fallback::answer(&event, &self.0).await })
    }
}

impl fallback::Invoke for Others {
    async fn invoke(&self, name: &'static str, event: &Value) -> Result<Value, Failure> {
        let function = self.0.get(name).ok_or(Failure::Unavailable)?;
        Ok(function.answer(event.clone()).await)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function(..)")
    }
}

impl Function {
    /// A function with these routes.
    #[must_use]
    pub fn new<C: Contract>(router: Router<App>, app: App) -> Self {
        Self(Arc::new(Entry::new(Door::<C>::new(router, app))))
    }

    /// The function `fallback`, which calls these by their names.
    #[must_use]
    pub fn fallback(others: HashMap<String, Self>) -> Self {
        Self(Arc::new(Fallback(Others(others))))
    }

    /// Answers an event of the API gateway.
    pub async fn answer(&self, event: Value) -> Value {
        self.0.answer(event).await
    }
}

/// The function whose folder has this name, of those that have routes by which they are found.
///
/// # Errors
///
/// When there is none.
pub fn link(name: &str, app: App) -> Result<Function> {
    Ok(match name {
        "api-key" => Function::new::<ApiKey>(api_key::router(), app),
        "cookie" => Function::new::<Cookie>(cookie::router(), app),
        "email" => Function::new::<Contact>(email::router(), app),
        "phone" => Function::new::<Contact>(phone::router(), app),
        "oauth" => Function::new::<Tenant>(oauth::router(), app),
        "tenant" => Function::new::<Tenant>(tenant::router(), app),
        "users" => Function::new::<Users>(users::router(), app),
        _ => bail!("template.yaml has a function {name}, which is not linked into this program"),
    })
}

/// The settings that this machine has a default of its own for.
pub(crate) const LOCAL_SETTINGS: [&str; 4] =
    ["STAGE", "HASH_CONCURRENCY", "MAIL_FROM", "PUBLIC_URL"];

/// How many hashes this machine computes at once unless `HASH_CONCURRENCY` says otherwise: one fewer
/// than it has cores. On Lambda hashes have processors of their own; here a flood of sign-ins would
/// keep all cores busy, and those who are signed in already would wait for it.
#[must_use]
pub fn hashes_at_once() -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

/// The settings of the functions on this machine, by the names of their variables: the template's, with
/// what is different here, with what the developer has set. They are reached at `public_url` unless the
/// developer says otherwise.
pub(crate) fn settings(
    environment: &HashMap<String, String>,
    overrides: &HashMap<String, String>,
    public_url: &str,
) -> HashMap<String, String> {
    let mut vars = environment.clone();
    // No TLS, so no Secure cookies.
    vars.insert("STAGE".to_owned(), "local".to_owned());
    vars.insert("HASH_CONCURRENCY".to_owned(), hashes_at_once().to_string());
    // One machine may be a crowd of clients.
    for name in [
        "LIMIT_GUESSES_PER_ADDRESS",
        "LIMIT_SIGN_UPS_PER_ADDRESS",
        "LIMIT_DISCLOSURES_PER_ADDRESS",
        "LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS",
        "LIMIT_SMS_PER_ADDRESS",
        "LIMIT_OAUTH_STARTS_PER_ADDRESS",
    ] {
        vars.insert(name.to_owned(), "1000000".to_owned());
    }
    // The tables are those that were made from the template.
    let fixed = ["ACCOUNTS_TABLE", "TOKENS_TABLE", "STAGE"];
    let overrides = overrides.iter().filter(|(name, _)| !fixed.contains(&name.as_str()));
    vars.extend(overrides.map(|(name, value)| (name.clone(), value.clone())));
    // The template cannot know these.
    for (name, value) in
        [("MAIL_FROM", "Atrium <no-reply@atrium.example>"), ("PUBLIC_URL", public_url)]
    {
        if vars.get(name).is_none_or(|value| value.trim().is_empty()) {
            vars.insert(name.to_owned(), value.to_owned());
        }
    }
    vars
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use shared::config::Config;

    use super::settings;
    use crate::template::Template;

    fn read(template: &[(&str, &str)], overrides: &[(&str, &str)]) -> Config {
        let vars = |vars: &[(&str, &str)]| {
            let vars = vars.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
            vars.collect::<HashMap<_, _>>()
        };
        let mut environment = Template::load().unwrap().environment;
        environment.extend(vars(template));
        let settings = settings(&environment, &vars(overrides), "http://127.0.0.1:3000");
        Config::from_vars(&settings).unwrap()
    }

    #[test]
    fn mail_leads_back_to_this_server() {
        // A template's parameter that may be left out has an empty default.
        for template in [&[][..], &[("MAIL_FROM", ""), ("PUBLIC_URL", "")]] {
            let config = read(template, &[]);
            assert_eq!(config.public_url.unwrap(), "http://127.0.0.1:3000");
            let mail = config.mail.unwrap();
            assert_eq!(mail.from, "Atrium <no-reply@atrium.example>");
        }
    }

    #[test]
    fn what_the_developer_sets_is_taken() {
        let overrides = [
            ("PUBLIC_URL", "https://atrium.example/api/"),
            ("MAIL_FROM", "ann@example.com"),
            ("LIMIT_SMS_PER_ADDRESS", "3"),
            ("ACCOUNTS_TABLE", "elsewhere"),
        ];
        let config = read(&[], &overrides);
        assert_eq!(config.public_url.unwrap(), "https://atrium.example/api");
        let mail = config.mail.unwrap();
        assert_eq!(mail.from, "ann@example.com");
        assert_eq!(config.limits.sms_per_address.count, 3);
        assert_eq!(config.accounts_table, "accounts");
    }

    #[test]
    fn one_machine_may_be_a_crowd() {
        let limits = read(&[], &[]).limits;
        for limit in [
            limits.guesses_per_address,
            limits.sign_ups_per_address,
            limits.disclosures_per_address,
            limits.mails_per_recipient_and_address,
            limits.sms_per_address,
        ] {
            assert_eq!(limit.count, 1_000_000);
        }
    }
}
