//! Behaviour through the HTTP face, a module per contract, and what holds for all of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets the unexpected has to fail, wherever it meets it"
)]

mod support;

mod api_key;
mod cookie;
mod users;
mod costs;
mod envelopes;
mod probes;
mod doors;
mod admin;
mod events;
mod server;
mod coverage;
mod hostile_events;
