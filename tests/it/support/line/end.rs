//! The end of a line, inside the SDK.

use std::{future::pending, io};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};

use super::{Break, Call, Line, Service, SkippedTime, answers};

/// An end of the line, before what is whole.
#[derive(Clone, Debug)]
pub(super) struct End<W> {
    line: Line,
    service: Service,
    whole: W,
}

impl End<SharedHttpClient> {
    pub(super) fn new(line: Line, service: Service, whole: SharedHttpClient) -> Self {
        Self { line, service, whole }
    }
}

impl HttpClient for End<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, components);
        SharedHttpConnector::new(End { line: self.line.clone(), service: self.service, whole })
    }
}

impl HttpConnector for End<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = Call::read(self.service, &request);
        match self.line.next(&call) {
            None => self.whole.call(request),
            Some(broken) => {
                let end = self.clone();
                HttpConnectorFuture::new(async move { end.broken(broken, &call, request).await })
            }
        }
    }
}

impl End<SharedHttpConnector> {
    async fn broken(
        self,
        broken: Break,
        call: &Call,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let Self { line, service, whole } = self;
        let done = async || whole.call(request).await;
        match broken {
            Break::Refusal(status, code, message) => {
                Ok(answers::refusal(service, status, code, message))
            }
            Break::FalseRefusal(status, code, message) => {
                done().await?;
                Ok(answers::refusal(service, status, code, message))
            }
            Break::Cancelled(code) => Ok(answers::cancelled(call, code)),
            Break::Unprocessed => Ok(answers::unprocessed(call)),
            Break::Reset => Err(reset()),
            Break::Silence => silence(&line).await,
            Break::LostAnswer => {
                done().await?;
                Err(reset())
            }
            Break::LostInSilence => {
                done().await?;
                silence(&line).await
            }
            Break::CutOff => done().await.map(|whole| answers::cut_off(&whole)),
            Break::Slow(milliseconds) => {
                let answer = done().await;
                SkippedTime::pass(&line, milliseconds).await;
                answer
            }
            Break::Death { done: is_done } => {
                if is_done {
                    done().await?;
                }
                line.0.death.notify_one();
                pending().await
            }
        }
    }
}

async fn silence(line: &Line) -> Result<HttpResponse, ConnectorError> {
    let _skipped = SkippedTime::new(line);
    pending().await
}

fn reset() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}
