//! The database engine without its server: the SDK's calls come straight to it, so that nothing but
//! the product's own waiting takes time.

use std::{collections::HashMap, fmt, path::Path};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{
    Database, actions::scan::ScanRequest, errors::DynoxideError, types::AttributeValue,
};
use serde::{Serialize, de::DeserializeOwned};

/// An engine in memory. Clones are one engine.
#[derive(Clone)]
pub(crate) struct DirectEngine(Database);

impl DirectEngine {
    /// An engine without tables.
    pub(crate) fn empty() -> Self {
        Self(Database::memory().unwrap())
    }

    /// An engine with the tables that were saved in this file.
    pub(crate) fn restored(file: &Path) -> Self {
        let engine = Self::empty();
        engine.0.restore_from(file.to_str().unwrap()).unwrap();
        engine
    }

    /// Saves its tables in a file, which there must not be yet.
    pub(crate) fn save(&self, file: &Path) {
        self.0.vacuum_into(file.to_str().unwrap()).unwrap();
    }

    /// Every item of a table.
    pub(crate) fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let request = ScanRequest {
                table_name: table.to_owned(),
                exclusive_start_key: start,
                ..ScanRequest::default()
            };
            let page = self.0.scan(request).unwrap();
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return items;
            }
        }
    }

    fn answer(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let Self(engine) = self;
        macro_rules! dispatch {
            ($($operation:literal => $method:ident),*) => {
                match operation {
                    $($operation => write(&engine.$method(read(body)?)?),)*
                    _ => panic!("{operation} is not led to the engine"),
                }
            };
        }
        dispatch!(
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "CreateTable" => create_table,
            "DeleteItem" => delete_item,
            "GetItem" => get_item,
            "ListTables" => list_tables,
            "PutItem" => put_item,
            "Query" => query,
            "Scan" => scan,
            "TransactWriteItems" => transact_write_items,
            "UpdateItem" => update_item,
            "UpdateTimeToLive" => update_time_to_live
        )
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body)
        .map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn write(output: &impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(output)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

impl fmt::Debug for DirectEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DirectEngine(..)")
    }
}

impl HttpClient for DirectEngine {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for DirectEngine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, body) = match self.answer(operation, body) {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json()),
        };
        let status = status.try_into().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}
