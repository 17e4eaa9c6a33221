//! The contract `users`: sessions, accounts and profiles, each reply with its own `url` and
//! `method` in it.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `POST /users/sign_in` | [`session::sign_in`] |
//! | `DELETE /users/sign_out` | [`session::sign_out`] |
//! | `POST /users` | [`account::create`] |
//! | `PATCH /users` | [`account::update`] |
//! | `PATCH /users/password` | [`account::change_password`] |
//! | `DELETE /users` | [`account::delete`] |
//! | `GET /users/{id}` | [`profile::show`] |

mod account;
mod profile;
mod session;

pub use account::MAX_NAME;

use axum::{
    Router,
    routing::{delete, get, patch, post},
};
use serde_json::{Value, json};
use shared::{
    app::App,
    credential::Kind,
    directory::{Account, SessionCookie},
    envelope::Users,
    http::{Reply, session_cookie},
};

const SESSION: Kind = Kind::UsersSession;

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/users/sign_in", post(session::sign_in))
        .route("/users/sign_out", delete(session::sign_out))
        .route("/users", post(account::create).patch(account::update).delete(account::delete))
        .route("/users/password", patch(account::change_password))
        .route("/users/{id}", get(profile::show))
}

/// What an account's owner gets to see of it.
fn own(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.shown_name(),
        "email": account.shown_email(),
    })
}

/// The reply with the session's cookie, where it has to be set anew.
fn renew(app: &App, reply: Reply, cookie: Option<&SessionCookie>) -> Reply {
    reply.with_cookie(cookie.and_then(|cookie| {
        session_cookie(&app.config, Users::COOKIE, &cookie.token, cookie.expires_in)
    }))
}
