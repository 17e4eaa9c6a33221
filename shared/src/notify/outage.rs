//! What fails before there is anything to send.

use crate::error::{Error, Outage};

/// An outage before there was anything to send.
pub(super) fn not_composed(operation: &str) -> Error {
    Outage::new(format!("{operation}: not composed")).into()
}
