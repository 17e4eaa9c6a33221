//! Asking the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bench::Connections;
use http::{Method, Request, StatusCode, Uri, header};
use serde_json::Value;

/// A client of the server. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Client(Connections);

/// A reply, and how long it took.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// The first cookie that it sets, with its name.
    pub(crate) cookie: Option<String>,
    pub(crate) took: Duration,
}

impl Client {
    pub(crate) fn new(url: &Uri) -> Self {
        Self(Connections::to(url))
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        cookie: Option<&str>,
    ) -> Result<Reply> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.0.url(path))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(body.to_string())?;
        let started = Instant::now();
        let response = self.0.send(request).await.context("no reply")?;
        let (parts, body) = response.into_parts();
        let took = started.elapsed();
        let cookie = parts.headers.get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Reply { status: parts.status, body, cookie, took })
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.ask(Method::POST, path, body, None).await
    }
}
