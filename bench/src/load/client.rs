//! Sending a request and waiting for its reply, for so long and no longer.

use std::{fmt, time::Duration};

use bench::Connections;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use serde_json::Value;
use tokio::time::timeout;

use crate::exchange::Exchange;

/// A reply that takes longer than this counts as one that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client of one server. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Client(Connections);

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A reply.
    Replied(Reply),
    /// Nothing, for as long as we waited.
    Hung,
    /// The connection failed, for this reason.
    Broken(String),
}

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its body; `null` if that was no JSON.
    pub(crate) body: Value,
    headers: HeaderMap,
}

impl Reply {
    /// A number or a text in its body.
    pub(crate) fn field(&self, pointer: &str) -> Option<&Value> {
        self.body.pointer(pointer)
    }

    /// The value of a cookie that it sets. One that it takes back has none.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        let mut values = lines.filter_map(|line| {
            let (pair, _attributes) = line.to_str().ok()?.split_once(';')?;
            pair.strip_prefix(name)?.strip_prefix('=')
        });
        values.next().filter(|value| !value.is_empty())
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.body)
    }
}

impl Client {
    /// A client of the server there.
    pub(crate) fn new(url: &Uri) -> Self {
        Self(Connections::to(url))
    }

    /// Sends the request.
    pub(crate) async fn send(&self, exchange: &Exchange) -> Answer {
        match timeout(PATIENCE, self.try_send(exchange)).await {
            Ok(Ok(reply)) => Answer::Replied(reply),
            Ok(Err(error)) => Answer::Broken(format!("{error:#}")),
            Err(_elapsed) => Answer::Hung,
        }
    }

    async fn try_send(&self, exchange: &Exchange) -> anyhow::Result<Reply> {
        let mut request = Request::builder()
            .method(exchange.method.clone())
            .uri(self.0.url(&exchange.path))
            .header(header::CONTENT_TYPE, exchange.content_type);
        if let Some(cookie) = &exchange.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.0.send(request.body(exchange.body.clone())?).await?;
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }
}
