//! The endpoints of the contract `tenant` that lead to identity providers and back.

use axum::Router;
use shared::app::App;

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new()
}
