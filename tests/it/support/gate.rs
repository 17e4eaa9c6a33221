//! A gate before the database, at which those who race wait for each other.
//!
//! Without it the first of many requests is often through before the last one has read anything. With
//! it all of them have read the same state, and then write at once.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use futures::future::join_all;
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
            let whole = config.clone().build().http_client().unwrap();
            config.http_client(Post { gate, whole }).timeout_config(TimeoutConfig::disabled())
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

/// Where the gate stands: before what is whole.
#[derive(Clone, Debug)]
struct Post<W> {
    gate: Gate,
    whole: W,
}

impl HttpClient for Post<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, components);
        SharedHttpConnector::new(Post { gate: self.gate.clone(), whole })
    }
}

impl HttpConnector for Post<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { gate, whole } = self.clone();
        HttpConnectorFuture::new(async move {
            gate.pass(|held| {
                let target = request.headers().get("x-amz-target").unwrap_or_default();
                let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
                held(&StoreCall { operation: target.rsplit('.').next().unwrap(), body })
            })
            .await;
            whole.call(request).await
        })
    }
}
