//! The SDK's clients of the stand-ins: those of production, with another endpoint, and credentials
//! that open nothing.

use std::{collections::HashMap, net::SocketAddr};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
};
use aws_smithy_types::body::SdkBody;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use http::{HeaderValue, header};
use shared::{notify, secret};
use tower::ServiceExt as _;

use crate::{
    Outbox, Secrets,
    gateway::MAX_BODY_BYTES,
    outbox::{SES_PATH, SNS_PATH},
    secrets::SECRETS_PATH,
};

/// A client of each service that has a stand-in here.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Sends mails.
    pub ses: aws_sdk_ses::Client,
    /// Sends text messages.
    pub sns: aws_sdk_sns::Client,
    /// Reads secrets.
    pub secrets: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients of the stand-ins that are served at this address, unless `AWS_ENDPOINT_URL_SES`,
    /// `AWS_ENDPOINT_URL_SNS` or `AWS_ENDPOINT_URL_SECRETS_MANAGER` in this environment names another
    /// one.
    #[must_use]
    pub fn of(server: SocketAddr, environment: &HashMap<String, String>) -> Self {
        let endpoint = |variable, path| {
            let set = environment.get(variable).filter(|url| !url.is_empty());
            set.cloned().unwrap_or_else(|| format!("http://{server}{path}"))
        };
        let ses = endpoint("AWS_ENDPOINT_URL_SES", SES_PATH);
        let sns = endpoint("AWS_ENDPOINT_URL_SNS", SNS_PATH);
        let secrets = endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER", SECRETS_PATH);
        Self::new(&ses, &sns, &secrets, None)
    }

    /// Clients whose requests come straight to these stand-ins, over no network.
    #[must_use]
    pub fn direct(outbox: &Outbox, secrets: &Secrets) -> Self {
        let stand_ins = Direct(outbox.router().merge(secrets.router()));
        let connector = SharedHttpConnector::new(stand_ins);
        let direct = http_client_fn(move |_, _| connector.clone());
        let endpoint = |path| format!("http://127.0.0.1{path}");
        let [ses, sns, secrets] = [SES_PATH, SNS_PATH, SECRETS_PATH].map(endpoint);
        Self::new(&ses, &sns, &secrets, Some(&direct))
    }

    fn new(ses: &str, sns: &str, secrets: &str, http: Option<&SharedHttpClient>) -> Self {
        let config = |endpoint: &str| {
            let mut config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(endpoint)
                .region(Region::from_static("us-east-1"))
                .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
                    "local", "local", None,
                )));
            config.set_http_client(http.cloned());
            config.build()
        };
        Self {
            ses: notify::ses(&config(ses)),
            sns: notify::sns(&config(sns)),
            secrets: secret::client(&config(secrets)),
        }
    }
}

/// Answers the SDK's requests without a connection.
#[derive(Clone, Debug)]
struct Direct(Router);

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let router = self.0.clone();
        HttpConnectorFuture::new(async move {
            answer(router, request).await.map_err(|error| ConnectorError::other(error, None))
        })
    }
}

async fn answer(router: Router, request: HttpRequest) -> Result<HttpResponse, BoxError> {
    let mut request = request.try_into_http1x()?.map(Body::new);
    // Otherwise what makes the connection adds it.
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(header::HOST, host);
    }
    let (parts, body) = router.oneshot(request).await?.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await?;
    Ok(http::Response::from_parts(parts, SdkBody::from(body)).try_into()?)
}
