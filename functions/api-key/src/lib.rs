//! The contract `api_key`: sign in for a key, sign the key out.
//!
//! | endpoint | handler |
//! | --- | --- |
//! | `POST /user/signin` | [`sign_in`] |
//! | `POST /user/signout` | [`sign_out`] |

use axum::{Router, extract::State, routing::post};
use serde_json::json;
use shared::{
    app::App,
    credential::{Kind, Token},
    directory::{Disclosure, NewCredential, SignIn},
    http::{Call, Fields, Refusal, Reply},
    identifier::{Email, Identifier},
    password::GivenPassword,
};

/// The endpoints of this function.
pub fn router() -> Router<App> {
    Router::new().route("/user/signin", post(sign_in)).route("/user/signout", post(sign_out))
}

/// `POST /user/signin`: hands out a key of its own to each sign-in.
async fn sign_in(State(app): State<App>, call: Call, body: Fields) -> Result<Reply, Refusal> {
    let (email, password) = (body.trimmed("email")?, body.text("password")?);
    let Some(email) = Email::parse(email) else {
        return Err(app.directory.unknown_account().into());
    };
    let signed_in = app
        .directory
        .sign_in(SignIn {
            identifier: &Identifier::from(email),
            password: &GivenPassword::new(password),
            credential: NewCredential::of(Kind::ApiKey),
            disclosure: Disclosure::Hidden,
            client: &call.client,
        })
        .await?;
    Ok(Reply::new(json!({
        "api_key": signed_in.token.expose(),
        "user_id": signed_in.account.id,
    })))
}

/// `POST /user/signout`: a key that is unknown, or dead already, is as signed out as any.
async fn sign_out(State(app): State<App>, body: Fields) -> Result<Reply, Refusal> {
    let token = Token::parse(body.trimmed("api_key")?);
    app.directory.end_credential(Kind::ApiKey, token.as_ref()).await?;
    Ok(Reply::new(json!({})))
}
