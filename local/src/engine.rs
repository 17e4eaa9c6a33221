//! The embedded DynamoDB-compatible engine.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context as _, Result, anyhow};
use aws_config::Region;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        TimeToLiveSpecification,
    },
};
use dynoxide::Database;
use shared::store::sdk_config_loader;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::template::TableSchema;

/// The file in the data directory that holds the tables.
const FILE: &str = "atrium.db";

/// A running engine. It stops when it is dropped, or, in order, by [`Engine::stop`].
#[derive(Debug)]
pub struct Engine {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), String>>,
}

impl Engine {
    /// Starts the engine on this listener. Its tables are in memory, or in a file in `data`, which
    /// is made if it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn start(listener: TcpListener, data: Option<&Path>) -> Result<Self> {
        let database = match data {
            None => Database::memory(),
            Some(directory) => {
                std::fs::create_dir_all(directory).with_context(|| {
                    format!("cannot make the directory {}", directory.display())
                })?;
                let file = directory.join(FILE);
                let file = file.to_str().ok_or_else(|| anyhow!("--data is not valid Unicode"))?;
                Database::new(file)
            }
        };
        let database = database.map_err(|error| anyhow!("cannot open the database: {error}"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            // A sender that is dropped stops the engine too.
            async { drop(stopped.await) },
        ));
        Ok(Self { address, stop: Some(stop), served })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it and waits until everything is written.
    ///
    /// # Errors
    ///
    /// When it had failed.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.stop.take());
        self.served.await?.map_err(|error| anyhow!("the database engine failed: {error}"))
    }

    /// How to reach it: the settings that production uses, with another endpoint, and credentials
    /// that open nothing.
    #[must_use]
    pub fn sdk_config(&self) -> aws_config::ConfigLoader {
        sdk_config_loader()
            .endpoint_url(format!("http://{}", self.address))
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::from_keys("local", "local", None))
    }

    /// A client of it.
    pub async fn client(&self) -> Client {
        Client::new(&self.sdk_config().load().await)
    }
}

/// Makes those of the tables that are not there yet.
///
/// # Errors
///
/// When the engine refuses.
pub async fn create_tables(db: &Client, tables: &[TableSchema]) -> Result<()> {
    let existing = db.list_tables().send().await?.table_names.unwrap_or_default();
    for table in tables.iter().filter(|table| !existing.contains(&table.name)) {
        create_table(db, table)
            .await
            .with_context(|| format!("cannot make table {}", table.name))?;
    }
    Ok(())
}

async fn create_table(db: &Client, table: &TableSchema) -> Result<()> {
    let partition = Some((&table.partition_key, KeyType::Hash));
    let sort = table.sort_key.as_ref().map(|sort| (sort, KeyType::Range));
    let mut request =
        db.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in partition.into_iter().chain(sort) {
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S);
        request = request.key_schema(key.build()?).attribute_definitions(attribute.build()?);
    }
    request.send().await?;
    if let Some(attribute) = &table.time_to_live {
        let ttl = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true);
        db.update_time_to_live()
            .table_name(&table.name)
            .time_to_live_specification(ttl.build()?)
            .send()
            .await?;
    }
    Ok(())
}
