//! A gate before the database, at which those who race wait for each other.
//!
//! Without it the first of many requests is often through before the last one has read anything. With
//! it all of them have read the same state, and then write at once.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{config::timeout::TimeoutConfig, error::BoxError};
use aws_smithy_runtime_api::client::{
    http::{self as sdk, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use axum::body::Bytes;
use futures::future::join_all;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::sync::watch;

use super::{Preparation, TestApp, cheap_hashes};

tokio::task_local! {
    /// Which of those who race this task is.
    static RACER: usize;
}

/// A call of the database, as it goes over the wire.
pub(crate) struct StoreCall<'a> {
    pub(crate) operation: &'a str,
    pub(crate) body: &'a str,
}

/// Which calls are held.
type Held = fn(&StoreCall<'_>) -> bool;

/// A gate that is open unless there is a race. Clones are one gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    race: Arc<Mutex<Option<Race>>>,
}

/// What the gate knows of those who race.
#[derive(Clone, Debug)]
struct Race {
    held: Held,
    racers: usize,
    /// Those who wait at the gate.
    arrived: HashSet<usize>,
    /// Those who were through without coming to it.
    passed: HashSet<usize>,
    open: watch::Sender<bool>,
}

/// What came of a race.
#[derive(Debug)]
pub(crate) struct Raced<T> {
    /// In the order of those who raced.
    pub(crate) outcomes: Vec<T>,
    /// How many of them were held until all others had come as far.
    pub(crate) held: usize,
}

impl Race {
    fn open_if_complete(&self) {
        if self.arrived.len() + self.passed.len() >= self.racers {
            self.open.send_replace(true);
        }
    }
}

impl Gate {
    /// The product behind this gate, with cheap hashes, and with as much time for a call of the
    /// database as it takes the others to come.
    pub(crate) async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        let gate = self.clone();
        let database = Box::new(move |config: aws_sdk_dynamodb::config::Builder| {
            let line = Client::builder(TokioExecutor::new()).build_http();
            config.http_client(Post { gate, line }).timeout_config(TimeoutConfig::disabled())
        });
        TestApp::prepared(settings, Preparation { config: cheap_hashes, database }).await
    }

    /// Lets all of these run at once. Whoever makes a call that is `held` waits until each of the
    /// others makes one, too, or is done.
    pub(crate) async fn race<F>(
        &self,
        held: Held,
        racers: impl IntoIterator<Item = F>,
    ) -> Raced<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let racers: Vec<F> = racers.into_iter().collect();
        let race = Race {
            held,
            racers: racers.len(),
            arrived: HashSet::new(),
            passed: HashSet::new(),
            open: watch::Sender::new(false),
        };
        *self.race.lock().unwrap() = Some(race);
        let running = racers.into_iter().enumerate().map(|(number, racer)| {
            let leaving = Leaving { gate: self.clone(), racer: number };
            tokio::spawn(RACER.scope(number, async move {
                let _leaving = leaving;
                racer.await
            }))
        });
        let running: Vec<_> = running.collect();
        let outcomes = join_all(running).await.into_iter().map(Result::unwrap).collect();
        let race = self.race.lock().unwrap().take().unwrap();
        Raced { outcomes, held: race.arrived.len() }
    }

    /// Waits at the gate, if there is a race and the call is one that is held.
    async fn pass(&self, held: impl FnOnce(Held) -> bool) {
        let Ok(racer) = RACER.try_with(|racer| *racer) else { return };
        let mut opened = {
            let mut race = self.race.lock().unwrap();
            let Some(race) = race.as_mut().filter(|race| held(race.held)) else { return };
            if !*race.open.borrow() {
                race.arrived.insert(racer);
                race.open_if_complete();
            }
            race.open.subscribe()
        };
        // The sender lives as long as the race.
        opened.wait_for(|open| *open).await.unwrap();
    }
}

/// Counts a racer as through, however it ends.
struct Leaving {
    gate: Gate,
    racer: usize,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut race = self.gate.race.lock().unwrap();
        if let Some(race) = race.as_mut().filter(|race| !race.arrived.contains(&self.racer)) {
            race.passed.insert(self.racer);
            race.open_if_complete();
        }
    }
}

/// Where the gate stands: at the beginning of the line to the database.
#[derive(Clone, Debug)]
struct Post {
    gate: Gate,
    line: Client<HttpConnector, Full<Bytes>>,
}

impl sdk::HttpClient for Post {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl sdk::HttpConnector for Post {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { gate, line } = self.clone();
        HttpConnectorFuture::new(async move {
            gate.pass(|held| {
                let target = request.headers().get("x-amz-target").unwrap_or_default();
                let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
                held(&StoreCall { operation: target.rsplit('.').next().unwrap(), body })
            })
            .await;
            send(&line, request).await.map_err(|error| ConnectorError::other(error, None))
        })
    }
}

async fn send(
    line: &Client<HttpConnector, Full<Bytes>>,
    request: HttpRequest,
) -> Result<HttpResponse, BoxError> {
    let body = Bytes::copy_from_slice(request.body().bytes().unwrap());
    let request = request.try_into_http1x()?.map(|_| Full::new(body));
    let (parts, body) = line.request(request).await?.into_parts();
    let body = SdkBody::from(body.collect().await?.to_bytes());
    Ok(http::Response::from_parts(parts, body).try_into()?)
}
