//! The local server: services, functions, gateway, in this order up and in the other one down; or the
//! services alone.

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
use tokio::net::TcpListener;

use crate::{
    Clients, Gateway, LocalTenant, Template, docs, environment,
    functions::{link, settings},
    gateway::{MAX_BODY_BYTES, plain},
    services::Services,
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

/// The services alone, ready: where they listen, and what functions need to find them.
#[derive(Clone, Debug)]
pub struct ServicesReady {
    /// The outbox, the stand-ins and the provider.
    pub stand_ins: SocketAddr,
    /// The DynamoDB-compatible engine.
    pub dynamodb: SocketAddr,
    /// The tenant that is there from the start.
    pub tenant: LocalTenant,
    /// The environment of the functions, as a file for `cargo lambda watch --env-file`.
    pub env_file: String,
}

/// Where `cargo lambda watch` serves the functions, unless it is told otherwise.
const CARGO_LAMBDA: &str = "http://127.0.0.1:9000";

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
    let (api, dynamodb) = listen_on_both(&options).await?;
    let address = api.local_addr()?;
    let public_url = format!("http://{address}");
    let settings = settings(&template.environment, &options.environment, &public_url);
    let services = Services::start(&template, &options, &settings, dynamodb, address).await?;
    let clients = Clients::of(address, &options.environment);
    let Services { app, db, tenant, .. } = &services;
    let gateway = Gateway::new(&template, &app.config.allowed_origins, |name| {
        let policy =
            template.policies.get(name).with_context(|| format!("{name} has no policy"))?;
        link(name, policy.confine(app.clone(), db, &clients)?)
    })?;

    let tenant = tenant.clone();
    ready(Ready { api: address, dynamodb: services.engine.address(), tenant });
    let router = router(gateway).merge(services.router()).merge(docs::router());
    serve_router(api, router, stop).await?;
    services.engine.stop().await
}

/// Serves the endpoints behind a gateway, and nothing else, until `stop` completes.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve_gateway(
    listener: TcpListener,
    gateway: Gateway,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    serve_router(listener, router(gateway), stop).await
}

fn router(gateway: Gateway) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(gateway))
}

/// Serves what [`serve`] does, without the functions, which run elsewhere: in `cargo lambda watch`, or
/// wherever the environment's `PUBLIC_URL` and `AWS_ENDPOINT_URL_LAMBDA` say. Calls `ready` once
/// everything listens, and serves until `stop` completes.
///
/// # Errors
///
/// Those of [`serve`], and what `ready` fails with.
pub async fn serve_services(
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(ServicesReady) -> Result<()>,
) -> Result<()> {
    let template = Template::load()?;
    let (listener, dynamodb) = listen_on_both(&options).await?;
    let address = listener.local_addr()?;
    let settings = settings(&template.environment, &options.environment, CARGO_LAMBDA);
    let services = Services::start(&template, &options, &settings, dynamodb, address).await?;

    let dynamodb = services.engine.address();
    let set = options.environment.get("AWS_ENDPOINT_URL_LAMBDA").filter(|url| !url.is_empty());
    let lambda = set.map_or(CARGO_LAMBDA, String::as_str);
    let endpoints = environment::endpoints(dynamodb, address, lambda);
    let environment = environment::of_functions(&template, &settings, endpoints);
    let env_file = environment::env_file(&environment)?;
    let tenant = services.tenant.clone();
    ready(ServicesReady { stand_ins: address, dynamodb, tenant, env_file })?;
    serve_router(listener, services.router(), stop).await?;
    services.engine.stop().await
}

async fn serve_router(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).with_graceful_shutdown(stop).await?)
}

async fn listen_on_both(options: &Options) -> Result<(TcpListener, TcpListener)> {
    let api = listen(options.port, "--port").await?;
    Ok((api, listen(options.dynamodb_port, "--dynamodb-port").await?))
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
