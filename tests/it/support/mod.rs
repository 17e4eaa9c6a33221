//! What the tests stand on: the product on a database of its own, reached through its HTTP face.

mod accounts;
mod app;
mod bodies;
mod door;
mod engine;
mod item;
mod line;
mod log;
mod meter;
mod reply;

pub(crate) use app::{Browser, Ground, Outage, PUBLIC_URL, TEMPLATE, TestApp, config, crowd};
pub(crate) use bodies::{MAX_BODY, not_an_object, padded, without};
pub(crate) use door::{
    Door, PASSWORD, SignIn, SignUp, cookie_error, create, enrol, register, tenant_error,
    users_error,
};
pub(crate) use engine::DirectEngine;
pub(crate) use line::{Break, Call, Line, Service};
pub(crate) use log::Log;
pub(crate) use meter::Meter;
pub(crate) use reply::{Reply, api_key};
