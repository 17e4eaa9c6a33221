//! A gate on the way to the database, which can hold one call back.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    response::Response,
};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// On which side of the database a call is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The database has not seen it.
    Request,
    /// The database has carried it out, and nobody is told.
    Reply,
}

/// The gate. It ends when it is dropped.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    served: JoinHandle<()>,
}

struct Shared {
    database: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The writes that came so far.
    writes: Mutex<usize>,
    /// Which of them is held back, from 0, and where.
    held: Option<(usize, Hold)>,
    holds: Notify,
}

impl Gate {
    /// A gate before the database that holds back one of the writes, or none.
    pub(crate) async fn before(database: SocketAddr, held: Option<(usize, Hold)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (writes, holds) = (Mutex::default(), Notify::new());
        let shared = Arc::new(Shared { database, client, writes, held, holds });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, shared, served }
    }

    /// Waits until it holds a call back.
    pub(crate) async fn holds(&self) {
        self.shared.holds.notified().await;
    }

    /// How many writes have come.
    pub(crate) fn writes(&self) -> usize {
        *self.shared.writes.lock().unwrap()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Shared {
    /// Where this call is held back, if it is.
    fn hold(&self, request: &Request) -> Option<Hold> {
        let target = request.headers()["x-amz-target"].to_str().unwrap();
        let (_, operation) = target.split_once('.').unwrap();
        if ["GetItem", "BatchGetItem", "Query"].contains(&operation) {
            return None;
        }
        let mut writes = self.writes.lock().unwrap();
        *writes += 1;
        let (held, hold) = self.held?;
        (*writes == held + 1).then_some(hold)
    }
}

async fn pass(State(gate): State<Arc<Shared>>, request: Request) -> Response {
    let hold = gate.hold(&request);
    if hold == Some(Hold::Request) {
        gate.holds.notify_one();
        return pending().await;
    }
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap();
    parts.uri = format!("http://{}{path}", gate.database).parse().unwrap();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let request = http::Request::from_parts(parts, Full::new(body));
    let response = gate.client.request(request).await.unwrap().map(Body::new);
    if hold == Some(Hold::Reply) {
        gate.holds.notify_one();
        return pending().await;
    }
    response
}
