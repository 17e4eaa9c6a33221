//! Writes that happen all together or not at all.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{Delete, Put, TransactWriteItem, Update},
};
use data_encoding::HEXLOWER;
use serde::Serialize;

use super::{
    ATTEMPTS, Key, Statement, Store, encode,
    outage::{pause, unavailable},
};
use crate::error::{Error, Outage};

/// A transaction in the making. `T` tells the caller which conditions did not hold.
#[derive(Debug)]
pub struct Transaction<'a, T> {
    store: &'a Store,
    writes: Vec<Write<T>>,
}

#[derive(Debug)]
struct Write<T> {
    item: TransactWriteItem,
    /// What it means when this write's condition does not hold. Without a meaning the write is
    /// left out then, and the others happen.
    meaning: Option<T>,
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub enum CommitError<T> {
    /// These conditions did not hold, in the order of the writes. Nothing was written.
    Refused(Vec<T>),
    /// DynamoDB did not do its part.
    Failed(Error),
}

impl<T> From<Error> for CommitError<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> From<Outage> for CommitError<T> {
    fn from(outage: Outage) -> Self {
        Self::Failed(outage.into())
    }
}

impl Store {
    /// A transaction without writes yet.
    #[must_use]
    pub fn transaction<T: Copy>(&self) -> Transaction<'_, T> {
        Transaction { store: self, writes: Vec::new() }
    }
}

