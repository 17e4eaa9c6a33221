//! Reading everything, for the operator's audit only: no function may scan.

use super::{Item, Store, Table, decode, key, outage::unavailable};
use crate::error::Error;

/// An item with its key.
#[derive(Debug)]
pub struct Row {
    /// The partition key.
    pub partition: String,
    /// The sort key, empty where the table has none.
    pub sort: String,
    item: Item,
}

impl Row {
    /// The item as a record.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when it is not what `T` expects.
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        decode(self.item.clone())
    }
}

impl Store {
    /// Every item of a table, page after page, handed to `visit`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`].
    pub async fn scan(&self, table: Table, mut visit: impl FnMut(Row)) -> Result<(), Error> {
        let mut start = None;
        loop {
            let output = self
                .db
                .scan()
                .table_name(self.table_name(table))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable("Scan", &error))?;
            for item in output.items.unwrap_or_default() {
                let text = |attribute| {
                    let value = item.get(attribute).and_then(|value| value.as_s().ok());
                    value.cloned().unwrap_or_default()
                };
                visit(Row {
                    partition: text(key::PARTITION),
                    sort: text(key::SORT),
                    item: item.clone(),
                });
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }
}
