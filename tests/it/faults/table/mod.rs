//! The table of expectations: what each endpoint is asked for, and what has to come of it. An
//! endpoint that has no row fails a test.

mod contact;
mod doors;
mod profile;
mod tenant;

use super::row::{Fact, ROW, Row};

/// Every row.
pub(super) fn rows() -> Vec<Row> {
    [doors::ROWS, profile::ROWS, contact::ROWS, tenant::ROWS].concat()
}
