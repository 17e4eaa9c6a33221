//! Changing a password.

use axum::extract::State;
use http::HeaderMap;
use shared::{
    app::App,
    envelope::Tenant,
    http::{Call, Fields, Refusal, Reply},
    password::{GivenPassword, NewPassword},
};

use crate::{caller::Caller, own, session::new_password};

/// `PUT /api/user/update_password`: changes the password and ends every other credential.
pub(crate) async fn change_password(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    body: Result<Fields, Refusal>,
) -> Result<Reply, Refusal> {
    let caller = Caller::of(&app, &call, &headers)?;
    let (client, session) = caller.session(&app, &call, &headers).await?;
    let (old, new) = parameters(&app, &body?)?;
    let cookie = app.directory.change_password(&session, &old, &new, &client).await?;
    let reply = Tenant::success(own(&session.account), "authenticate successfully");
    Ok(caller.renew(&app, reply, &cookie))
}

fn parameters(app: &App, body: &Fields) -> Result<(GivenPassword, NewPassword), Refusal> {
    let present = |name| body.text(name).map_err(|_| Tenant::empty(name));
    let (old, new) = (present("old_password")?, present("new_password")?);
    let old = GivenPassword::new(old);
    if !old.is_possible() {
        return Err(Tenant::illegal("old_password"));
    }
    let new = new_password(app, new).ok_or_else(|| Tenant::illegal("new_password"))?;
    Ok((old, new))
}
