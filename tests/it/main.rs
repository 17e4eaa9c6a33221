//! Behaviour through the HTTP face, a module per contract, and what holds for all of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets the unexpected has to fail, wherever it meets it"
)]

mod support;

mod abuse;
mod admin;
mod api_key;
mod authorizer;
mod bounces;
mod canaries;
mod cargo_lambda;
mod controls;
mod cookie;
mod cors;
mod costs;
mod coverage;
mod credentials;
mod doors;
mod email;
mod envelopes;
mod events;
mod fallback;
mod faults;
mod histories;
mod hostile_events;
mod keys;
mod limits;
mod model;
mod oauth;
mod openapi;
mod phone;
mod probes;
mod races;
mod server;
mod tenant;
mod uniform;
mod users;
