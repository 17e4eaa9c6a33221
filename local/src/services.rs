//! What the functions find on this machine in the place of AWS: the engine with its tables, the
//! stand-ins for Amazon SES, Amazon SNS and AWS Secrets Manager, and a provider.

use std::{collections::HashMap, net::SocketAddr};

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::Client;
use axum::Router;
use shared::{app::App, clock::Clock, config::Config};
use tokio::net::TcpListener;

use crate::{
    Engine, LocalTenant, Options, Outbox, PROVIDERS_SECRET, Provider, Secrets, Template,
    engine::create_tables,
};

/// The services, started.
#[derive(Debug)]
pub(crate) struct Services {
    /// What works on the tables, and sends nothing so far.
    pub(crate) app: App,
    pub(crate) db: Client,
    pub(crate) engine: Engine,
    /// The tenant that is there from the start.
    pub(crate) tenant: LocalTenant,
    secrets: Secrets,
    provider: Provider,
}

impl Services {
    /// Starts them for functions that have these settings. The engine listens on `dynamodb`; everything
    /// else is in [`Services::router`], which is to be served at `address`.
    pub(crate) async fn start(
        template: &Template,
        options: &Options,
        settings: &HashMap<String, String>,
        dynamodb: TcpListener,
        address: SocketAddr,
    ) -> Result<Self> {
        let config = Config::from_vars(settings)?;
        let engine = Engine::start(dynamodb, options.data.as_deref())?;
        let db = engine.client().await;
        create_tables(&db, &template.tables).await?;
        let secrets = Secrets::of_server(options.data.as_deref(), &Clock::system())?;
        let public_url = config.public_url.as_deref().unwrap_or_default();
        let provider = Provider::new(address, public_url, Clock::system())?;
        let others = options.environment.get("OAUTH_PROVIDERS").map(String::as_str);
        secrets.set(PROVIDERS_SECRET, &provider.list(others).context("OAUTH_PROVIDERS")?);
        let app = App::new(config, db.clone(), Clock::system())?;
        let tenant = LocalTenant::make(&app).await?;
        Ok(Self { app, db, engine, tenant, secrets, provider })
    }

    /// Everything but the engine, and the outbox.
    pub(crate) fn router(&self) -> Router {
        let outbox = Outbox::new(Clock::system());
        outbox.router().merge(self.secrets.router()).merge(self.provider.router())
    }
}
