//! What the functions call, without a network: a database that has nothing and takes nothing, two
//! secrets, and nothing that sends.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use shared::signed_token::SigningKeys;

use super::NOW;

pub(super) const SIGNING_KEYS_ID: &str = "signing-keys";
pub(super) const PROVIDERS_ID: &str = "providers";

/// The keys that tokens are signed by, as their secret holds them.
pub(crate) static SIGNING_KEYS: LazyLock<String> =
    LazyLock::new(|| SigningKeys::generate(NOW).unwrap().to_secret().unwrap());

/// All services. Clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Services(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    of_database: Vec<Value>,
    was_refused: bool,
    has_sent: bool,
}

impl Services {
    pub(super) fn sdk_config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url("http://services.test")
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
                "fuzz", "fuzz", None,
            )))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build()
    }

    pub(super) fn forget(&self) {
        *self.remembered() = Asked::default();
    }

    pub(super) fn was_refused(&self) -> bool {
        self.remembered().was_refused
    }

    pub(super) fn has_sent(&self) -> bool {
        self.remembered().has_sent
    }

    pub(super) fn asked(&self) -> Vec<Value> {
        self.remembered().of_database.clone()
    }

    fn remembered(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap()
    }

    /// Status and body.
    fn answer(&self, request: &HttpRequest) -> (u16, Value) {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let mut remembered = self.remembered();
        if service == "secretsmanager" {
            let body: Value = serde_json::from_slice(body).unwrap();
            let id = body["SecretId"].as_str().unwrap();
            let secret = if id == SIGNING_KEYS_ID {
                SIGNING_KEYS.clone()
            } else {
                json!({ "providers": [provider()] }).to_string()
            };
            return (200, json!({ "Name": id, "SecretString": secret }));
        }
        if !service.starts_with("DynamoDB") {
            remembered.has_sent = true;
            return (400, json!({ "__type": "MessageRejected" }));
        }
        remembered.of_database.push(serde_json::from_slice(body).unwrap());
        match operation {
            "GetItem" => (200, json!({})),
            "BatchGetItem" => (200, json!({ "Responses": {}, "UnprocessedKeys": {} })),
            "Query" | "Scan" => (200, json!({ "Items": [], "Count": 0, "ScannedCount": 0 })),
            _ => {
                remembered.was_refused = true;
                (400, json!({ "__type": "AccessDeniedException" }))
            }
        }
    }
}

/// The provider that the product knows, as its secret holds it.
pub(crate) fn provider() -> Value {
    json!({
        "name": "example",
        "issuer": "https://id.test",
        "client_id": "atrium",
        "client_secret": "client-secret",
    })
}

impl HttpConnector for Services {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.answer(&request);
        let body = SdkBody::from(body.to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body)))
    }
}
