//! Where each contract's credential is presented.

use http::HeaderMap;
use shared::{
    app::App,
    credential::{Kind, Token},
    directory::Presented,
    envelope::{Contact, Cookie, Tenant, Users},
    error::Outage,
    http::{Cookies, bearer},
};

use crate::event::{API_KEY, Event};

/// The cookies, by the names that the contracts give them, in the order in which they count.
const COOKIES: [(&str, Kind); 4] = [
    (Tenant::COOKIE, Kind::WebSession),
    (Contact::COOKIE, Kind::ContactSession),
    (Cookie::COOKIE, Kind::CookieSession),
    (Users::COOKIE, Kind::UsersSession),
];

/// How many different credentials a request may come with. A browser that keeps some of each cookie
/// for a path or a domain of its own has fewer; who sends more is trying them.
const MAX_PRESENTED: usize = 16;

/// The name of the contract whose slot a credential is for.
pub(crate) const fn contract(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "api_key",
        Kind::TenantToken | Kind::WebSession => "tenant",
        Kind::ContactSession => "contact",
        Kind::CookieSession => "cookie",
        Kind::UsersSession => "users",
    }
}

/// What a request presents, in the order in which it counts: what a program sends on purpose comes
/// before the cookies, which a browser sends by itself. `None` if it is more than anyone comes by.
///
/// # Errors
///
/// [`Outage`] when there is a signed token and the keys cannot be known.
pub(crate) async fn presented(app: &App, event: &Event) -> Result<Option<Vec<Presented>>, Outage> {
    let cookies = Cookies::of(&event.headers);
    let headers = event.headers.get_all(API_KEY).iter().count()
        + event.headers.get_all(http::header::AUTHORIZATION).iter().count();
    let in_cookies = COOKIES.iter().map(|(name, _)| cookies.values(name).len());
    if headers + in_cookies.sum::<usize>() > MAX_PRESENTED {
        return Ok(None);
    }
    let mut presented = Vec::new();
    presented.extend(api_key(&event.headers).map(|token| Presented::Plain(Kind::ApiKey, token)));
    if let Some(token) = bearer(&event.headers) {
        let claims = app.signed_tokens()?.verify_for_any_tenant(token).await?;
        presented.extend(claims.map(Presented::Signed));
    }
    for (name, kind) in COOKIES {
        let token = cookies.value(name).and_then(Token::parse);
        presented.extend(token.map(|token| Presented::Plain(kind, token)));
    }
    Ok(Some(presented))
}

/// The key in its header. `None` unless it comes once: of two, nothing tells which one counts. The
/// gateway joins two headers by a comma, which no key has.
fn api_key(headers: &HeaderMap) -> Option<Token> {
    let mut values = headers.get_all(API_KEY).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    Token::parse(value.trim())
}
