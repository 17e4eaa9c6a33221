//! Where the product is asked: in this process, or over HTTP.

use std::future;

use anyhow::Result;
use bench::Connections;
use http::{Request, StatusCode, Uri};
use local::{Gateway, serve_gateway};
use tokio::net::TcpListener;

use crate::person::Person;

/// A product's endpoints.
pub(crate) enum Front {
    InProcess(Box<Gateway>),
    /// Behind a connection that each person makes anew.
    Http(Uri),
}

/// What a refusal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: String,
}

impl Refusal {
    /// Whether it is one: neither a success, nor a failure, nor too many.
    pub(crate) fn is_refusal(&self) -> bool {
        let known = [StatusCode::OK, StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN];
        known.contains(&self.status)
            && ["match", "incorrect", "invalid", "wrong"]
                .iter()
                .any(|word| self.body.contains(word))
    }
}

impl Front {
    pub(crate) fn in_process(gateway: Gateway) -> Self {
        Self::InProcess(Box::new(gateway))
    }

    /// Serves it on a port of this machine's for as long as the program runs.
    pub(crate) async fn over_http(gateway: Gateway) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?).parse()?;
        tokio::spawn(serve_gateway(listener, gateway, future::pending()));
        Ok(Self::Http(url))
    }

    pub(crate) async fn ask(&self, person: &Person, request: Request<String>) -> Result<Refusal> {
        let (status, body) = match self {
            Self::InProcess(gateway) => {
                let reply = gateway.answer(request.map(Into::into), person.address()).await;
                (reply.status(), reply.into_body().to_vec())
            }
            Self::Http(url) => {
                let connections = Connections::from_address(person.address(), url);
                let (mut parts, body) = request.into_parts();
                parts.uri = connections.url(parts.uri.path()).parse()?;
                let reply = connections.send(Request::from_parts(parts, body)).await?;
                (reply.status(), reply.into_body())
            }
        };
        Ok(Refusal { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
