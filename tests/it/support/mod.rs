//! What the tests stand on: the product on a database of its own, reached through its HTTP face.

mod accounts;
mod app;
mod at_once;
mod bodies;
pub(crate) mod canaries;
mod documented;
mod door;
mod engine;
mod gate;
mod hashing;
pub(crate) mod host;
mod item;
pub(crate) mod jwt;
mod line;
mod log;
mod meter;
mod reply;
pub(crate) mod scene;
mod seen;
mod size;
pub(crate) mod stored;

pub(crate) use accounts::client;
pub(crate) use app::{
    Browser, Ground, Outage, PUBLIC_URL, Preparation, TEMPLATE, TestApp, config, crowd,
};
pub(crate) use at_once::at_once;
pub(crate) use bodies::{MAX_BODY, not_an_object, padded, without};
pub(crate) use documented::{assert_documented, object, read_document, resolved, validator};
pub(crate) use door::{
    Door, PASSWORD, SignIn, SignUp, cookie_error, create, enrol, register, tenant_error,
    users_error,
};
pub(crate) use engine::DirectEngine;
pub(crate) use gate::{Gate, StoreCall};
pub(crate) use hashing::cheap_hashes;
pub(crate) use line::{Break, Call, Line, Service};
pub(crate) use log::Log;
pub(crate) use meter::Meter;
pub(crate) use reply::{Reply, api_key};
pub(crate) use seen::Seen;
pub(crate) use size::size;
