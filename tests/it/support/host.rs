//! The provider for development on a port of its own, which can be made to misbehave.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use local::Provider;
use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::ServiceExt as _;

use super::{PUBLIC_URL, TestApp};

pub(crate) const CONFIGURATION: &str = "/_local/provider/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/_local/provider/jwks";
pub(crate) const TOKEN: &str = "/_local/provider/token";

/// Changes a document of the provider's.
type Change = Box<dyn Fn(&mut Value) + Send>;

/// What an endpoint answers instead of what it should.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Text(u16, String),
    Redirect(String),
    Nothing,
}

#[derive(Default)]
struct Mischief {
    changes: HashMap<&'static str, Change>,
    answers: HashMap<&'static str, Answer>,
    asked: Vec<String>,
    shown_in_header: bool,
}

/// Has the product know these providers.
pub(crate) fn know(app: &TestApp, providers: &[Value]) {
    app.secrets.set("providers", &json!({ "providers": providers }).to_string());
}

/// A provider that answers over HTTP.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) provider: Provider,
    mischief: Arc<Mutex<Mischief>>,
    router: Router,
    served: JoinHandle<()>,
}

impl Host {
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let provider = Provider::new(address, PUBLIC_URL, clock.clone()).unwrap();
        let mischief = Arc::<Mutex<Mischief>>::default();
        let router = provider.router().layer(from_fn_with_state(Arc::clone(&mischief), misbehave));
        let service = router.clone();
        let served = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, provider, mischief, router, served }
    }

    /// Its entry in the list of providers.
    pub(crate) fn entry(&self) -> Value {
        let list: Value = serde_json::from_str(&self.provider.list(None).unwrap()).unwrap();
        list["providers"][0].clone()
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}/_local/provider", self.address)
    }

    /// From now on this document is changed on its way.
    pub(crate) fn change(&self, path: &'static str, by: impl Fn(&mut Value) + Send + 'static) {
        self.mischief.lock().unwrap().changes.insert(path, Box::new(by));
    }

    /// From now on this endpoint answers so.
    pub(crate) fn answer(&self, path: &'static str, answer: Answer) {
        self.mischief.lock().unwrap().answers.insert(path, answer);
    }

    /// It behaves again.
    pub(crate) fn behave(&self) {
        let mut mischief = self.mischief.lock().unwrap();
        mischief.changes.clear();
        mischief.answers.clear();
    }

    /// What was asked of it over HTTP since this was last asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.mischief.lock().unwrap().asked)
    }

    /// Whether the last request had credentials in its header.
    pub(crate) fn shown_in_header(&self) -> bool {
        self.mischief.lock().unwrap().shown_in_header
    }

    /// Fills in its page, which a redirect led to; the path that it leads back to.
    pub(crate) async fn sign_in(&self, location: &str, subject: &str) -> String {
        self.decide(location, &format!("subject={subject}")).await
    }

    pub(crate) async fn decide(&self, location: &str, decision: &str) -> String {
        let (page, query) = location.split_once('?').unwrap();
        assert_eq!(page, format!("{}/authorize", self.issuer()));
        let host = self.address.to_string();
        let form = http::Request::post("/_local/provider/authorize").header("host", host);
        let form = form.body(Body::from(format!("{query}&{decision}"))).unwrap();
        let response = self.router.clone().oneshot(form).await.unwrap();
        self.asked();
        assert_eq!(response.status(), 303);
        let location = response.headers()[header::LOCATION].to_str().unwrap();
        location.strip_prefix(PUBLIC_URL).unwrap().to_owned()
    }

    /// Nobody listens there any more.
    pub(crate) async fn stop(&mut self) {
        self.served.abort();
        drop((&mut self.served).await);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn misbehave(
    State(mischief): State<Arc<Mutex<Mischief>>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let answer = {
        let mut mischief = mischief.lock().unwrap();
        mischief.asked.push(path.clone());
        mischief.shown_in_header = request.headers().contains_key(header::AUTHORIZATION);
        mischief.answers.get(path.as_str()).cloned()
    };
    match answer {
        Some(Answer::Text(status, text)) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            return (StatusCode::from_u16(status).unwrap(), json, text).into_response();
        }
        Some(Answer::Redirect(to)) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response();
        }
        Some(Answer::Nothing) => return std::future::pending().await,
        None => {}
    }
    let response = next.run(request).await;
    if !mischief.lock().unwrap().changes.contains_key(path.as_str()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut document: Value = serde_json::from_slice(&body).unwrap();
    mischief.lock().unwrap().changes[path.as_str()](&mut document);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(document.to_string()))
}
