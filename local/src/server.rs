//! The local server: engine, stand-ins, provider, functions, gateway, in this order up and in the other
//! one down.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use http::StatusCode;
use shared::{app::App, clock::Clock};
use tokio::net::TcpListener;

use crate::{
    Clients, Engine, Gateway, LocalTenant, Outbox, PROVIDERS_SECRET, Provider, Secrets, Template,
    docs,
    engine::create_tables,
    functions::{config, link},
    gateway::{MAX_BODY_BYTES, plain},
};

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The API's port; 0 takes a free one.
    pub port: u16,
    /// The engine's port; 0 takes a free one.
    pub dynamodb_port: u16,
    /// Where the tables and the signing keys are kept; in memory if nowhere.
    pub data: Option<PathBuf>,
    /// Settings that replace the template's, by the names of their variables.
    pub environment: HashMap<String, String>,
}

/// A server that is ready: where it listens, and who may ask.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The API.
    pub api: SocketAddr,
    /// The DynamoDB-compatible engine.
    pub dynamodb: SocketAddr,
    /// The tenant that is there from the start.
    pub tenant: LocalTenant,
}

/// Serves until `stop` completes, after which requests that are under way are still answered.
/// Calls `ready` once everything listens.
///
/// # Errors
///
/// When a port is taken, the data cannot be opened or a setting is bad.
pub async fn serve(
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(Ready),
) -> Result<()> {
    let template = Template::load()?;
    let api = listen(options.port, "--port").await?;
    let dynamodb = listen(options.dynamodb_port, "--dynamodb-port").await?;

    let engine = Engine::start(dynamodb, options.data.as_deref())?;
    let db = engine.client().await;
    create_tables(&db, &template.tables).await?;
    let address = api.local_addr()?;
    let config = config(&template.environment, &options.environment, &format!("http://{address}"))?;
    let secrets = Secrets::of_server(options.data.as_deref(), &Clock::system())?;
    let public_url = config.public_url.as_deref().unwrap_or_default();
    let provider = Provider::new(address, public_url, Clock::system())?;
    let others = options.environment.get("OAUTH_PROVIDERS").map(String::as_str);
    secrets.set(PROVIDERS_SECRET, &provider.list(others).context("OAUTH_PROVIDERS")?);
    let clients = Clients::of(address, &options.environment);
    let app = App::new(config, db.clone(), Clock::system())?;
    let gateway = Gateway::new(&template, &app.config.allowed_origins, |name| {
        let policy =
            template.policies.get(name).with_context(|| format!("{name} has no policy"))?;
        link(name, policy.confine(app.clone(), &db, &clients)?)
    })?;

    let tenant = LocalTenant::make(&app).await?;
    ready(Ready { api: address, dynamodb: engine.address(), tenant });
    let router = Router::new().fallback(answer).with_state(Arc::new(gateway));
    let router = router.merge(Outbox::new(Clock::system()).router());
    let router = router.merge(secrets.router()).merge(provider.router()).merge(docs::router());
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(api, router).with_graceful_shutdown(stop).await?;
    engine.stop().await
}

async fn listen(port: u16, flag: &str) -> Result<TcpListener> {
    // Loopback alone: nothing here is meant for a network.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
        format!("cannot listen on 127.0.0.1:{port}; choose another port with {flag}")
    })
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large").map(Body::from);
    };
    let request = http::Request::from_parts(parts, body);
    // A task of its own: as on AWS, a request is worked on to its end although its client hangs up.
    let answered = tokio::spawn(async move { gateway.answer(request, client.ip()).await }).await;
    let response: http::Response<Bytes> = answered
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"));
    response.map(Body::from)
}
