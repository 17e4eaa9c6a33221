//! Counting events in windows, atomically.
//!
//! A window opens with its first event and closes after its length, however many events follow.
//! Counting one is two conditional updates that are sent together, so that it always takes one
//! round trip: *open* applies when no window is open, *join* when one is open and has room. At
//! most one of them applies: a window that was opened by the same event is not joined.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput},
    types::ReturnValuesOnConditionCheckFailure,
};
use serde::Deserialize;

use super::{
    ATTEMPTS, Item, Key, Statement, Store, Transaction, decode,
    outage::{after_transactions, pause, unavailable},
};
use crate::{
    clock::Seconds,
    config::Limit,
    error::{Error, Outage},
};

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter(Key);

impl Counter {
    /// The counter of `subject`'s events of the kind `name`.
    #[must_use]
    pub fn new(name: &str, subject: &str) -> Self {
        Self(Key::counter(name, subject))
    }

    /// The item that holds the count.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.0
    }
}

/// An event that was counted.
#[derive(Clone, Debug)]
pub struct Taken {
    counter: Counter,
    window: Window,
}

/// The counter's item.
#[derive(Clone, Debug, Deserialize)]
struct Window {
    /// When its first event was.
    opened: Seconds,
    count: i64,
    /// The event that opened it.
    opener: String,
}

impl Window {
    fn is_full(&self, limit: Limit, now: Seconds) -> bool {
        self.opened > now - limit.window && self.count >= i64::from(limit.count)
    }
}

impl Store {
    /// Counts an event, unless the window is full.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] when it is full, [`Error::Unavailable`] when it cannot be known: what
    /// could not be counted does not happen.
    pub async fn take(
        &self,
        counter: &Counter,
        limit: Limit,
        now: Seconds,
    ) -> Result<Taken, Error> {
        let event = format!(
            "{:032x}",
            u128::from(getrandom::u64().map_err(no_randomness)?) << 64
                | u128::from(getrandom::u64().map_err(no_randomness)?)
        );
        let closed = now - limit.window;
        let open = Statement::on(counter.0.clone())
            .update("SET #opened = :now, #count = :one, #opener = :event, #ttl = :ttl")
            .condition("attribute_not_exists(#opened) OR #opened <= :closed OR #count < :one")
            .value("now", now)
            .value("one", 1_i64)
            .value("event", event.as_str())
            .value("ttl", now + limit.window)
            .value("closed", closed);
        let join = Statement::on(counter.0.clone())
            .update("SET #count = #count + :one")
            .condition(
                "#opened > :closed AND #count >= :one AND #count < :limit AND #opener <> :event",
            )
            .value("one", 1_i64)
            .value("closed", closed)
            .value("limit", i64::from(limit.count))
            .value("event", event.as_str());
        for attempt in 0..ATTEMPTS {
            let (opened, joined) = futures::join!(self.try_update(&open), self.try_update(&join));
            let taken = |window| Taken { counter: counter.clone(), window };
            let seen = match (opened?, joined?) {
                (Tried::Done(window), _) | (_, Tried::Done(window)) => return Ok(taken(window)),
                (Tried::Refused(one), Tried::Refused(other)) => [one, other],
            };
            for window in seen.into_iter().flatten() {
                // The acknowledgement of an earlier attempt got lost on its way.
                if window.opener == event {
                    return Ok(taken(window));
                }
                if window.is_full(limit, now) {
                    let left = window.opened + limit.window - now;
                    let retry_after = Duration::from_secs(left.unsigned_abs().max(1));
                    return Err(Error::Throttled { retry_after });
                }
            }
            // Someone else opened the window between the two: it can be joined at once.
            if attempt > 0 {
                pause(attempt).await;
            }
        }
        Err(Outage::new("a counter that never settled").into())
    }

    async fn try_update(&self, statement: &Statement) -> Result<Tried, Error> {
        let update = || {
            self.db
                .update_item()
                .table_name(self.table_name(statement.key.table()))
                .set_key(Some(statement.key.attributes()))
                .set_update_expression(statement.update.map(str::to_owned))
                .set_condition_expression(statement.condition.map(str::to_owned))
                .set_expression_attribute_names(statement.names())
                .set_expression_attribute_values(statement.values())
                .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
        };
        outcome(after_transactions(update).await)
    }
}

impl<T: Copy> Transaction<'_, T> {
    /// Gives back what was taken from a budget, if its window is still the same.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn give_back(self, taken: &Taken) -> Result<Self, Error> {
        // The sum of all that give back is at most what was counted, so this never goes below 0;
        // the condition says so to the table as well.
        let give_back = Statement::on(taken.counter.0.clone())
            .update("SET #count = #count - :one")
            .condition("#opened = :opened AND #opener = :opener AND #count >= :one")
            .value("one", 1_i64)
            .value("opened", taken.window.opened)
            .value("opener", taken.window.opener.as_str());
        self.update_if_possible(&give_back)
    }
}

enum Tried {
    Done(Window),
    /// The condition did not hold for this item.
    Refused(Option<Window>),
}

fn outcome(sent: Result<UpdateItemOutput, SdkError<UpdateItemError>>) -> Result<Tried, Error> {
    let window = |item: Option<Item>| item.map(decode::<Window>).transpose();
    let error = match sent {
        Ok(output) => {
            let window = window(output.attributes)?;
            let window = window.ok_or_else(|| Outage::new("UpdateItem: no attributes returned"))?;
            return Ok(Tried::Done(window));
        }
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Ok(Tried::Refused(window(refused.item.clone())?))
        }
        _ => Err(unavailable("UpdateItem", &error)),
    }
}

fn no_randomness(_: getrandom::Error) -> Outage {
    Outage::new("no randomness for a counter")
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::config::Limit;

    #[test]
    fn a_window_is_full_while_it_is_open_and_has_no_room() {
        let (limit, now) = (Limit { count: 10, window: 900 }, 1_767_225_600);
        for (opened, count, full) in [
            (now, 10, true),
            (now, 11, true),
            (now, 9, false),
            (now - 899, 10, true),
            // What another request has not opened anew yet is no reason to refuse this one.
            (now - 900, 10, false),
            (now - 901, 10, false),
        ] {
            let window = Window { opened, count, opener: String::new() };
            assert_eq!(window.is_full(limit, now), full, "{count} since {opened}");
        }
    }
}
