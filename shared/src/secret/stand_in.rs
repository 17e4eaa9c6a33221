//! The other end of the SDK's wire, for tests: one secret, as Secrets Manager answers.

use std::{
    future::pending,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_secretsmanager::{
    Client,
    config::http::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// The secret's name.
pub(crate) const ID: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keys-AbCdEf";

/// What comes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The secret's value.
    Value(String),
    /// A refusal with this status and code.
    Refusal(u16, &'static str),
    /// The connection turns out to be dead.
    Reset,
    /// Nothing.
    Silence,
}

/// Answers all requests alike until it is told otherwise. Clones are one.
#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    state: Arc<Mutex<State>>,
    /// What each request takes one of, and waits for.
    gate: Arc<Semaphore>,
}

#[derive(Debug)]
struct State {
    answer: Answer,
    requests: usize,
}

impl StandIn {
    pub(crate) fn new(answer: Answer) -> Self {
        let state = Arc::new(Mutex::new(State { answer, requests: 0 }));
        Self { state, gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)) }
    }

    /// One whose requests wait until they are let through.
    pub(crate) fn closed(answer: Answer) -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), ..Self::new(answer) }
    }

    /// Lets so many requests through.
    pub(crate) fn open(&self, requests: usize) {
        self.gate.add_permits(requests);
    }

    /// What comes of requests from now on.
    pub(crate) fn answers(&self, answer: Answer) {
        self.state().answer = answer;
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> usize {
        self.state().requests
    }

    /// A client that reaches nothing else.
    pub(crate) fn client(&self) -> Client {
        let credentials = Credentials::from_keys("AKIDEXAMPLE", "secret", None);
        let connector = SharedHttpConnector::new(self.clone());
        super::client(
            &SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("eu-central-1"))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .http_client(http_client_fn(move |_, _| connector.clone()))
                .build(),
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl HttpConnector for StandIn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        assert_eq!(request.headers().get("x-amz-target"), Some("secretsmanager.GetSecretValue"));
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        assert_eq!(body, json!({ "SecretId": ID }));
        self.state().requests += 1;
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            this.gate.acquire().await.unwrap().forget();
            let answer = this.state().answer.clone();
            let reply = |status: u16, body: Value| {
                HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))
            };
            match answer {
                Answer::Value(value) => Ok(reply(200, json!({ "SecretString": value }))),
                Answer::Refusal(status, code) => Ok(reply(
                    status,
                    json!({ "__type": code, "Message": "hunter2 is not for logs" }),
                )),
                Answer::Reset => {
                    Err(ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into()))
                }
                Answer::Silence => pending().await,
            }
        })
    }
}
