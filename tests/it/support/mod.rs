//! What the tests stand on: the product on a database of its own, reached through its HTTP face.

mod accounts;
mod app;
mod bodies;
mod door;
mod gate;
mod hashing;
mod item;
mod line;
mod log;
mod meter;
mod reply;

pub(crate) use app::{Browser, Outage, PUBLIC_URL, Preparation, TestApp, crowd};
pub(crate) use bodies::{MAX_BODY, not_an_object, padded, without};
pub(crate) use door::{
    Door, PASSWORD, SignIn, SignUp, cookie_error, create, enrol, register, tenant_error,
    users_error,
};
pub(crate) use gate::{Gate, StoreCall};
pub(crate) use hashing::cheap_hashes;
pub(crate) use line::{Break, Line};
pub(crate) use log::Log;
pub(crate) use meter::Meter;
pub(crate) use reply::{Reply, api_key};
