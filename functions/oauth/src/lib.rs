//! The endpoints of the contract `tenant` that lead to identity providers and back.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `GET /oauth/{provider}/start` | [`start`] |
//! | `GET /oauth/{provider}/callback` | [`callback`] |
//!
//! The handlers are for people's browsers. What comes from a request decides nothing but who
//! signs in: where the browser is sent is written in the settings.

pub mod id_token;
mod page;
mod relying_party;
mod visit;
mod web;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse as _, Response},
    routing::get,
};
use shared::{
    app::App,
    directory::{Arrival, VISIT_LIFETIME},
    envelope::Tenant,
    error::{Outage, Reason},
    http::{Call, Fault, Redirect, Refusal, refuse_head, session_cookie, visit_cookie},
    identifier::Identity,
    provider::Provider,
};

use relying_party::RelyingParty;
use visit::Visit;

type Name = Result<Path<String>, PathRejection>;

/// The endpoints of this function.
pub fn router() -> Router<App> {
    // Both store something.
    let only_get = async || refuse_head("GET");
    Router::new()
        .route("/oauth/{provider}/start", get(start).head(only_get).fallback(only_get))
        .route("/oauth/{provider}/callback", get(callback).head(only_get).fallback(only_get))
        .layer(Extension(Arc::<RelyingParty>::default()))
}

/// `GET /oauth/{provider}/start`: sends the browser to the provider.
async fn start(
    State(app): State<App>,
    Extension(party): Extension<Arc<RelyingParty>>,
    call: Call,
    name: Name,
) -> Response {
    let sent = async {
        let provider = find(&app, name).await?;
        // Never a token that the browser brings along: somebody may have planted it there. Counted
        // before the provider is asked anything, or strangers could have it asked without end.
        let token = app.directory.begin_visit(&provider.name, &call.client).await?;
        let site = party.find(&app, &provider).await?;
        let url = site.authorization_url(&Visit::of(&token));
        let cookie = visit_cookie(&app.config, Tenant::COOKIE, &token, VISIT_LIFETIME);
        Ok(Redirect::to(&url).with_cookie(cookie))
    };
    answer(&app, &call, sent.await)
}

/// `GET /oauth/{provider}/callback`: the browser comes back from the provider.
async fn callback(
    State(app): State<App>,
    Extension(party): Extension<Arc<RelyingParty>>,
    call: Call,
    name: Name,
) -> Response {
    let arrived = async {
        let provider = find(&app, name).await?;
        let token = call.bare_token(Tenant::COOKIE).ok_or(Reason::ArrivalInvalid)?;
        let visit = Visit::of(&token);
        let query = call.query();
        let state = query.text("state").map_err(|_| Reason::ArrivalInvalid)?;
        if !visit.is_state(state) {
            return Err(Reason::ArrivalInvalid.into());
        }
        // From here on this visit is over, whatever comes of it.
        app.directory.end_visit(&token, &provider.name).await?;
        // A provider that names itself is the one that the browser was sent to (RFC 9207).
        let from_another = query.has("iss") && query.text("iss") != Ok(provider.issuer.as_str());
        if query.has("error") || from_another {
            return Err(Reason::ArrivalInvalid.into());
        }
        let code = query.text("code").map_err(|_| Reason::ArrivalInvalid)?;
        let subject = party.redeem(&app, &provider, &visit, code).await?;
        let identity = Identity::new(&provider.issuer, &subject).ok_or(Reason::ArrivalInvalid)?;
        let arrival = app.directory.arrive(&identity, &provider.name, &call.client).await?;
        admit(&app, &arrival)
    };
    answer(&app, &call, arrived.await)
}

/// The provider that a path names.
async fn find(app: &App, name: Name) -> Result<Provider, Refusal> {
    let Path(name) = name.map_err(|_| Fault::NotFound)?;
    let providers = app.providers()?.get().await?;
    providers.find(&name).cloned().ok_or_else(|| Fault::NotFound.into())
}

fn admit(app: &App, arrival: &Arrival) -> Result<Redirect, Refusal> {
    let config = &app.config;
    let app_url = app_url(app)?;
    Ok(match arrival {
        Arrival::SignedIn(session) => {
            let cookie = session_cookie(config, Tenant::COOKIE, &session.token, session.expires_in);
            Redirect::to(app_url).with_cookie(cookie)
        }
        Arrival::Unbound { token, expires_in } => {
            let url = config.oauth.unbound_url.as_deref().unwrap_or(app_url);
            Redirect::to(url).with_cookie(visit_cookie(config, Tenant::COOKIE, token, *expires_in))
        }
    })
}

fn app_url(app: &App) -> Result<&str, Outage> {
    let config = &app.config;
    let url = config.oauth.app_url.as_deref().or(config.public_url.as_deref());
    url.ok_or_else(|| Outage::new("this function does not know where people come from"))
}

/// A page for people, the contract's envelope for everything else.
fn answer(app: &App, call: &Call, answered: Result<Redirect, Refusal>) -> Response {
    match answered {
        Ok(redirect) => redirect.into_response(),
        Err(refusal) if call.wants_page => match app_url(app) {
            Ok(url) => page::of(refusal, call.client.language, url).into_response(),
            Err(outage) => Refusal::from(outage).into_response(),
        },
        Err(refusal) => refusal.into_response(),
    }
}
