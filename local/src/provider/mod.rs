//! An OpenID provider for development: whoever opens its page is who they say they are.
//!
//! It lets nobody in anywhere but here. It is not part of any function, it is served on loopback
//! over plain HTTP, and the functions talk to such a provider at the stage `local` alone.

mod authorize;
mod key;
mod token;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result, anyhow};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    middleware::from_fn,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use data_encoding::BASE64URL_NOPAD;
use http::{StatusCode, header};
use serde_json::{Value, json};
use shared::clock::Clock;

pub use key::SigningKey;

use crate::guard::refuse_other_sites;

/// Where it is on the local server.
const PATH: &str = "/_local/provider";

/// What it is called in the paths of the API.
const NAME: &str = "local";

const CLIENT_ID: &str = "atrium";

/// The greatest form that it takes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// An OpenID provider with one client: the API on this machine. Clones share it.
#[derive(Clone, Debug)]
pub struct Provider(Arc<Shared>);

struct Shared {
    issuer: String,
    client_secret: String,
    redirect_uri: String,
    key: SigningKey,
    clock: Clock,
    codes: Mutex<HashMap<String, authorize::Grant>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({}, ..)", self.issuer)
    }
}

impl Provider {
    /// A provider that is served at `address`, for the API at `public_url`.
    ///
    /// # Errors
    ///
    /// When there is no randomness for its secrets.
    pub fn new(address: SocketAddr, public_url: &str, clock: Clock) -> Result<Self> {
        Ok(Self(Arc::new(Shared {
            issuer: format!("http://{address}{PATH}"),
            client_secret: random()?,
            redirect_uri: format!("{public_url}/oauth/{NAME}/callback"),
            key: SigningKey::generate(&random()?)?,
            clock,
            codes: Mutex::default(),
        })))
    }

    /// The text of the secret that lists providers: this one, and those of the JSON list `others`.
    ///
    /// # Errors
    ///
    /// When `others` is no JSON list.
    pub fn list(&self, others: Option<&str>) -> Result<String> {
        let mut providers = vec![self.entry()];
        if let Some(others) = others.filter(|others| !others.trim().is_empty()) {
            let others: Vec<Value> =
                serde_json::from_str(others).context("the list of providers is no JSON list")?;
            providers.extend(others);
        }
        Ok(json!({ "providers": providers }).to_string())
    }

    fn entry(&self) -> Value {
        json!({
            "name": NAME,
            "issuer": self.0.issuer,
            "client_id": CLIENT_ID,
            "client_secret": self.0.client_secret,
        })
    }

    /// Its endpoints.
    pub fn router(&self) -> Router {
        let at = |path: &str| format!("{PATH}{path}");
        Router::new()
            .route(&at("/.well-known/openid-configuration"), get(configuration))
            .route(&at("/jwks"), get(keys))
            .route(&at("/authorize"), get(authorize::ask).post(authorize::decide))
            .route(&at("/token"), post(token::redeem))
            .route_layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .route_layer(from_fn(refuse_other_sites))
            .with_state(self.clone())
    }

    fn codes(&self) -> MutexGuard<'_, HashMap<String, authorize::Grant>> {
        self.0.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /.well-known/openid-configuration`
async fn configuration(State(provider): State<Provider>) -> Response {
    let issuer = &provider.0.issuer;
    let configuration = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
        "authorization_response_iss_parameter_supported": true,
    });
    document(StatusCode::OK, &configuration)
}

/// `GET /jwks`
async fn keys(State(provider): State<Provider>) -> Response {
    document(StatusCode::OK, &json!({ "keys": [provider.0.key.public()] }))
}

fn document(status: StatusCode, document: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, document.to_string()).into_response()
}

/// 256 random bits.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| anyhow!("there is no randomness"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// The parameters of a query or a form. Of one that is there twice, none counts.
struct Parameters(HashMap<String, Option<String>>);

impl Parameters {
    fn parse(text: &[u8]) -> Self {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            let value = Some(value.into_owned());
            parameters.entry(name.into_owned()).and_modify(|seen| *seen = None).or_insert(value);
        }
        Self(parameters)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }
}
