//! The contract `cookie`: register, log in for a cookie, log out.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `POST /api/v1/user/register` | [`register`] |
//! | `POST /api/v1/user/login` | [`log_in`] |
//! | `POST /api/v1/user/logout` | [`log_out`] |
//!
//! The document writes the paths with a trailing slash, which does not count.

use axum::{Router, extract::State, routing::post};
use serde_json::json;
use shared::{
    app::App,
    credential::Kind,
    directory::{Disclosure, NewAccount, NewCredential, SignIn},
    envelope::Cookie,
    error::Reason,
    http::{Call, Fields, Refusal, Reply, clear_cookie, session_cookie},
    identifier::{Email, Identifier, Username, UsernameError},
    password::{GivenPassword, NewPassword},
};

/// The greatest number of code points of a new password in this contract.
pub const MAX_PASSWORD: usize = 16;

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/user/register", post(register))
        .route("/api/v1/user/login", post(log_in))
        .route("/api/v1/user/logout", post(log_out))
}

/// `POST /api/v1/user/register`: makes an account, and does not sign in to it.
async fn register(State(app): State<App>, call: Call, body: Fields) -> Result<Reply, Refusal> {
    let username = body.trimmed("username")?;
    let password = body.text("password")?;
    let email = body.trimmed("email")?;

    // What is malformed comes before what has the wrong length, whichever field it is.
    let username = Username::parse_new(username);
    let password = NewPassword::parse(password, MAX_PASSWORD);
    if username == Err(UsernameError::Characters) || password == Err(Reason::Malformed) {
        return Err(Reason::Malformed.into());
    }
    let (username, password) = (username.map_err(|_| Reason::UsernameLength)?, password?);
    app.directory.admit_password(&password)?;
    let email = Email::parse(email).ok_or(Reason::EmailInvalid)?;
    let new = NewAccount { username: Some(username), password, email, name: None };
    let account = app.directory.sign_up(&new, &call.client).await?;
    Ok(Reply::new(json!({ "status": "success", "user_id": account.id })))
}

/// `POST /api/v1/user/login`: takes a username or an email address.
async fn log_in(State(app): State<App>, call: Call, body: Fields) -> Result<Reply, Refusal> {
    let (username, password) = (body.trimmed("username")?, body.text("password")?);
    let Some(identifier) = identifier(username) else {
        return Err(app.directory.unknown_account().into());
    };
    let signed_in = app
        .directory
        .sign_in(SignIn {
            identifier: &identifier,
            password: &GivenPassword::new(password),
            credential: NewCredential {
                replaces: &call.session_tokens(Cookie::COOKIE)?,
                ..NewCredential::of(Kind::CookieSession)
            },
            disclosure: Disclosure::Hidden,
            client: &call.client,
        })
        .await?;
    let account = &signed_in.account;
    let reply = Reply::new(json!({
        "status": "success",
        "username": account.shown_username(),
        "email": account.shown_email(),
        "uid": account.id.to_string(),
    }));
    let max_age = signed_in.expires_in;
    Ok(reply.with_cookie(session_cookie(&app.config, Cookie::COOKIE, &signed_in.token, max_age)))
}

fn identifier(username: &str) -> Option<Identifier> {
    if username.contains('@') {
        Email::parse(username).map(Identifier::Email)
    } else {
        Username::parse(username).map(Identifier::Username)
    }
}

/// `POST /api/v1/user/logout`: ends the session of the cookie.
async fn log_out(State(app): State<App>, call: Call) -> Result<Reply, Refusal> {
    let token = call.session_token(Cookie::COOKIE);
    let session = app.directory.session(Kind::CookieSession, token.as_ref()).await?;
    app.directory.end_session(&session).await?;
    let reply = Reply::new(json!({ "status": "success", "uid": session.account.id }));
    Ok(reply.with_cookie(clear_cookie(&app.config, Cookie::COOKIE)))
}
