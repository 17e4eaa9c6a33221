//! What the tests stand on: the product on a database of its own, reached through its HTTP face.

mod app;
mod meter;
mod reply;

pub(crate) use app::{Browser, Outage, TestApp, crowd};
pub(crate) use meter::{Cost, Meter};
pub(crate) use reply::{Reply, api_key, id, session};
