//! The contract `tenant`.

mod arrival;
mod binding;
mod budgets;
mod client_app;
mod cookie;
mod failed_binding;
mod identities;
mod keys;
mod limits;
mod notices;
mod parameters;
mod password;
mod races;
mod sign_out;
mod tenants;
mod tokens;
mod web;

use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};
use shared::{
    credential::{BareToken, TenantCredentials},
    directory::{Arrival, SignedIn},
    error::Error,
    identifier::Identity,
};

use crate::support::{Browser, Reply, TestApp, client, tenant_error};

const SIGN_IN: &str = "/api/user/signin";
const SIGN_UP: &str = "/api/user/signup";
const SIGN_OUT: &str = "/api/user/signout";
const CHANGE_PASSWORD: &str = "/api/user/update_password";

const COOKIE: &str = "connect.sid";
pub(crate) const HEADER: &str = "starcedu-tenant-authorization";

/// The account of the document's examples, which has another password than others.
const EMAIL: &str = "user@test.com";
const PASSWORD: &str = "testpass";
const NEW: &str = "newpassword";
const WRONG: &str = "not the password";

/// Where an identity comes from.
const PROVIDER: &str = "example";
const ISSUER: &str = "https://id.example";

fn credentials(username: &str, password: &str) -> Value {
    json!({ "username": username, "password": password })
}

fn change(old: &str, new: &str) -> Value {
    json!({ "old_password": old, "new_password": new })
}

/// The product, with as many guesses as a test needs.
async fn start() -> TestApp {
    start_with(&[]).await
}

async fn start_with(settings: &[(&str, &str)]) -> TestApp {
    let guesses = [("LIMIT_GUESSES_PER_ACCOUNT", "1000")];
    TestApp::with(&[guesses.as_slice(), settings].concat()).await
}

/// [`start`] with the account of the document's examples, and its id.
async fn start_with_account() -> (TestApp, u64) {
    start_with_account_and(&[]).await
}

async fn start_with_account_and(settings: &[(&str, &str)]) -> (TestApp, u64) {
    let app = start_with(settings).await;
    let id = join(&app, EMAIL).await;
    (app, id)
}

/// Makes an account by the web app, from an address of its own.
async fn join(app: &TestApp, email: &str) -> u64 {
    let reply = app.post(SIGN_UP, credentials(email, PASSWORD)).await;
    let id = reply.json()["data"]["id"].as_str().unwrap().parse().unwrap();
    reply.is(200, success(id, email, "register successfully"));
    id
}

