//! What must hold of everything that strangers can send, for inputs that nobody thought of.
//!
//! A [`Target`] takes any bytes, has the product read them, and panics if what comes of it breaks a
//! promise. The promises are about more than panics: an address that is accepted is canonical, a path
//! never leads to another route, a reply is one of its contract, and nothing is handed out.
//!
//! `cargo test` replays `corpus/`, which has an input for whatever was found or thought of.
//! `.ci/fuzz` has libFuzzer look for new ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a promise that is broken has to stop the engine, wherever it is broken"
)]

mod bodies;
mod credentials;
mod events;
mod forge;
mod id_tokens;
mod identifiers;
mod passwords;
mod paths;
mod queries;
mod requests;
mod signed_tokens;
mod world;

/// Something that reads what strangers send, and what must come of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called, also in `corpus/`.
    pub name: &'static str,
    check: fn(&[u8]),
}

impl Target {
    const fn new(name: &'static str, check: fn(&[u8])) -> Self {
        Self { name, check }
    }

    /// Has the product read this.
    ///
    /// # Panics
    ///
    /// When a promise is broken.
    pub fn check(&self, data: &[u8]) {
        (self.check)(data);
    }
}

/// Every target: first those of a single type, then those of whole requests and events.
pub const TARGETS: [Target; 28] = [
    Target::new("email", identifiers::email),
    Target::new("phone", identifiers::phone),
    Target::new("username", identifiers::username),
    Target::new("id", identifiers::id),
    Target::new("client", identifiers::client),
    Target::new("password", passwords::password),
    Target::new("phc", passwords::phc),
    Target::new("parameters", queries::parameters),
    Target::new("token", credentials::token),
    Target::new("cookie_header", credentials::cookie_header),
    Target::new("credentials_header", credentials::credentials_header),
    Target::new("secret", credentials::secret),
    Target::new("signed_token", signed_tokens::signed_token),
    Target::new("id_token", id_tokens::id_token),
    Target::new("path", paths::path),
    Target::new("link", paths::link),
    Target::new("query", requests::query),
    Target::new("cookies", requests::cookies),
    Target::new("headers", requests::headers),
    Target::new("tenant_header", requests::tenant_header),
    Target::new("body_api_key", bodies::api_key),
    Target::new("body_contact", bodies::contact),
    Target::new("body_cookie", bodies::cookie),
    Target::new("body_tenant", bodies::tenant),
    Target::new("body_users", bodies::users),
    Target::new("event", events::gateway),
    Target::new("authorizer_event", events::authorizer),
    Target::new("bounces_event", events::bounces),
];

/// The target of this name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// What the targets are called.
#[must_use]
pub fn names() -> Vec<&'static str> {
    TARGETS.map(|target| target.name).to_vec()
}

/// The input as a text, for targets that read texts.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}
