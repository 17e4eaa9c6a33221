//! DynamoDB, and the only place that knows its types.
//!
//! Two tables. `accounts` holds what must not be lost: accounts, the claims on their identifiers,
//! what hangs on an account. `tokens` holds what expires: credentials and counters. Everything on
//! the request path is a keyed, strongly consistent read or a conditional write; nothing scans.

mod counter;
mod key;
mod outage;
mod scan;
mod statement;
mod transaction;

use std::{collections::HashMap, time::Duration};

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest},
};
use futures::future::try_join_all;
use serde::{Serialize, de::DeserializeOwned};

pub use counter::{Counter, Taken};
pub use key::{Key, Table};
pub use scan::Row;
pub use statement::{Statement, Value};
pub use transaction::{CommitError, Transaction};

use crate::{
    config::Config,
    error::{Error, Outage},
};
pub(crate) use outage::pause;
use outage::{after_transactions, unavailable};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// How often a call is made again that DynamoDB could not take yet (unprocessed keys, conflicting
/// transactions), before it counts as an outage.
const ATTEMPTS: u32 = 8;

/// How many items one `BatchWriteItem` takes.
const WRITE_BATCH: usize = 25;

/// The two tables.
#[derive(Clone, Debug)]
pub struct Store {
    db: Client,
    accounts: String,
    tokens: String,
}

/// How the SDK is to behave: time-outs that fit into a request's, and a few quick retries.
///
/// Credentials, region and endpoint come from the environment, `AWS_ENDPOINT_URL_DYNAMODB` among
/// it, so that nothing here knows whether it talks to AWS or to a developer's machine.
#[must_use]
pub fn sdk_config_loader() -> aws_config::ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).retry_config(
        RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(50))
            .with_max_backoff(Duration::from_millis(500)),
    )
}

impl Store {
    /// The tables that `config` names, reached through `db`.
    #[must_use]
    pub fn new(db: Client, config: &Config) -> Self {
        Self { db, accounts: config.accounts_table.clone(), tokens: config.tokens_table.clone() }
    }

    fn table_name(&self, table: Table) -> &str {
        match table {
            Table::Accounts => &self.accounts,
            Table::Tokens => &self.tokens,
        }
    }

