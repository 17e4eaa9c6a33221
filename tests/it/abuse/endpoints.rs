//! Every endpoint that changes something or hands something out, with a request that would do it.

use http::Method;
use serde_json::{Value, json};

use super::holder::{Holder, Way, encoded};
use crate::support::{Browser, Reply, TestApp, cookie_error, tenant_error, users_error};

/// Whose words a refusal is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contract {
    ApiKey,
    Cookie,
    Users,
    Tenant,
    Contact,
}

impl Contract {
    /// What this contract says to what no document speaks of. The URL is without its query.
    pub(super) fn fault(self, status: u16, method: &Method, url: &str) -> Value {
        let text = match status {
            403 => "forbidden",
            404 => "not found",
            405 => "method not allowed",
            413 => "body too large",
            415 => "unsupported media type",
            429 => "too many requests",
            503 => "service unavailable",
            _ => panic!("{status}"),
        };
        match self {
            Self::ApiKey => json!({ "error_name": text }),
            Self::Tenant => tenant_error(status, text),
            Self::Contact => json!({ "state": status, "msg": text }),
            Self::Cookie => match status {
                403 => cookie_error(112, text),
                404 | 405 => cookie_error(111, "not found"),
                413 | 415 => cookie_error(103, "invalid parameters"),
                429 => cookie_error(108, text),
                _ => cookie_error(110, text),
            },
            Self::Users => {
                let reason = http::StatusCode::from_u16(status).unwrap();
                let reason = reason.canonical_reason().unwrap();
                users_error(method.as_str(), url, status, reason)
            }
        }
    }

    /// Asserts that the reply is that, and sets no cookie.
    #[track_caller]
    pub(super) fn faults(self, reply: &Reply, status: u16, method: &Method, path: &str) {
        let url = path.split('?').next().unwrap();
        let found = (reply.status.as_u16(), reply.json(), reply.cookies());
        let expected = (status, self.fault(status, method, url), Vec::new());
        assert_eq!(found, expected, "{method} {path}");
    }
}

/// A request that does what its endpoint is for, if nothing is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) contract: Contract,
    pub(super) method: Method,
    pub(super) path: String,
    /// Its parameters, where they are in the body.
    pub(super) body: Option<Value>,
    /// By which way the credential was handed out that it needs.
    pub(super) needs: Option<Way>,
}

impl Endpoint {
    /// Who can ask for it: somebody with the credential that it needs.
    pub(super) fn browser(&self, app: &TestApp, holder: &Holder) -> Browser {
        self.needs.map_or_else(|| app.browser(), |way| holder.browser(app, way))
    }

    pub(super) async fn send(&self, browser: &mut Browser) -> Reply {
        let body = self.body.clone().unwrap_or_else(|| json!({}));
        browser.send_json(self.method.clone(), &self.path, body).await
    }
}

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

/// All of them, for this holder. Sign-ups are for identifiers that nobody has.
pub(super) fn endpoints(holder: &Holder) -> Vec<Endpoint> {
    let mut all = with_a_body(holder);
    let token = "0".repeat(64);
    let password = encoded(&holder.password);
    let by_query = |way: Way| format!("{}?{}", way.path(), holder.named(way));
    for (contract, method, path, needs) in [
        (Contract::Cookie, Method::POST, "/api/v1/user/logout/".to_owned(), Some(Way::Cookie)),
        (Contract::Users, Method::DELETE, "/users/sign_out".to_owned(), Some(Way::Users)),
        (Contract::Tenant, Method::POST, "/api/user/signout".to_owned(), Some(Way::WebApp)),
        (Contract::Tenant, Method::POST, "/api/user/signout".to_owned(), Some(Way::ClientApp)),
        (Contract::Contact, Method::DELETE, by_query(Way::Email), Some(Way::Email)),
        (Contract::Contact, Method::DELETE, by_query(Way::Phone), Some(Way::Phone)),
        (
            Contract::Contact,
            Method::GET,
            format!("{}&password={password}", by_query(Way::Email)),
            None,
        ),
        (
            Contract::Contact,
            Method::GET,
            format!("{}&password={password}", by_query(Way::Phone)),
            None,
        ),
        (
            Contract::Contact,
            Method::POST,
            format!("/email/users/active/new@example.com/{token}"),
            None,
        ),
        (
            Contract::Contact,
            Method::POST,
            format!("/email/users/cancel/new@example.com/{token}"),
            None,
        ),
    ] {
        all.push(Endpoint { contract, method, path, body: None, needs });
    }
    all
}

/// Those that have to have a body.
pub(super) fn with_a_body(holder: &Holder) -> Vec<Endpoint> {
    let Holder { email, password, .. } = holder;
    let mut all = Vec::new();
    let mut add = |contract, method, path: &str, needs, body| {
        all.push(Endpoint { contract, method, path: path.to_owned(), body: Some(body), needs });
    };
    for way in Way::ALL {
        let body = way.credentials(holder.identifier(way), password.as_str());
        // A client app needs its tenant's header, which comes with its token.
        let needs = (way == Way::ClientApp).then_some(way);
        add(way.contract(), Method::POST, way.path(), needs, body);
    }
    let key = json!({ "api_key": holder.credential(Way::ApiKey) });
    add(Contract::ApiKey, Method::POST, "/user/signout", None, key);
    let new =
        json!({ "username": "new.the.1st", "password": NEW_PASSWORD, "email": "new@example.com" });
    add(Contract::Cookie, Method::POST, "/api/v1/user/register/", None, new);
    let new = json!({ "name": "New", "email": "new@example.com", "password": NEW_PASSWORD,
        "password_confirm": NEW_PASSWORD });
    add(Contract::Users, Method::POST, "/users", None, json!({ "user": new }));
    let change = json!({ "user": { "name": "Mallory", "email": "mallory@example.com" } });
    add(Contract::Users, Method::PATCH, "/users", Some(Way::Users), change);
    let change = json!({ "old_password": password, "new_password": NEW_PASSWORD,
        "new_password_confirm": NEW_PASSWORD });
    let path = "/users/password";
    add(Contract::Users, Method::PATCH, path, Some(Way::Users), json!({ "user": change }));
    let delete = json!({ "user": { "email": email, "password": password } });
    add(Contract::Users, Method::DELETE, "/users", None, delete);
    let new = json!({ "username": "new@example.com", "password": NEW_PASSWORD });
    for needs in [None, Some(Way::ClientApp)] {
        add(Contract::Tenant, Method::POST, "/api/user/signup", needs, new.clone());
    }
    let change = json!({ "old_password": password, "new_password": NEW_PASSWORD });
    for way in [Way::WebApp, Way::ClientApp] {
        let path = "/api/user/update_password";
        add(Contract::Tenant, Method::PUT, path, Some(way), change.clone());
    }
    let new = json!({ "email": "new@example.com", "password": NEW_PASSWORD });
    add(Contract::Contact, Method::POST, "/email/users", None, new);
    let new = json!({ "phone": "+8613900139000", "password": NEW_PASSWORD, "code": "000000" });
    add(Contract::Contact, Method::POST, "/phone/users", None, new);
    all
}
