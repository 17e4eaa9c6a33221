//! The line to SES, which can break.

use std::{
    future::pending,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_ses::Client;
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

/// What becomes of a mail instead of its being sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Break {
    /// SES refuses it, with this status and code.
    Refusal(u16, &'static str),
    /// There is no connection.
    Reset,
    /// Nobody answers.
    Silence,
    /// It is sent, but the answer gets lost on its way.
    LostAnswer,
}

/// A line that is whole unless it is told to be broken. Clones are one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    state: Arc<Mutex<Option<Break>>>,
    /// How many mails are waiting for an answer that never comes.
    silent: Arc<AtomicUsize>,
}

impl Line {
    pub(super) fn set(&self, state: Option<Break>) {
        *self.state.lock().unwrap() = state;
    }

    /// The product at the end of this line.
    pub(super) async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        let line = self.clone();
        TestApp::with_clients(settings, |clients| {
            let config = clients.ses.config();
            let whole = config.http_client().unwrap();
            let config = config.to_builder().http_client(End { line, whole }).build();
            Clients { ses: Client::from_conf(config), ..clients }
        })
        .await
    }
}

/// An end of the line, before what is whole.
#[derive(Clone, Debug)]
struct End<W> {
    line: Line,
    whole: W,
}

impl HttpClient for End<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, components);
        SharedHttpConnector::new(End { line: self.line.clone(), whole })
    }
}

impl HttpConnector for End<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let state = *self.line.state.lock().unwrap();
        match state {
            None => self.whole.call(request),
            Some(Break::Refusal(status, code)) => {
                HttpConnectorFuture::ready(Ok(refusal(status, code)))
            }
            Some(Break::Reset) => HttpConnectorFuture::ready(Err(reset())),
            Some(Break::Silence) => {
                let silent = Arc::clone(&self.line.silent);
                HttpConnectorFuture::new(async move {
                    let _skipped = SkippedTime::new(&silent);
                    pending().await
                })
            }
            Some(Break::LostAnswer) => {
                let sent = self.whole.call(request);
                HttpConnectorFuture::new(async {
                    sent.await?;
                    Err(reset())
                })
            }
        }
    }
}

fn refusal(status: u16, code: &str) -> HttpResponse {
    let xml = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>ann@example.com</Message></Error><RequestId>4a1c</RequestId></ErrorResponse>"
    );
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(xml))
}

fn reset() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

/// Nothing else happens as long as one of these lives, so time goes straight to when somebody gives
/// up.
struct SkippedTime(Arc<AtomicUsize>);

impl SkippedTime {
    fn new(silent: &Arc<AtomicUsize>) -> Self {
        if silent.fetch_add(1, Ordering::SeqCst) == 0 {
            tokio::time::pause();
        }
        Self(Arc::clone(silent))
    }
}

impl Drop for SkippedTime {
    fn drop(&mut self) {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            tokio::time::resume();
        }
    }
}