/// A browser that is signed in to an account as the web app.
async fn signed_in(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let reply = browser.post(SIGN_IN, credentials(email, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
    browser
}

async fn change_password(browser: &mut Browser, body: Value) -> Reply {
    browser.send_json(Method::PUT, CHANGE_PASSWORD, body).await
}

/// Whether the browser's session is live. Parameters that are missing are told to one that is.
async fn is_signed_in(browser: &Browser) -> bool {
    let reply = change_password(&mut browser.clone(), json!({})).await;
    if reply.status == 401 {
        reply.is(401, user_unauthenticated());
        return false;
    }
    reply.is(400, json!({ "message": "old_password empty" }));
    true
}

/// The body of a success that hands out a session.
fn success(id: u64, email: &str, message: &str) -> Value {
    json!({ "data": { "id": id.to_string(), "username": email }, "message": message })
}

/// Asserts a refusal that the document has, without a cookie.
#[track_caller]
fn is_refused(reply: &Reply, message: &str, case: &str) {
    let found = (reply.status.as_u16(), reply.json(), reply.cookies());
    assert_eq!(found, (400, json!({ "message": message }), Vec::new()), "{case}");
}

fn user_unauthenticated() -> Value {
    tenant_error(401, "user unauthenticated")
}

fn tenant_unauthenticated() -> Value {
    tenant_error(401, "tenant unauthenticated")
}

/// A tenant, as its client apps know it.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    secret: String,
}

impl Tenant {
    pub(crate) async fn create(app: &TestApp) -> Self {
        let (tenant, secret) = app.directory.create_tenant("Star Education").await.unwrap();
        Self { id: tenant.id.to_string(), secret: secret.expose().to_owned() }
    }

    fn id(&self) -> shared::identifier::TenantId {
        let credentials = TenantCredentials::new(&self.id, &self.secret).unwrap();
        credentials.id().clone()
    }

    /// The value of the header.
    fn header(&self) -> String {
        basic(&format!("{}:{}", self.id, self.secret))
    }

    /// Its client app, which keeps no cookies and asks from an address of its own.
    fn client_app(&self, app: &TestApp) -> Browser {
        self.show(app.browser())
    }

    /// A browser with its header.
    pub(crate) fn show(&self, browser: Browser) -> Browser {
        browser.header(HEADER, &self.header())
    }

    /// The token that its client app gets for a password.
    async fn token(&self, app: &TestApp, email: &str, password: &str) -> String {
        let reply = self.client_app(app).post(SIGN_IN, credentials(email, password)).await;
        assert_eq!(reply.status, 200, "{reply}");
        reply.json()["data"]["token"].as_str().unwrap().to_owned()
    }

    /// Its client app, which shows a token.
    fn bearer(&self, app: &TestApp, token: &str) -> Browser {
        self.client_app(app).header("authorization", &format!("bearer {token}"))
    }

    /// Whether its client apps may ask: a body that is none is told to one that may.
    async fn is_authenticated(&self, app: &TestApp) -> bool {
        is_authenticated(&mut self.client_app(app)).await
    }
}

/// The client app of a new tenant.
async fn client_app(app: &TestApp) -> Browser {
    Tenant::create(app).await.client_app(app)
}

/// Whether a client app shows its tenant's credentials, which every endpoint has to see alike.
async fn is_authenticated(browser: &mut Browser) -> bool {
    let sign_in = browser.post(SIGN_IN, json!({})).await;
    let sign_up = browser.post(SIGN_UP, json!({})).await;
    let change = change_password(browser, json!({})).await;
    let sign_out = browser.post(SIGN_OUT, json!({})).await;
    assert!([&sign_in, &sign_up, &change, &sign_out].iter().all(|it| it.cookies().is_empty()));
    if sign_in.status == 400 {
        for reply in [sign_in, sign_up] {
            reply.is(400, json!({ "message": "username empty" }));
        }
        for reply in [change, sign_out] {
            reply.is(401, user_unauthenticated());
        }
        return true;
    }
    for reply in [sign_in, sign_up, change, sign_out] {
        reply.is(401, tenant_unauthenticated());
    }
    false
}

fn basic(credentials: &str) -> String {
    format!("basic {}", BASE64.encode(credentials.as_bytes()))
}

/// Who someone is at the provider.
pub(crate) fn identity(subject: &str) -> Identity {
    Identity::new(ISSUER, subject).unwrap()
}

/// What becomes of someone who comes back from the provider.
async fn arrival(app: &TestApp, identity: &Identity) -> Result<Arrival, Error> {
    app.directory.arrive(identity, PROVIDER, &client()).await
}

/// What a browser has in its cookie in which an identity waits to be bound.
pub(crate) async fn waiting(app: &TestApp, identity: &Identity) -> BareToken {
    match arrival(app, identity).await.unwrap() {
        Arrival::Unbound { token, expires_in } => {
            assert_eq!(expires_in, 600);
            token
        }
        Arrival::SignedIn(signed_in) => panic!("bound to {}", signed_in.account.id),
    }
}

/// A browser in which an identity waits to be bound.
pub(crate) async fn arrived(app: &TestApp, identity: &Identity) -> Browser {
    let token = waiting(app, identity).await;
    app.browser().cookie(COOKIE, token.expose())
}

/// The sign-in by an identity, which has to be bound.
pub(crate) async fn signed_in_by(app: &TestApp, identity: &Identity) -> SignedIn {
    match arrival(app, identity).await.unwrap() {
        Arrival::SignedIn(signed_in) => *signed_in,
        Arrival::Unbound { .. } => panic!("not bound"),
    }
}

/// Whether an identity is bound to an account, and to which.
pub(crate) async fn bound_to(app: &TestApp, identity: &Identity) -> Option<u64> {
    match arrival(app, identity).await.unwrap() {
        Arrival::SignedIn(signed_in) => Some(signed_in.account.id.number()),
        Arrival::Unbound { .. } => None,
    }
}

/// Binds an identity to an account, by a sign-in.
async fn bind(app: &TestApp, identity: &Identity, email: &str) {
    let reply = arrived(app, identity).await.post(SIGN_IN, credentials(email, PASSWORD)).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully", "{reply}");
}
