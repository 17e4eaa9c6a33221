//! Making, changing and deleting an account.

use axum::extract::State;
use shared::{
    app::App,
    directory::{NewAccount, ProfileChange},
    envelope::Users,
    error::Reason,
    http::{Call, Fields, Refusal, Reply, clear_cookie},
    identifier::Email,
    password::{self, GivenPassword, NewPassword, is_too_easy},
};

use crate::{SESSION, own, renew};

/// The greatest number of code points of a name.
pub const MAX_NAME: usize = 64;

/// `POST /users`: makes an account, and does not sign in to it.
pub(crate) async fn create(
    State(app): State<App>,
    call: Call,
    body: Fields,
) -> Result<Reply, Refusal> {
    let user = body.object("user")?;
    let name = name(user.trimmed("name")?)?;
    let email = email(user.trimmed("email")?)?;
    let password = new_password(user.text("password")?)?;
    confirm(&password, user.text("password_confirm")?)?;
    if is_too_easy(&password, &[name, email.local_part()]) {
        return Err(Reason::PasswordTooEasy.into());
    }
    app.directory.admit_password(&password)?;
    let new = NewAccount { email, username: None, name: Some(name.to_owned()), password };
    let account = app.directory.sign_up(&new, &call.client).await?;
    Ok(Users::user(&call, own(&account)))
}

/// `PATCH /users`: changes the name, the email address, or both.
pub(crate) async fn update(
    State(app): State<App>,
    call: Call,
    body: Result<Fields, Refusal>,
) -> Result<Reply, Refusal> {
    let token = call.session_token(Users::COOKIE);
    let session = app.directory.session_at(SESSION, token.as_ref(), &call.client).await?;
    let body = body?;
    let user = body.object("user")?;
    let change = ProfileChange {
        name: user.optional_trimmed("name")?.map(name).transpose()?.map(str::to_owned),
        email: user.optional_trimmed("email")?.map(email).transpose()?,
    };
    if change.name.is_none() && change.email.is_none() {
        return Err(Reason::Malformed.into());
    }
    let (account, cookie) = app.directory.change_profile(&session, &change, &call.client).await?;
    Ok(renew(&app, Users::user(&call, own(&account)), cookie.as_ref()))
}

/// `PATCH /users/password`: changes the password and ends every other credential.
pub(crate) async fn change_password(
    State(app): State<App>,
    call: Call,
    body: Result<Fields, Refusal>,
) -> Result<Reply, Refusal> {
    let token = call.session_token(Users::COOKIE);
    let session = app.directory.session_at(SESSION, token.as_ref(), &call.client).await?;
    let body = body?;
    let user = body.object("user")?;
    let old = GivenPassword::new(user.text("old_password")?);
    let new = new_password(user.text("new_password")?)?;
    confirm(&new, user.text("new_password_confirm")?)?;
    if is_too_easy(&new, &session.account.context_words()) {
        return Err(Reason::PasswordTooEasy.into());
    }
    app.directory.admit_password(&new)?;
    let cookie = app.directory.change_password(&session, &old, &new, &call.client).await?;
    Ok(renew(&app, Users::user(&call, own(&session.account)), Some(&cookie)))
}

/// `DELETE /users`: deletes the account that email address and password name. It needs no cookie.
pub(crate) async fn delete(
    State(app): State<App>,
    call: Call,
    body: Fields,
) -> Result<Reply, Refusal> {
    let user = body.object("user")?;
    let (email, password) = (user.trimmed("email")?, user.text("password")?);
    let email = Email::parse(email).ok_or(Reason::AccountUnknown)?;
    let token = call.session_token(Users::COOKIE);
    app.directory
        .delete_own_account(
            &email,
            &GivenPassword::new(password),
            (SESSION, token.as_ref()),
            &call.client,
        )
        .await?;
    let cookie = token.and_then(|_| clear_cookie(&app.config, Users::COOKIE));
    Ok(Users::done(&call).with_cookie(cookie))
}

fn name(text: &str) -> Result<&str, Reason> {
    let acceptable = text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control);
    if acceptable { Ok(text) } else { Err(Reason::Malformed) }
}

fn email(text: &str) -> Result<Email, Reason> {
    Email::parse(text).ok_or(Reason::Malformed)
}

fn new_password(text: &str) -> Result<NewPassword, Reason> {
    NewPassword::parse(text, password::MAX_CHARACTERS)
}

fn confirm(password: &NewPassword, repetition: &str) -> Result<(), Reason> {
    match new_password(repetition) {
        Ok(repetition) if repetition == *password => Ok(()),
        Ok(_) | Err(_) => Err(Reason::PasswordsDiffer),
    }
}
