//! Signing in and out.

use axum::extract::State;
use shared::{
    app::App,
    directory::{Disclosure, NewCredential, SignIn},
    envelope::Users,
    http::{Call, Fields, Refusal, Reply, clear_cookie, session_cookie},
    identifier::{Email, Identifier},
    password::GivenPassword,
};

use crate::{SESSION, own};

/// `POST /users/sign_in`: hands out a session in a cookie.
pub(crate) async fn sign_in(
    State(app): State<App>,
    call: Call,
    body: Fields,
) -> Result<Reply, Refusal> {
    let user = body.object("user")?;
    let (email, password) = (user.trimmed("email")?, user.text("password")?);
    let Some(email) = Email::parse(email) else {
        return Err(app.directory.unknown_account().into());
    };
    let signed_in = app
        .directory
        .sign_in(SignIn {
            identifier: &Identifier::from(email),
            password: &GivenPassword::new(password),
            credential: NewCredential {
                replaces: &call.session_tokens(Users::COOKIE)?,
                ..NewCredential::of(SESSION)
            },
            disclosure: Disclosure::Shown,
            client: &call.client,
        })
        .await?;
    let max_age = signed_in.expires_in;
    let cookie = session_cookie(&app.config, Users::COOKIE, &signed_in.token, max_age);
    Ok(Users::user(&call, own(&signed_in.account)).with_cookie(cookie))
}

/// `DELETE /users/sign_out`: ends the session of the cookie.
pub(crate) async fn sign_out(State(app): State<App>, call: Call) -> Result<Reply, Refusal> {
    let token = call.session_token(Users::COOKIE);
    let session = app.directory.session(SESSION, token.as_ref()).await?;
    app.directory.end_session(&session).await?;
    let cookie = clear_cookie(&app.config, Users::COOKIE);
    Ok(Users::user(&call, own(&session.account)).with_cookie(cookie))
}
