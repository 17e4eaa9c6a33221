//! The contract `contact` by phone: codes by text message, accounts in exchange for them, sessions.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `GET /phone/users/code` | [`send_code`] |
//! | `POST /phone/users` | [`register`] |
//! | `GET /phone/token`, `POST /phone/token`, `DELETE /phone/token` | [`shared::contact_session`] |

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use serde_json::json;
use shared::{
    app::App,
    contact_session::{self, By},
    envelope::Contact,
    error::Reason,
    http::{Call, Fields, Refusal, Reply, refuse_head},
    identifier::Phone,
    password::{self, NewPassword},
};

/// The endpoints of this function.
pub fn router() -> Router<App> {
    let only_get = async || refuse_head("GET");
    Router::new()
        .route("/phone/users/code", get(send_code).head(only_get).fallback(only_get))
        .route("/phone/users", post(register))
        .route("/phone/token", contact_session::routes(By::Phone))
}

/// `GET /phone/users/code`: sends a code to a number.
async fn send_code(State(app): State<App>, call: Call) -> Result<Reply, Refusal> {
    let query = call.query();
    let phone = query.unspaced("phone")?;
    let phone = phone.and_then(|phone| Phone::parse(phone, app.config.default_phone_region));
    app.directory.send_code(&phone.ok_or(Reason::PhoneInvalid)?, &call.client).await?;
    Ok(Contact::success())
}

/// `POST /phone/users`: makes an account in exchange for a code.
async fn register(State(app): State<App>, call: Call, body: Fields) -> Result<Reply, Refusal> {
    let (phone, given) = (body.trimmed("phone")?, body.text("password")?);
    let phone = Phone::parse(phone, app.config.default_phone_region);
    let phone = phone.ok_or(Reason::PhoneInvalid)?;
    // This contract has one answer to every bad password.
    let password = NewPassword::parse(given, password::MAX_CHARACTERS);
    let password = password.map_err(|_| Reason::PasswordLength)?;
    app.directory.admit_password(&password)?;
    // A code that is missing is a wrong one.
    let code = body.text("code").ok();
    let account = app.directory.register_by_phone(&phone, &password, code, &call.client).await?;
    Ok(Contact::success_with(json!({ "id": account.id, "phone": phone.as_str() })))
}
