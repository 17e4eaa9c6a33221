//! Signing in, up and out.

use axum::extract::State;
use http::HeaderMap;
use serde_json::json;
use shared::{
    app::App,
    directory::{Disclosure, NewAccount, SignIn},
    envelope::Tenant,
    http::{Call, Fields, Refusal, Reply, clear_cookie},
    identifier::{Email, Identifier},
    password::{GivenPassword, MAX_CHARACTERS, NewPassword},
};

use crate::caller::Caller;

/// `POST /api/user/signin`: hands out a session, or a token.
pub(crate) async fn sign_in(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    body: Result<Fields, Refusal>,
) -> Result<Reply, Refusal> {
    let caller = Caller::of(&app, &call, &headers)?;
    let (identifier, password) = match body.and_then(|body| sign_in_parameters(&body)) {
        Ok(parameters) => parameters,
        Err(refusal) => {
            caller.authenticate(&app, &call).await?;
            return Err(refusal);
        }
    };
    let signed_in = app
        .directory
        .sign_in(SignIn {
            identifier: &identifier,
            password: &password,
            credential: caller.new_credential(&app, &call).await?,
            disclosure: Disclosure::Hidden,
            client: &call.client,
        })
        .await?;
    let message = match signed_in.bound {
        true => "authenticate and bind successfully",
        false => "authenticate successfully",
    };
    caller.signed_in(&app, &signed_in, message).await
}

fn sign_in_parameters(body: &Fields) -> Result<(Identifier, GivenPassword), Refusal> {
    let (username, password) = present(body)?;
    let email = Email::parse(username).ok_or_else(|| Tenant::illegal("username"))?;
    let password = GivenPassword::new(password);
    if !password.is_possible() {
        return Err(Tenant::illegal("password"));
    }
    Ok((email.into(), password))
}

/// `POST /api/user/signup`: makes an account and signs in to it.
pub(crate) async fn sign_up(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    body: Result<Fields, Refusal>,
) -> Result<Reply, Refusal> {
    let caller = Caller::of(&app, &call, &headers)?;
    let new = match body.and_then(|body| sign_up_parameters(&app, &body)) {
        Ok(new) => new,
        Err(refusal) => {
            caller.authenticate(&app, &call).await?;
            return Err(refusal);
        }
    };
    let credential = caller.new_credential(&app, &call).await?;
    let signed_in = app.directory.sign_up_and_in(&new, credential, &call.client).await?;
    let message = match signed_in.bound {
        true => "bind and register successfully",
        false => "register successfully",
    };
    caller.signed_in(&app, &signed_in, message).await
}

fn sign_up_parameters(app: &App, body: &Fields) -> Result<NewAccount, Refusal> {
    let (username, password) = present(body)?;
    let email = Email::parse(username).ok_or_else(|| Tenant::illegal("username"))?;
    let password = new_password(app, password).ok_or_else(|| Tenant::illegal("password"))?;
    Ok(NewAccount { email, username: None, name: None, password })
}

/// The two parameters of both, which have to be there before either is looked into.
fn present(body: &Fields) -> Result<(&str, &str), Refusal> {
    let username = body.trimmed("username").map_err(|_| Tenant::empty("username"))?;
    let password = body.text("password").map_err(|_| Tenant::empty("password"))?;
    Ok((username, password))
}

/// A password that may be had; why it may not, the contract does not tell.
pub(crate) fn new_password(app: &App, text: &str) -> Option<NewPassword> {
    let password = NewPassword::parse(text, MAX_CHARACTERS).ok()?;
    app.directory.admit_password(&password).is_ok().then_some(password)
}

/// `POST /api/user/signout`: ends the session, or the token.
pub(crate) async fn sign_out(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
) -> Result<Reply, Refusal> {
    let caller = Caller::of(&app, &call, &headers)?;
    if let Caller::WebApp { visit: visit @ Some(_), .. } = &caller {
        // Nobody is signed in, but an identity may wait for the next one who does.
        app.directory.drop_visit(visit.as_ref()).await?;
    }
    let (_, session) = caller.session(&app, &call, &headers).await?;
    app.directory.end_session(&session).await?;
    let reply = Tenant::success(json!({}), "sign out successfully");
    Ok(match caller {
        Caller::WebApp { .. } => reply.with_cookie(clear_cookie(&app.config, Tenant::COOKIE)),
        Caller::ClientApp { .. } => reply,
    })
}
