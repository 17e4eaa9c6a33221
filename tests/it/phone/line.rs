//! The line to SNS, which can break.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    sync::{Arc, Mutex},
};

use aws_sdk_sns::Client;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use local::Clients;

use crate::support::TestApp;

/// What comes of a message instead of its being sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Break {
    /// SNS refuses it, with this status, code and message.
    Refusal(u16, &'static str, &'static str),
    /// The connection is dead.
    Reset,
    /// Nobody answers.
    Silence,
    /// It is sent, but the answer gets lost on its way.
    LostAnswer,
}

/// A line that breaks as often as it is told to. Clones are one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<Mutex<VecDeque<Break>>>);

impl Line {
    pub(super) fn breaks(&self, breaks: impl IntoIterator<Item = Break>) {
        self.0.lock().unwrap().extend(breaks);
    }

    /// The product at the end of this line.
    pub(super) async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        let line = self.clone();
        TestApp::with_clients(settings, |clients| {
            let config = clients.sns.config();
            let whole = config.http_client().unwrap();
            let config = config.to_builder().http_client(Broken { line, whole }).build();
            Clients { sns: Client::from_conf(config), ..clients }
        })
        .await
    }
}

#[derive(Clone, Debug)]
struct Broken<W> {
    line: Line,
    whole: W,
}

impl HttpClient for Broken<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, components);
        SharedHttpConnector::new(Broken { line: self.line.clone(), whole })
    }
}

impl HttpConnector for Broken<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(broken) = self.line.0.lock().unwrap().pop_front() else {
            return self.whole.call(request);
        };
        match broken {
            Break::Refusal(status, code, message) => {
                HttpConnectorFuture::ready(Ok(refusal(status, code, message)))
            }
            Break::Reset => HttpConnectorFuture::ready(Err(reset())),
            Break::Silence => HttpConnectorFuture::new(async {
                let _skipped = SkippedTime::new();
                pending().await
            }),
            Break::LostAnswer => {
                let sent = self.whole.call(request);
                HttpConnectorFuture::new(async {
                    sent.await?;
                    Err(reset())
                })
            }
        }
    }
}

fn refusal(status: u16, code: &str, message: &str) -> HttpResponse {
    let xml = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>4a1c</RequestId></ErrorResponse>"
    );
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(xml))
}

fn reset() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

/// Nothing else happens as long as this lives, so time goes straight to when somebody gives up.
struct SkippedTime;

impl SkippedTime {
    fn new() -> Self {
        tokio::time::pause();
        Self
    }
}

impl Drop for SkippedTime {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}
