//! The endpoints: what each takes, and by what a request proves that it may.

use shared::credential::Kind;

/// An endpoint, and the stored event that succeeds there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The method and path of its route.
    pub(super) route: &'static str,
    pub(super) function: &'static str,
    /// The event's file in the function's folder in `events/`.
    pub(super) event: &'static str,
    pub(super) body: Body,
    pub(super) proof: Proof,
    pub(super) effect: Effect,
}

/// What it reads of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A JSON object.
    Json,
    /// A JSON object, if there is one: the same can be in the query.
    JsonOrQuery,
    /// Nothing, or the fields of its own page, which are a form.
    Form,
    /// Nothing.
    None,
}

/// By what a request proves that it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// By nothing: anyone may.
    None,
    Password,
    Credential(Kind),
    CredentialAndPassword(Kind),
    /// Whoever knows the credential may end it, in whatever state it and its account are.
    Ending(Kind),
    /// The token of a mailed link, for an address that has no account yet.
    Link,
    /// The code of an SMS, for a number that has no account yet.
    Code,
    /// A visit to a provider, by an identity that no account is bound to.
    Visit,
}

/// What it does besides answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Computes a hash, and changes something or hands something out.
    Hashes,
    /// Sends an SMS.
    Sends,
    /// Changes something.
    Changes,
    /// Changes something when a browser is led there from anywhere: a link in a mail, or the way to a
    /// provider and back.
    ChangesByLink,
    /// Nothing.
    Reads,
    /// Nothing, and it reads no table.
    Tells,
}

const fn row(
    route: &'static str,
    (function, event): (&'static str, &'static str),
    body: Body,
    proof: Proof,
    effect: Effect,
) -> Row {
    Row { route, function, event, body, proof, effect }
}

use Body::{Form, Json, JsonOrQuery};
use Effect::{Changes, ChangesByLink, Hashes, Reads, Sends, Tells};
use Kind::{ApiKey, ContactSession, CookieSession, TenantToken, UsersSession, WebSession};
use Proof::{Code, Credential, CredentialAndPassword, Ending, Link, Password, Visit};

/// Every endpoint of the template; those of `tenant` once for each of its two kinds of client.
#[rustfmt::skip]
pub(super) const ROWS: [Row; 37] = [
    row("POST /user/signin", ("api-key", "signin-ok"), Json, Password, Hashes),
    row("POST /user/signout", ("api-key", "signout-ok"), Json, Ending(ApiKey), Changes),
    row("POST /api/v1/user/register", ("cookie", "register-ok"), Json, Proof::None, Hashes),
    row("POST /api/v1/user/login", ("cookie", "login-ok"), Json, Password, Hashes),
    row("POST /api/v1/user/logout", ("cookie", "logout-ok"), Body::None, Credential(CookieSession), Changes),
    row("POST /users/sign_in", ("users", "sign-in-ok"), Json, Password, Hashes),
    row("DELETE /users/sign_out", ("users", "sign-out-ok"), Body::None, Credential(UsersSession), Changes),
    row("POST /users", ("users", "create-ok"), Json, Proof::None, Hashes),
    row("PATCH /users", ("users", "update-ok"), Json, Credential(UsersSession), Changes),
    row("PATCH /users/password", ("users", "change-password-ok"), Json, CredentialAndPassword(UsersSession), Hashes),
    row("DELETE /users", ("users", "delete-ok"), Json, Password, Hashes),
    row("GET /users/{id}", ("users", "show-ok"), Body::None, Proof::None, Reads),
    row("POST /email/users", ("email", "register-ok"), Json, Proof::None, Hashes),
    row("GET /email/users/active/{email}/{token}", ("email", "open-ok"), Body::None, Link, ChangesByLink),
    row("POST /email/users/active/{email}/{token}", ("email", "confirm-ok"), Form, Link, Hashes),
    row("GET /email/users/cancel/{email}/{token}", ("email", "ask-to-cancel-ok"), Body::None, Link, Reads),
    row("POST /email/users/cancel/{email}/{token}", ("email", "cancel-ok"), Form, Link, Changes),
    row("GET /email/token", ("email", "sign-in-ok"), Body::None, Password, Hashes),
    row("POST /email/token", ("email", "sign-in-by-post-ok"), Json, Password, Hashes),
    row("DELETE /email/token", ("email", "sign-out-ok"), JsonOrQuery, Ending(ContactSession), Changes),
    row("GET /phone/users/code", ("phone", "send-code-ok"), Body::None, Proof::None, Sends),
    row("POST /phone/users", ("phone", "register-ok"), Json, Code, Hashes),
    row("GET /phone/token", ("phone", "sign-in-ok"), Body::None, Password, Hashes),
    row("POST /phone/token", ("phone", "sign-in-by-post-ok"), Json, Password, Hashes),
    row("DELETE /phone/token", ("phone", "sign-out-ok"), JsonOrQuery, Ending(ContactSession), Changes),
    row("POST /api/user/signin", ("tenant", "signin-ok"), Json, Password, Hashes),
    row("POST /api/user/signin", ("tenant", "signin-client-app-ok"), Json, Password, Hashes),
    row("POST /api/user/signup", ("tenant", "signup-ok"), Json, Proof::None, Hashes),
    row("POST /api/user/signup", ("tenant", "signup-client-app-ok"), Json, Proof::None, Hashes),
    row("PUT /api/user/update_password", ("tenant", "change-password-ok"), Json, CredentialAndPassword(WebSession), Hashes),
    row("PUT /api/user/update_password", ("tenant", "change-password-ok"), Json, CredentialAndPassword(TenantToken), Hashes),
    row("POST /api/user/signout", ("tenant", "signout-ok"), Body::None, Credential(WebSession), Changes),
    row("POST /api/user/signout", ("tenant", "signout-ok"), Body::None, Credential(TenantToken), Changes),
    row("GET /.well-known/jwks.json", ("tenant", "keys-ok"), Body::None, Proof::None, Tells),
    row("GET /.well-known/openid-configuration", ("tenant", "issuer-ok"), Body::None, Proof::None, Tells),
    row("GET /oauth/{provider}/start", ("oauth", "start-ok"), Body::None, Proof::None, ChangesByLink),
    row("GET /oauth/{provider}/callback", ("oauth", "callback-another-state"), Body::None, Visit, ChangesByLink),
];
