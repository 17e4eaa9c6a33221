//! Expressions: what to write, on which condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::{Item, Key};
use crate::{
    clock::Seconds,
    error::{Error, Outage},
    identifier::AccountId,
};

/// An update or a condition on one item.
///
/// In both, attributes are written `#name` throughout, so that none can collide with one of
/// DynamoDB's reserved words, and values `:name`.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) key: Key,
    pub(super) update: Option<&'static str>,
    pub(super) condition: Option<&'static str>,
    values: HashMap<String, AttributeValue>,
}

impl Statement {
    /// A statement on the item with this key.
    #[must_use]
    pub fn on(key: Key) -> Self {
        Self { key, update: None, condition: None, values: HashMap::new() }
    }

    /// What to do: an update expression.
    #[must_use]
    pub fn update(mut self, expression: &'static str) -> Self {
        self.update = Some(expression);
        self
    }

    /// On which condition: a condition expression.
    #[must_use]
    pub fn condition(mut self, expression: &'static str) -> Self {
        self.condition = Some(expression);
        self
    }

    /// The value of the placeholder `:name`.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.insert(format!(":{name}"), value.into().0);
        self
    }

    pub(super) fn values(&self) -> Option<Item> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// The attribute names that the expressions use.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let expressions = [self.update, self.condition].into_iter().flatten();
        let names: HashMap<_, _> = expressions
            .flat_map(|expression| expression.split('#').skip(1))
            .filter_map(|rest| rest.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next())
            .map(|name| (format!("#{name}"), name.to_owned()))
            .collect();
        (!names.is_empty()).then_some(names)
    }
}

/// A value in an expression.
#[derive(Clone, Debug)]
pub struct Value(AttributeValue);

impl Value {
    /// Any record as a value.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the record cannot be written at all.
    pub fn of<T: Serialize + ?Sized>(record: &T) -> Result<Self, Error> {
        let value = serde_dynamo::to_attribute_value(record);
        value.map(Self).map_err(|_| Outage::new("a record that cannot be written").into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(AttributeValue::S(text.to_owned()))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self(AttributeValue::Bool(flag))
    }
}

impl From<Seconds> for Value {
    fn from(number: Seconds) -> Self {
        Self(AttributeValue::N(number.to_string()))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self(AttributeValue::N(number.to_string()))
    }
}

impl From<AccountId> for Value {
    fn from(id: AccountId) -> Self {
        Self::from(id.number())
    }
}