    /// Reads one item.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`]; also when the item is not what `T` expects: an account that cannot
    /// be read is out of order, not absent.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, Error> {
        let output = self
            .db
            .get_item()
            .table_name(self.table_name(key.table()))
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable("GetItem", &error))?;
        output.item.map(decode).transpose()
    }

    /// Reads several items of both tables in one round trip. The answers are in the order of the
    /// keys, which must differ.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`], also when DynamoDB leaves a key unprocessed again and again: what
    /// was not read is never taken for absent.
    pub async fn get_many(&self, keys: &[&Key]) -> Result<Vec<Option<Found>>, Error> {
        let mut found: HashMap<String, Item> = HashMap::new();
        let mut wanted: HashMap<String, Vec<Item>> = HashMap::new();
        for key in keys {
            let table = self.table_name(key.table()).to_owned();
            wanted.entry(table).or_default().push(key.attributes());
        }
        for attempt in 0..ATTEMPTS {
            let mut request = self.db.batch_get_item();
            for (table, keys) in wanted.drain() {
                let keys = KeysAndAttributes::builder()
                    .set_keys(Some(keys))
                    .consistent_read(true)
                    .build()
                    .map_err(|_| Outage::new("BatchGetItem: incomplete request"))?;
                request = request.request_items(table, keys);
            }
            let output =
                request.send().await.map_err(|error| unavailable("BatchGetItem", &error))?;
            for item in output.responses.unwrap_or_default().into_values().flatten() {
                found.insert(Key::name_of(&item), item);
            }
            wanted = output
                .unprocessed_keys
                .unwrap_or_default()
                .into_iter()
                .map(|(table, keys)| (table, keys.keys))
                .collect();
            if wanted.is_empty() {
                return Ok(keys.iter().map(|key| found.remove(&key.name()).map(Found)).collect());
            }
            pause(attempt).await;
        }
        Err(Outage::new("BatchGetItem: keys left unprocessed").into())
    }

    /// Reads the items under `partition` whose sort key begins with `prefix`, last first, at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn last<T: DeserializeOwned>(
        &self,
        partition: &Key,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let left = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let output = self
                .db
                .query()
                .table_name(self.table_name(partition.table()))
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#pk", key::PARTITION)
                .expression_attribute_names("#sk", key::SORT)
                .expression_attribute_values(
                    ":pk",
                    AttributeValue::S(partition.partition().to_owned()),
                )
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
                .scan_index_forward(false)
                .consistent_read(true)
                .limit(left)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable("Query", &error))?;
            for item in output.items.unwrap_or_default() {
                items.push(decode(item)?);
            }
            // A page ends at 1 MB too, so fewer items than asked for need not be all.
            start = output.last_evaluated_key;
            if start.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    /// Deletes everything that hangs on an account, the account's own item excepted.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`]; what is deleted by then stays deleted, and calling again goes on.
    pub async fn delete_belongings(&self, account: &Key) -> Result<(), Error> {
        let mut start = None;
        loop {
            let output = self
                .db
                .query()
                .table_name(&self.accounts)
                .key_condition_expression("#pk = :pk")
                .projection_expression("#pk, #sk")
                .expression_attribute_names("#pk", key::PARTITION)
                .expression_attribute_names("#sk", key::SORT)
                .expression_attribute_values(
                    ":pk",
                    AttributeValue::S(account.partition().to_owned()),
                )
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable("Query", &error))?;
            let own = account.name();
            let deletions = output
                .items
                .unwrap_or_default()
                .into_iter()
                .filter(|item| Key::name_of(item) != own)
                .filter_map(|key| {
                    let request = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
                    Some(WriteRequest::builder().delete_request(request).build())
                })
                .collect();
            self.write_all(&self.accounts, deletions).await?;
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// Writes items over whatever is there, up to 25, in one round trip.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`]; each item is written wholly or not at all.
    pub async fn put_all<T: Serialize>(&self, items: &[(Key, T)]) -> Result<(), Error> {
        let mut requests: HashMap<Table, Vec<WriteRequest>> = HashMap::new();
        for (key, record) in items {
            let put = PutRequest::builder().set_item(Some(encode(key, record)?)).build();
            let put = put.map_err(|_| Outage::new("BatchWriteItem: incomplete request"))?;
            let request = WriteRequest::builder().put_request(put).build();
            requests.entry(key.table()).or_default().push(request);
        }
        let writes = requests
            .into_iter()
            .map(|(table, requests)| self.write_all(self.table_name(table), requests));
        try_join_all(writes).await.map(drop)
    }

    async fn write_all(&self, table: &str, requests: Vec<WriteRequest>) -> Result<(), Error> {
        let mut requests = requests;
        while !requests.is_empty() {
            let rest = requests.split_off(requests.len().min(WRITE_BATCH));
            self.write_batch(table, requests).await?;
            requests = rest;
        }
        Ok(())
    }

    async fn write_batch(&self, table: &str, requests: Vec<WriteRequest>) -> Result<(), Error> {
        let mut requests = requests;
        for attempt in 0..ATTEMPTS {
            let output = self
                .db
                .batch_write_item()
                .request_items(table, requests)
                .send()
                .await
                .map_err(|error| unavailable("BatchWriteItem", &error))?;
            let unprocessed = output.unprocessed_items.unwrap_or_default().remove(table);
            requests = unprocessed.unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(Outage::new("BatchWriteItem: items left unprocessed").into())
    }

    /// Deletes one item, whether it is there or not.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn delete(&self, key: &Key) -> Result<(), Error> {
        let delete = || {
            self.db
                .delete_item()
                .table_name(self.table_name(key.table()))
                .set_key(Some(key.attributes()))
                .send()
        };
        let deleted = after_transactions(delete).await;
        deleted.map(drop).map_err(|error| unavailable("DeleteItem", &error))
    }
}

/// An item that was read and not yet looked into.
#[derive(Clone, Debug)]
pub struct Found(Item);

impl Found {
    /// The item as a record.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when it is not what `T` expects.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        decode(self.0)
    }
}

fn decode<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    // The error may quote the item, which is not for logs.
    serde_dynamo::from_item(item).map_err(|_| Outage::new("an item that cannot be read").into())
}

fn encode<T: Serialize>(key: &Key, record: &T) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(record)
        .map_err(|_| Outage::new("a record that cannot be written"))?;
    item.extend(key.attributes());
    Ok(item)
}
