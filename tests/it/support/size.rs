//! How much a test does.

use std::str::FromStr;

use shared::config::process_environment;

/// What a variable of the environment says, for those who want more than `cargo test` does, or
/// something else; without it, this.
pub(crate) fn size<T: FromStr>(variable: &str, usual: T) -> T {
    let Some(text) = process_environment().get(variable).cloned() else { return usual };
    text.parse().unwrap_or_else(|_| panic!("{variable}={text}"))
}
