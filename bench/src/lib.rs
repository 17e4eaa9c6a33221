//! What the programs of this crate have in common: how they end, and how they ask a server.

use std::{net::IpAddr, process::ExitCode};

use anyhow::Result;
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};

/// What a program ends with, after it has told whether everything held, or why it could not.
pub fn exit_code(outcome: Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Connections to one server. Clones share them.
#[derive(Clone, Debug)]
pub struct Connections {
    http: legacy::Client<HttpConnector, String>,
    base: String,
}

impl Connections {
    /// Connections to the server there. None is made before there is a request.
    #[must_use]
    pub fn to(url: &Uri) -> Self {
        Self::between(None, url)
    }

    /// Connections from an address of this machine's. On Linux that is all of `127.0.0.0/8`.
    #[must_use]
    pub fn from_address(address: IpAddr, url: &Uri) -> Self {
        Self::between(Some(address), url)
    }

    fn between(address: Option<IpAddr>, url: &Uri) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_local_address(address);
        let http = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { http, base: url.to_string().trim_end_matches('/').to_owned() }
    }

    /// The URL of a path on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends the request, and waits for the whole reply, its body as it came.
    ///
    /// # Errors
    ///
    /// When there is no connection, or it ends too soon.
    pub async fn send(&self, request: Request<String>) -> Result<Response<Vec<u8>>> {
        let (parts, body) = self.http.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body.into()))
    }
}