impl<T: Copy> Transaction<'_, T> {
    /// Writes a new item, of which there must be none yet; `taken` says what it means if there is.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the record cannot be written at all.
    pub fn create<R: Serialize>(self, key: &Key, record: &R, taken: T) -> Result<Self, Error> {
        let absent = Statement::on(key.clone()).condition("attribute_not_exists(#pk)");
        self.put(key, record, &absent, Some(taken))
    }

    /// Writes an item over whatever is there.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the record cannot be written at all.
    pub fn overwrite<R: Serialize>(self, key: &Key, record: &R) -> Result<Self, Error> {
        self.put(key, record, &Statement::on(key.clone()), None)
    }

    /// Writes an item in the place of one for which the statement's condition holds.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the record cannot be written at all.
    pub fn replace<R: Serialize>(
        self,
        statement: &Statement,
        record: &R,
        refused: T,
    ) -> Result<Self, Error> {
        self.put(&statement.key, record, statement, Some(refused))
    }

    fn put<R: Serialize>(
        self,
        key: &Key,
        record: &R,
        statement: &Statement,
        meaning: Option<T>,
    ) -> Result<Self, Error> {
        let put = Put::builder()
            .table_name(self.store.table_name(key.table()))
            .set_item(Some(encode(key, record)?))
            .set_condition_expression(statement.condition.map(str::to_owned))
            .set_expression_attribute_names(statement.names())
            .set_expression_attribute_values(statement.values())
            .build()
            .map_err(|_| incomplete())?;
        Ok(self.write(TransactWriteItem::builder().put(put).build(), meaning))
    }

    /// Updates an item; `refused` says what it means if the condition does not hold.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the statement has no update.
    pub fn update(self, statement: &Statement, refused: T) -> Result<Self, Error> {
        self.change(statement, Some(refused))
    }

    /// Updates an item if the condition holds, and does without if it does not.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the statement has no update.
    pub fn update_if_possible(self, statement: &Statement) -> Result<Self, Error> {
        self.change(statement, None)
    }

    fn change(self, statement: &Statement, meaning: Option<T>) -> Result<Self, Error> {
        let update = Update::builder()
            .table_name(self.store.table_name(statement.key.table()))
            .set_key(Some(statement.key.attributes()))
            .set_update_expression(statement.update.map(str::to_owned))
            .set_condition_expression(statement.condition.map(str::to_owned))
            .set_expression_attribute_names(statement.names())
            .set_expression_attribute_values(statement.values())
            .build()
            .map_err(|_| incomplete())?;
        Ok(self.write(TransactWriteItem::builder().update(update).build(), meaning))
    }

    /// Deletes an item, whether it is there or not.
    ///
    /// # Errors
    ///
    /// Does not fail with a key that [`Key`] made.
    pub fn delete(self, key: &Key) -> Result<Self, Error> {
        let delete = Delete::builder()
            .table_name(self.store.table_name(key.table()))
            .set_key(Some(key.attributes()))
            .build()
            .map_err(|_| incomplete())?;
        Ok(self.write(TransactWriteItem::builder().delete(delete).build(), None))
    }

    /// Deletes an item for which the statement's condition holds.
    ///
    /// # Errors
    ///
    /// Does not fail with a key that [`Key`] made.
    pub fn delete_if(self, statement: &Statement, refused: T) -> Result<Self, Error> {
        let delete = Delete::builder()
            .table_name(self.store.table_name(statement.key.table()))
            .set_key(Some(statement.key.attributes()))
            .set_condition_expression(statement.condition.map(str::to_owned))
            .set_expression_attribute_names(statement.names())
            .set_expression_attribute_values(statement.values())
            .build()
            .map_err(|_| incomplete())?;
        Ok(self.write(TransactWriteItem::builder().delete(delete).build(), Some(refused)))
    }

    fn write(mut self, item: TransactWriteItem, meaning: Option<T>) -> Self {
        self.writes.push(Write { item, meaning });
        self
    }

    /// Makes it happen.
    ///
    /// An acknowledgement that gets lost is healed by the client request token: sent again, the
    /// same transaction is not done twice. The SDK does not retry conflicts with other
    /// transactions, so this does.
    ///
    /// # Errors
    ///
    /// [`CommitError`].
    pub async fn commit(mut self) -> Result<(), CommitError<T>> {
        let mut token = request_token()?;
        for attempt in 0..ATTEMPTS {
            if self.writes.is_empty() {
                return Ok(());
            }
            let items = self.writes.iter().map(|write| write.item.clone()).collect();
            let sent = self
                .store
                .db
                .transact_write_items()
                .set_transact_items(Some(items))
                .client_request_token(&token)
                .send()
                .await;
            let Err(error) = sent else {
                return Ok(());
            };
            let Some(reasons) = cancellation(error.as_service_error()) else {
                return Err(unavailable("TransactWriteItems", &error).into());
            };
            let failed = |index: usize| {
                reasons.get(index).is_some_and(|code| code == "ConditionalCheckFailed")
            };
            let refused: Vec<T> = self
                .writes
                .iter()
                .enumerate()
                .filter(|(index, _)| failed(*index))
                .filter_map(|(_, write)| write.meaning)
                .collect();
            if !refused.is_empty() {
                return Err(CommitError::Refused(refused));
            }
            if (0..self.writes.len()).any(failed) {
                let mut index = 0..;
                self.writes.retain(|_| !index.next().is_some_and(failed));
                token = request_token()?;
                continue;
            }
            if !reasons.iter().all(|code| is_transient(code)) {
                return Err(unavailable("TransactWriteItems", &error).into());
            }
            pause(attempt).await;
        }
        Err(Outage::new("TransactWriteItems: conflicts with others").into())
    }
}

/// Why each write of a cancelled transaction was not done, `None` if it was not cancelled.
fn cancellation(error: Option<&TransactWriteItemsError>) -> Option<Vec<String>> {
    match error? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(
            cancelled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code().unwrap_or("None").to_owned())
                .collect(),
        ),
        _ => None,
    }
}

/// Whether a cancelled write may go through a moment later.
fn is_transient(code: &str) -> bool {
    matches!(
        code,
        "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
    )
}

fn request_token() -> Result<String, Outage> {
    let mut token = [0; 16];
    getrandom::fill(&mut token).map_err(|_| Outage::new("no randomness for a request token"))?;
    Ok(HEXLOWER.encode(&token))
}

fn incomplete() -> Outage {
    Outage::new("TransactWriteItems: incomplete request")
}
