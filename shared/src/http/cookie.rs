//! Session cookies.

use http::HeaderValue;

use crate::{
    clock::Seconds,
    config::{Config, SameSite, Stage},
    credential::{BareToken, Token},
};

/// A `Set-Cookie` that hands out a session ([RFC 6265, section 4.1]).
///
/// [RFC 6265, section 4.1]: https://www.rfc-editor.org/rfc/rfc6265#section-4.1
#[must_use]
pub fn session_cookie(
    config: &Config,
    name: &str,
    token: &Token,
    max_age: Seconds,
) -> Option<HeaderValue> {
    set_cookie(config, name, token.expose(), max_age, config.credentials.same_site)
}

/// A `Set-Cookie` that marks a browser on its way to an identity provider and back.
///
/// It is never `Strict`: the browser comes back from another site, and would leave it behind.
#[must_use]
pub fn visit_cookie(
    config: &Config,
    name: &str,
    token: &BareToken,
    max_age: Seconds,
) -> Option<HeaderValue> {
    let same_site = match config.credentials.same_site {
        SameSite::Lax | SameSite::Strict => SameSite::Lax,
        SameSite::None => SameSite::None,
    };
    set_cookie(config, name, token.expose(), max_age, same_site)
}

/// A `Set-Cookie` that takes a session back.
#[must_use]
pub fn clear_cookie(config: &Config, name: &str) -> Option<HeaderValue> {
    set_cookie(config, name, "", 0, config.credentials.same_site)
}

/// Names are ours and values hexadecimal, so nothing needs escaping.
fn set_cookie(
    config: &Config,
    name: &str,
    value: &str,
    max_age: Seconds,
    same_site: SameSite,
) -> Option<HeaderValue> {
    let same_site = match same_site {
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
        SameSite::None => "None",
    };
    // Browsers drop a Secure cookie that comes over plain HTTP.
    let secure = match config.stage {
        Stage::Local => "",
        Stage::Dev | Stage::Staging | Stage::Prod => "; Secure",
    };
    let cookie = format!(
        "{name}={value}; Max-Age={max_age}; Path=/; HttpOnly; SameSite={same_site}{secure}"
    );
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}
