//! What goes over a line: attempts at calls.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// Where a line leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    Ses,
    Sns,
    Secrets,
}

/// One attempt at a call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: String,
    /// The same for every attempt that the SDK makes at one call.
    pub(crate) invocation: String,
    /// What is asked for, if that is JSON. Lists are in order, whatever order they were sent in.
    pub(crate) body: Value,
}

impl Call {
    pub(super) fn read(service: Service, request: &HttpRequest) -> Self {
        let header = |name| request.headers().get(name).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let operation = match service {
            Service::DynamoDb | Service::Secrets => {
                header("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned()
            }
            Service::Ses | Service::Sns => String::from_utf8_lossy(body)
                .split('&')
                .find_map(|pair| pair.strip_prefix("Action=").map(str::to_owned))
                .unwrap_or_default(),
        };
        let mut body = serde_json::from_slice(body).unwrap_or_default();
        order(&mut body);
        let invocation = header("amz-sdk-invocation-id").to_owned();
        Self { service, operation, invocation, body }
    }

    /// Whether both ask for the same thing, however often.
    pub(crate) fn asks_for_the_same(&self, other: &Self) -> bool {
        let same = self.service == other.service && self.operation == other.operation;
        same && (self.invocation == other.invocation
            || (self.body == other.body && self.body != Value::Null))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.operation)
    }
}

/// Brings the keys of a batch into one order: they are sent in that of a hash map.
fn order(body: &mut Value) {
    let tables = body.get_mut("RequestItems").and_then(Value::as_object_mut);
    for keys in tables.into_iter().flat_map(|tables| tables.values_mut()) {
        if let Some(keys) = keys.get_mut("Keys").and_then(Value::as_array_mut) {
            keys.sort_by_key(ToString::to_string);
        }
    }
}
