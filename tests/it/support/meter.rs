//! What a request costs, measured inside the SDK.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeSerializationInterceptorContextMut, BeforeSerializationInterceptorContextRef,
            FinalizerInterceptorContextRef,
        },
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// Watches the calls of an SDK client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    calls: Arc<Mutex<Vec<Call>>>,
    order: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
struct Call {
    operation: String,
    started: u64,
    finished: u64,
    read_units: f64,
    write_units: f64,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cost {
    /// The calls, in the order in which they began.
    pub(crate) operations: Vec<String>,
    /// How many of them had to wait for another one, and that one for another, and so on.
    pub(crate) round_trips: usize,
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
}

impl Meter {
    /// What has been measured since the last time.
    pub(crate) fn take(&self) -> Cost {
        let mut calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.sort_by_key(|call| call.started);
        let mut depths: Vec<(u64, usize)> = Vec::new();
        for call in &calls {
            let before = depths.iter().filter(|(finished, _)| *finished < call.started);
            let depth = before.map(|(_, depth)| *depth).max().unwrap_or(0) + 1;
            depths.push((call.finished, depth));
        }
        Cost {
            operations: calls.iter().map(|call| call.operation.clone()).collect(),
            round_trips: depths.iter().map(|(_, depth)| *depth).max().unwrap_or(0),
            read_units: calls.iter().fold(0.0, |sum, call| sum + call.read_units),
            write_units: calls.iter().fold(0.0, |sum, call| sum + call.write_units),
        }
    }

    fn tick(&self) -> u64 {
        self.order.fetch_add(1, Ordering::SeqCst)
    }
}

#[derive(Clone, Debug)]
struct Started {
    at: u64,
    operation: &'static str,
}

impl Storable for Started {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input();
        let operation = if input.downcast_ref::<GetItemInput>().is_some() {
            "GetItem"
        } else if input.downcast_ref::<BatchGetItemInput>().is_some() {
            "BatchGetItem"
        } else if input.downcast_ref::<QueryInput>().is_some() {
            "Query"
        } else if input.downcast_ref::<UpdateItemInput>().is_some() {
            "UpdateItem"
        } else if input.downcast_ref::<DeleteItemInput>().is_some() {
            "DeleteItem"
        } else if input.downcast_ref::<BatchWriteItemInput>().is_some() {
            "BatchWriteItem"
        } else if input.downcast_ref::<TransactWriteItemsInput>().is_some() {
            "TransactWriteItems"
        } else {
            // Only the request path is metered: tests may scan.
            "Other"
        };
        bag.interceptor_state().store_put(Started { at: self.tick(), operation });
        Ok(())
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let total = Some(ReturnConsumedCapacity::Total);
        let input = context.input_mut();
        macro_rules! ask {
            ($($input:ty),*) => {
                $(if let Some(input) = input.downcast_mut::<$input>() {
                    input.return_consumed_capacity = total.clone();
                })*
            };
        }
        ask!(
            GetItemInput,
            BatchGetItemInput,
            QueryInput,
            UpdateItemInput,
            DeleteItemInput,
            BatchWriteItemInput,
            TransactWriteItemsInput
        );
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Started { at, operation }) = bag.load::<Started>().cloned() else {
            return Ok(());
        };
        let mut units = 0.0;
        match context.output_or_error() {
            Some(Ok(output)) => {
                let mut add = |capacity: &[ConsumedCapacity]| {
                    let capacity = capacity.iter().filter_map(|it| it.capacity_units);
                    units += capacity.sum::<f64>();
                };
                macro_rules! one {
                    ($($output:ty),*) => {
                        $(if let Some(output) = output.downcast_ref::<$output>() {
                            add(output.consumed_capacity.as_slice());
                        })*
                    };
                }
                one!(GetItemOutput, QueryOutput, UpdateItemOutput, DeleteItemOutput);
                macro_rules! many {
                    ($($output:ty),*) => {
                        $(if let Some(output) = output.downcast_ref::<$output>() {
                            add(output.consumed_capacity());
                        })*
                    };
                }
                many!(BatchGetItemOutput, BatchWriteItemOutput, TransactWriteItemsOutput);
            }
            // A write whose condition did not hold is charged as one that did (of a small item).
            _ => units = 1.0,
        }
        let reads = matches!(operation, "GetItem" | "BatchGetItem" | "Query");
        let (read_units, write_units) = if reads { (units, 0.0) } else { (0.0, units) };
        self.calls.lock().unwrap().push(Call {
            operation: operation.to_owned(),
            started: at,
            finished: self.tick(),
            read_units,
            write_units,
        });
        Ok(())
    }
}
