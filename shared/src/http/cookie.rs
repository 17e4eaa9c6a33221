//! Cookies: those that a request comes with, and those of sessions that a reply sets.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, header};

use crate::{
    clock::Seconds,
    config::{Config, SameSite, Stage},
    credential::{BareToken, Token},
};

/// The cookies that a request comes with.
#[derive(Clone)]
pub struct Cookies(Vec<String>);

impl Cookies {
    /// The cookies in these headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::COOKIE).iter();
        let cookies = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .map(|cookie| cookie.trim().to_owned());
        Self(cookies.collect())
    }

    /// The value of the cookie `name`, if there is but one.
    ///
    /// Two cookies of one name with different values are none: one of them may have been planted
    /// from a neighbouring host, and nothing tells which.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        if values.len() == 1 { values.first().copied() } else { None }
    }

    /// Every value of a cookie `name`, once.
    #[must_use]
    pub fn values(&self, name: &str) -> BTreeSet<&str> {
        let pairs = self.0.iter().filter_map(|cookie| cookie.split_once('='));
        pairs.filter(|(candidate, _)| *candidate == name).map(|(_, value)| value).collect()
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookies(..)")
    }
}

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
