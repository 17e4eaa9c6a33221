//! The contract `tenant`: sessions for the web app, tokens for the client apps of tenants.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `POST /api/user/signin` | [`session::sign_in`] |
//! | `POST /api/user/signup` | [`session::sign_up`] |
//! | `POST /api/user/signout` | [`session::sign_out`] |
//! | `PUT /api/user/update_password` | [`password::change_password`] |
//! | `GET /.well-known/jwks.json` | [`keys::jwks`] |
//! | `GET /.well-known/openid-configuration` | [`keys::configuration`] |

mod caller;
mod keys;
mod password;
mod session;

use axum::{
    Router,
    routing::{get, post, put},
};
use serde_json::{Value, json};
use shared::{app::App, directory::Account};

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/user/signin", post(session::sign_in))
        .route("/api/user/signup", post(session::sign_up))
        .route("/api/user/signout", post(session::sign_out))
        .route("/api/user/update_password", put(password::change_password))
        .route("/.well-known/jwks.json", get(keys::jwks))
        .route("/.well-known/openid-configuration", get(keys::configuration))
}

/// What an account's owner gets to see of it. The contract has ids as texts.
fn own(account: &Account) -> Value {
    json!({ "id": account.id.to_string(), "username": account.shown_email() })
}
