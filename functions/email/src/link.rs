//! What mailed links lead to.
//!
//! Mail scanners open links before people do. So a GET that asks for a page changes nothing, and a
//! person's button sends a POST. Any other GET activates, which is what the document's clients do;
//! it never changes an account that somebody made otherwise.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse as _, Response},
};
use http::Method;
use shared::{
    app::App,
    credential::BareToken,
    directory::Link,
    envelope::Contact,
    error::{Error, Reason},
    http::{Call, OptionalFields, Refusal},
    identifier::Email,
};

use crate::{new_password, page::View};

type Tail = Result<Path<String>, PathRejection>;

/// The address and the token in a link.
struct Mailed {
    email: Email,
    token: BareToken,
}

impl Mailed {
    fn parse(tail: Tail) -> Result<Self, Reason> {
        let Path(tail) = tail.map_err(|_| Reason::Malformed)?;
        let (email, token) = tail.rsplit_once('/').ok_or(Reason::Malformed)?;
        let email = Email::parse(email).ok_or(Reason::LinkInvalid)?;
        Ok(Self { email, token: BareToken::parse(token).ok_or(Reason::LinkInvalid)? })
    }
}

/// `GET /email/users/active/{email}/{token}`: a page with a button; for who asks for no page,
/// activates at once.
pub(crate) async fn open(State(app): State<App>, call: Call, tail: Tail) -> Response {
    let shown = async {
        let Mailed { email, token } = Mailed::parse(tail)?;
        if call.wants_page || call.method == Method::HEAD {
            return Ok(page_of(app.directory.inspect_link(&email, &token).await?));
        }
        app.directory.activate(&email, &token, None).await?;
        Ok(View::Activated)
    };
    answer(&call, shown.await)
}

const fn page_of(link: Link) -> View {
    match link {
        Link::Ready => View::Activate,
        Link::Opened => View::Activated,
        Link::Unproven => View::ChoosePassword { refused: None },
    }
}

/// `POST /email/users/active/{email}/{token}`: activates, or takes an account over with the
/// password that was chosen on the page.
pub(crate) async fn confirm(
    State(app): State<App>,
    call: Call,
    tail: Tail,
    body: OptionalFields,
) -> Response {
    let shown = async {
        let Mailed { email, token } = Mailed::parse(tail)?;
        if !body.0.has("password") {
            return match app.directory.activate(&email, &token, None).await {
                Err(Error::Denied(Reason::EmailTaken)) if call.wants_page => {
                    // It may be one that can be taken over.
                    Ok(page_of(app.directory.inspect_link(&email, &token).await?))
                }
                activated => activated.map(|()| View::Activated),
            };
        }
        match body.0.text("password").and_then(|text| new_password(&app, text)) {
            Ok(chosen) => {
                app.directory.activate(&email, &token, Some(&chosen)).await?;
                Ok(View::PasswordSet)
            }
            Err(reason) if call.wants_page => {
                app.directory.inspect_link(&email, &token).await?;
                Ok(View::ChoosePassword { refused: Some(reason) })
            }
            Err(reason) => Err(reason.into()),
        }
    };
    answer(&call, shown.await)
}

/// `GET /email/users/cancel/{email}/{token}`: a page with a button. Changes nothing, whatever the
/// client asks for.
pub(crate) async fn ask_to_cancel(State(app): State<App>, call: Call, tail: Tail) -> Response {
    let shown = async {
        let Mailed { email, token } = Mailed::parse(tail)?;
        match app.directory.inspect_link(&email, &token).await {
            Ok(_) | Err(Error::Denied(Reason::EmailTaken)) => Ok(View::Cancel),
            Err(error) => Err(error),
        }
    };
    page(&call, shown.await)
}

/// `POST /email/users/cancel/{email}/{token}`: takes the registration back, and the account that it
/// made.
pub(crate) async fn cancel(State(app): State<App>, call: Call, tail: Tail) -> Response {
    let shown = async {
        let Mailed { email, token } = Mailed::parse(tail)?;
        app.directory.cancel_registration(&email, &token).await?;
        Ok(View::Cancelled)
    };
    answer(&call, shown.await)
}

/// A page for people, the contract's envelope for everything else.
fn answer(call: &Call, shown: Result<View, Error>) -> Response {
    match shown {
        shown if call.wants_page => page(call, shown),
        Ok(_) => Contact::success().into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn page(call: &Call, shown: Result<View, Error>) -> Response {
    let language = call.client.language;
    match shown {
        Ok(view) => view.page(language).into_response(),
        Err(error) => {
            let view = match &error {
                Error::Denied(Reason::EmailTaken) => View::Taken,
                Error::Denied(_) => View::Invalid,
                Error::Throttled { .. } | Error::Unavailable(_) => View::TryLater,
            };
            view.page(language).refusing(error.into()).into_response()
        }
    }
}
