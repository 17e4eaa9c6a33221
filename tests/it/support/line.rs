//! The lines to SES and SNS, which can break.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

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

use super::TestApp;

/// What becomes of a mail or a message instead of its being sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Break {
    /// The service refuses it, with this status, code and message.
    Refusal(u16, &'static str, &'static str),
    /// The connection is dead.
    Reset,
    /// Nobody answers.
    Silence,
    /// It is sent, but the answer gets lost on its way.
    LostAnswer,
}

/// A line that is whole unless it is told to be broken. Clones are one line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    state: Arc<Mutex<State>>,
    /// How many requests are waiting for an answer that never comes.
    silent: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct State {
    /// What becomes of the next ones, one after the other.
    next: VecDeque<Break>,
    /// What becomes of all after these.
    all: Option<Break>,
}

impl Line {
    /// Breaks the line, or mends it, for all that is sent from now on.
    pub(crate) fn set(&self, state: Option<Break>) {
        self.state.lock().unwrap().all = state;
    }

    /// Breaks the line for as many as these.
    pub(crate) fn breaks(&self, breaks: impl IntoIterator<Item = Break>) {
        self.state.lock().unwrap().next.extend(breaks);
    }

    fn next(&self) -> Option<Break> {
        let mut state = self.state.lock().unwrap();
        state.next.pop_front().or(state.all)
    }

    /// The product at the end of this line, which goes to both services.
    pub(crate) async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        TestApp::with_clients(settings, |Clients { ses, sns, secrets }| {
            let (ses, sns) = (ses.config(), sns.config());
            let end =
                |whole: Option<SharedHttpClient>| End { line: self.clone(), whole: whole.unwrap() };
            let (to_ses, to_sns) = (end(ses.http_client()), end(sns.http_client()));
            Clients {
                ses: aws_sdk_ses::Client::from_conf(ses.to_builder().http_client(to_ses).build()),
                sns: aws_sdk_sns::Client::from_conf(sns.to_builder().http_client(to_sns).build()),
                secrets,
            }
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
        match self.line.next() {
            None => self.whole.call(request),
            Some(Break::Refusal(status, code, message)) => {
                HttpConnectorFuture::ready(Ok(refusal(status, code, message)))
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
