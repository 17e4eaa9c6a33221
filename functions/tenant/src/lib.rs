//! The endpoints of the contract `tenant` for web and client apps.

use axum::Router;
use shared::app::App;

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new()
}
