//! The functions as `sam build` packages them, run by AWS's runtime interface emulator.
//!
//! This target is not part of `cargo test`, because it needs what others have built: `.ci/packaged.py`
//! does that, and says in the environment where things are.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets the unexpected has to fail, wherever it meets it"
)]

mod alike;
mod emulator;
mod events;
mod gate;
mod kills;
mod neighbours;
mod packages;
mod panics;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "most of it is for the tests of behaviour")]
mod support;
