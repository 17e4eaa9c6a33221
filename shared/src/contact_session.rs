//! The sessions of the contract `contact`: what its functions `email` and `phone` have in common.

use axum::{
    extract::State,
    routing::{MethodRouter, get},
};

use crate::{
    app::App,
    config::{Config, Replies},
    credential::Kind,
    directory::{Disclosure, NewCredential, SignIn},
    envelope::Contact,
    error::Reason,
    http::{
        Call, Fields, OptionalFields, Refusal, Reply, clear_cookie, refuse_head, session_cookie,
    },
    identifier::{Email, Identifier, Phone},
    password::GivenPassword,
};

const SESSION: Kind = Kind::ContactSession;

/// By what an account is signed in to.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// Its email address, as the parameter `email`.
    Email,
    /// Its phone number, as the parameter `phone`.
    Phone,
}

impl By {
    const fn parameter(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    fn parse(self, text: &str, config: &Config) -> Option<Identifier> {
        match self {
            Self::Email => Email::parse(text).map(Identifier::Email),
            Self::Phone => Phone::parse(text, config.default_phone_region).map(Identifier::Phone),
        }
    }
}

/// `GET …/token`, its twin `POST …/token`, and `DELETE …/token`.
pub fn routes(by: By) -> MethodRouter<App> {
    let refuse = async || refuse_head("GET,POST,DELETE");
    get(move |State(app): State<App>, call: Call| async move {
        let query = call.query();
        let identifier = query.unspaced(by.parameter());
        sign_in(&app, &call, by, identifier, query.text("password")).await
    })
    .head(refuse)
    .fallback(refuse)
    .post(move |State(app): State<App>, call: Call, body: Fields| async move {
        let identifier = body.trimmed(by.parameter()).map(Some);
        sign_in(&app, &call, by, identifier, body.text("password")).await
    })
    .delete(move |State(app): State<App>, call: Call, body: OptionalFields| async move {
        sign_out(&app, &call, by, body.0).await
    })
}

/// Hands out a session. The identifier is a fault when it is missing, and `None` when it is there
/// in a form that none can have.
async fn sign_in(
    app: &App,
    call: &Call,
    by: By,
    identifier: Result<Option<&str>, Reason>,
    password: Result<&str, Reason>,
) -> Result<Reply, Refusal> {
    let (identifier, password) = (identifier?, password?);
    let Some(identifier) = identifier.and_then(|text| by.parse(text, &app.config)) else {
        return Err(app.directory.unknown_account().into());
    };
    let signed_in = app
        .directory
        .sign_in(SignIn {
            identifier: &identifier,
            password: &GivenPassword::new(password),
            credential: NewCredential {
                replaces: &call.session_tokens(Contact::COOKIE)?,
                ..NewCredential::of(SESSION)
            },
            disclosure: Disclosure::Shown,
            client: &call.client,
        })
        .await?;
    let max_age = signed_in.expires_in;
    let cookie = session_cookie(&app.config, Contact::COOKIE, &signed_in.token, max_age);
    Ok(Contact::success().with_cookie(cookie))
}

/// Ends the session of the cookie, if it belongs to the identifier.
async fn sign_out(app: &App, call: &Call, by: By, body: Fields) -> Result<Reply, Refusal> {
    let (name, query) = (by.parameter(), call.query());
    let in_query = query.has(name);
    let fields = query.joined(body);
    let text = if in_query { fields.unspaced(name)? } else { Some(fields.trimmed(name)?) };
    let Some(identifier) = text.and_then(|text| by.parse(text, &app.config)) else {
        return match app.config.replies {
            Replies::Documented => Err(Reason::AccountUnknown.into()),
            Replies::Uniform => Ok(Contact::success()),
        };
    };
    let (token, client) = (call.session_token(Contact::COOKIE), &call.client);
    let ended = app.directory.end_session_of(&identifier, SESSION, token.as_ref(), client).await?;
    let cookie = if ended { clear_cookie(&app.config, Contact::COOKIE) } else { None };
    Ok(Contact::success().with_cookie(cookie))
}
