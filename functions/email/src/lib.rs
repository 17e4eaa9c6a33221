//! The contract `contact` by email: registrations that a mailed link completes, sessions.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `POST /email/users` | [`register`] |
//! | `GET /email/users/active/{email}/{token}` | [`link::open`] |
//! | `POST /email/users/active/{email}/{token}` | [`link::confirm`] |
//! | `GET /email/users/cancel/{email}/{token}` | [`link::ask_to_cancel`] |
//! | `POST /email/users/cancel/{email}/{token}` | [`link::cancel`] |
//! | `GET /email/token`, `POST /email/token`, `DELETE /email/token` | [`shared::contact_session`] |

mod link;
mod page;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use shared::{
    app::App,
    contact_session::{self, By},
    envelope::Contact,
    error::Reason,
    http::{Call, Fields, Refusal, Reply},
    identifier::Email,
    password::{self, NewPassword},
};

/// The endpoints of this function.
pub fn router() -> Router<App> {
    let opened = get(link::open).post(link::confirm);
    let cancelled = get(link::ask_to_cancel).post(link::cancel);
    Router::new()
        .route("/email/users", post(register))
        // Not a parameter for each segment: an address may contain a slash.
        .route("/email/users/active/{*link}", opened.clone())
        .route("/email/users/active", opened)
        .route("/email/users/cancel/{*link}", cancelled.clone())
        .route("/email/users/cancel", cancelled)
        .route("/email/token", contact_session::routes(By::Email))
}

/// `POST /email/users`: mails a link.
async fn register(State(app): State<App>, call: Call, body: Fields) -> Result<Reply, Refusal> {
    let (email, password) = (body.trimmed("email")?, body.text("password")?);
    let email = Email::parse(email).ok_or(Reason::EmailInvalid)?;
    let password = new_password(&app, password)?;
    app.directory.register_by_email(&email, &password, &call.client).await?;
    Ok(Contact::success())
}

fn new_password(app: &App, text: &str) -> Result<NewPassword, Reason> {
    // This contract has one answer to every bad password.
    let password = NewPassword::parse(text, password::MAX_CHARACTERS);
    let password = password.map_err(|_| Reason::PasswordLength)?;
    app.directory.admit_password(&password)?;
    Ok(password)
}
