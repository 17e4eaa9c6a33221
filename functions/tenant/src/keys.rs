//! What others verify tokens with.

use axum::extract::State;
use serde_json::json;
use shared::{
    app::App,
    http::{Refusal, Reply},
};

/// `GET /.well-known/jwks.json`: the public keys ([RFC 7517]).
///
/// [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517#section-5
pub(crate) async fn jwks(State(app): State<App>) -> Result<Reply, Refusal> {
    Ok(Reply::new(app.signed_tokens()?.jwks().await?))
}

/// `GET /.well-known/openid-configuration`: where the keys are ([OpenID Connect Discovery 1.0]). Only
/// what verifying a token takes: Atrium is no OpenID provider.
///
/// [OpenID Connect Discovery 1.0]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
pub(crate) async fn configuration(State(app): State<App>) -> Result<Reply, Refusal> {
    let issuer = app.signed_tokens()?.issuer();
    let jwks_uri = format!("{issuer}/.well-known/jwks.json");
    Ok(Reply::new(json!({ "issuer": issuer, "jwks_uri": jwks_uri })))
}
