//! What a packaged function reaches over the network: the engine, the stand-ins, other functions.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use local::{endpoints, own_environments};
use tokio::{net::TcpListener, sync::Mutex, task::JoinHandle};

use crate::{
    emulator::{Emulator, invoke},
    packages,
    support::{TEMPLATE, TestApp},
};

/// The neighbourhood of functions that work on a product's database. It ends when it is dropped.
pub(crate) struct Neighbours {
    /// What the functions have in their environment.
    environment: BTreeMap<String, String>,
    served: JoinHandle<()>,
}

/// AWS Lambda, as far as one function calls another one: each runs in an emulator of its own from the
/// first call on.
#[derive(Clone)]
struct Lambda {
    environment: Arc<BTreeMap<String, String>>,
    running: Arc<Mutex<HashMap<String, Emulator>>>,
}

/// Where a product's database is served.
pub(crate) fn database(app: &TestApp) -> SocketAddr {
    app.engine.as_ref().unwrap().address()
}

impl Neighbours {
    /// The neighbourhood on this product's database, outbox and secrets.
    pub(crate) async fn of(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        Self::with_database(app, database(app), settings).await
    }

    /// The same, with the database reached at another address.
    pub(crate) async fn with_database(
        app: &TestApp,
        database: SocketAddr,
        settings: &[(&str, &str)],
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut all = own_environments(&TEMPLATE);
        all.extend(TestApp::environment(settings));
        all.extend(endpoints(database, address, &format!("http://{address}")));

        let lambda = Lambda { environment: Arc::new(all.clone()), running: Arc::default() };
        let invocations = post(call).with_state(lambda);
        let router = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", invocations)
            .merge(app.outbox.router())
            .merge(app.secrets.router());
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { environment: all, served }
    }

    /// An emulator of a packaged function, by its folder.
    pub(crate) async fn start(&self, function: &str) -> Emulator {
        self.start_program(&packages::program(function)).await
    }

    /// An emulator of this program.
    pub(crate) async fn start_program(&self, program: &std::path::Path) -> Emulator {
        Emulator::start(program, &self.environment).await
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn call(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    event: Bytes,
) -> (StatusCode, Bytes) {
    let mut running = lambda.running.lock().await;
    if !running.contains_key(&function) {
        let program = packages::program(&function);
        running.insert(function.clone(), Emulator::start(&program, &lambda.environment).await);
    }
    (StatusCode::OK, invoke(running[&function].address(), event).await)
}
