//! The functions, linked into this program.

use std::{collections::HashMap, fmt, sync::Arc, thread::available_parallelism};

use anyhow::{Result, bail};
use aws_sdk_dynamodb::Client;
use axum::Router;
use lambda_http::{Context, LambdaEvent};
use serde_json::Value;
use shared::{
    app::App,
    clock::Clock,
    config::Config,
    envelope::{ApiKey, Cookie, Users},
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

    /// Answers an event of the API gateway.
    pub async fn answer(&self, event: Value) -> Value {
        self.0.answer(event).await
    }
}

/// The function whose folder has this name.
///
/// # Errors
///
/// When there is none.
pub fn link(name: &str, app: App) -> Result<Function> {
    Ok(match name {
        "api-key" => Function::new::<ApiKey>(api_key::router(), app),
        "cookie" => Function::new::<Cookie>(cookie::router(), app),
        "users" => Function::new::<Users>(users::router(), app),
        _ => bail!("template.yaml has a function {name}, which is not linked into this program"),
    })
}

/// What the functions of this machine share: the template's environment, with what is different
/// here, with what the developer has set.
///
/// # Errors
///
/// When a setting is bad.
pub fn app(
    environment: &HashMap<String, String>,
    overrides: &HashMap<String, String>,
    db: Client,
    clock: Clock,
) -> Result<App> {
    let mut vars = environment.clone();
    // No TLS, so no Secure cookies.
    vars.insert("STAGE".to_owned(), "local".to_owned());
    let cores = available_parallelism().map_or(1, usize::from);
    vars.insert("HASH_CONCURRENCY".to_owned(), cores.to_string());
    // One machine may be a crowd of clients.
    for name in
        ["LIMIT_GUESSES_PER_ADDRESS", "LIMIT_SIGN_UPS_PER_ADDRESS", "LIMIT_DISCLOSURES_PER_ADDRESS"]
    {
        vars.insert(name.to_owned(), "1000000".to_owned());
    }
    // The tables are those that were made from the template.
    let fixed = ["ACCOUNTS_TABLE", "TOKENS_TABLE", "STAGE"];
    let overrides = overrides.iter().filter(|(name, _)| !fixed.contains(&name.as_str()));
    vars.extend(overrides.map(|(name, value)| (name.clone(), value.clone())));
    Ok(App::new(Config::from_vars(&vars)?, db, clock)?)
}
