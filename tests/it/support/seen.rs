//! What somebody can see of a request, and what it costs.

use http::HeaderMap;

use super::{Reply, TestApp};

/// Everything by which one refusal could be told from another.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) calls: Vec<String>,
    pub(crate) round_trips: usize,
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
    pub(crate) hashes: u64,
}

impl Seen {
    /// Of a request, with its reply as it came.
    pub(crate) async fn of(app: &TestApp, asked: impl Future<Output = Reply>) -> (Self, Reply) {
        app.meter.take();
        let hashes = app.directory.hasher().computed();
        let reply = asked.await;
        let cost = app.meter.take();
        let seen = Self {
            status: reply.status.as_u16(),
            headers: reply.headers.clone(),
            body: reply.text.clone(),
            calls: cost.operations,
            round_trips: cost.round_trips,
            read_units: cost.read_units,
            write_units: cost.write_units,
            hashes: app.directory.hasher().computed() - hashes,
        };
        (seen, reply)
    }
}
