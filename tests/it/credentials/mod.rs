//! Credentials: what hands them out, what they open, and what ends them.

mod attributes;
mod ends;
mod expiry;
mod planted;
mod slots;
mod storage;

use http::Method;
use serde_json::json;
use shared::credential::Token;

use crate::support::{
    Browser, Door, PASSWORD, SignIn, TestApp, cookie_error, register, tenant_error, users_error,
};

const EMAIL: &str = "test1234@abc.com";

/// Someone who has signed in to one account at every door.
#[derive(Clone)]
struct Member {
    id: u64,
    api_key: String,
    /// Keeps a `sessionid`.
    cookie: Browser,
    /// Keeps a `_session`.
    users: Browser,
    /// Keeps a `connect.sid`.
    tenant: Browser,
}

impl Member {
    /// Of a new account with the document's example as its username and email address.
    async fn join(app: &TestApp) -> Self {
        register(&mut app.browser(), "test1234", EMAIL).await.id();
        Self::sign_in(app, EMAIL, PASSWORD).await
    }

    async fn sign_in(app: &TestApp, email: &str, password: &str) -> Self {
        let api_key = Door::ApiKey.ask(&mut app.browser(), email, password).await.json();
        let mut cookie = app.browser();
        let login = Door::Cookie.sign_in(&mut cookie, email, password).await;
        let mut users = app.browser();
        let sign_in = Door::Users.sign_in(&mut users, email, password).await;
        let mut tenant = app.browser();
        let signin = Door::Tenant.sign_in(&mut tenant, email, password).await;
        let id = api_key["user_id"].as_u64().unwrap();
        assert_eq!([login, sign_in, signin], [SignIn::Done(id); 3]);
        let api_key = api_key["api_key"].as_str().unwrap().to_owned();
        Self { id, api_key, cookie, users, tenant }
    }

    fn token(&self, door: Door) -> &str {
        match door {
            Door::ApiKey => &self.api_key,
            Door::Cookie => self.cookie.kept("sessionid").unwrap(),
            Door::Users => self.users.kept("_session").unwrap(),
            Door::Tenant => self.tenant.kept("connect.sid").unwrap(),
        }
    }

    /// Asserts that the credentials of these doors are live, and those of the others dead.
    async fn is_signed_in_at(&self, app: &TestApp, doors: &[Door]) {
        for door in Door::ALL {
            let live = is_live(app, door, self.token(door)).await;
            assert_eq!(live, doors.contains(&door), "{door:?}");
        }
    }

    async fn sign_out(&mut self, door: Door) {
        let status = match door {
            Door::ApiKey => {
                let body = json!({ "api_key": self.api_key });
                self.cookie.post("/user/signout", body).await.status
            }
            Door::Cookie => self.cookie.post("/api/v1/user/logout/", json!({})).await.status,
            Door::Users => self.users.delete("/users/sign_out", json!({})).await.status,
            Door::Tenant => self.tenant.post("/api/user/signout", json!({})).await.status,
        };
        assert_eq!(status, 200);
    }

    async fn change_password(&mut self, old: &str, new: &str) {
        let user = json!({
            "old_password": old,
            "new_password": new,
            "new_password_confirm": new,
        });
        let reply = self.users.patch("/users/password", json!({ "user": user })).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
}

/// Whether a credential is live, without using it. That it is dead is asserted at every endpoint
/// that takes it.
async fn is_live(app: &TestApp, door: Door, token: &str) -> bool {
    let live = match door {
        // No endpoint of this contract tells a live key from a dead one.
        Door::ApiKey => None,
        // The only endpoint that takes it ends it.
        Door::Cookie => None,
        Door::Users => Some(opens_users(app, token).await),
        Door::Tenant => Some(opens_tenant(app, token).await),
    };
    let session = app.directory.session(door.kind(), Token::parse(token).as_ref()).await;
    let recorded = session.is_ok();
    assert!(live.is_none_or(|live| live == recorded), "{door:?}");
    if !recorded && door == Door::Cookie {
        let mut browser = app.browser().cookie("sessionid", token);
        let reply = browser.post("/api/v1/user/logout/", json!({})).await;
        reply.is(401, cookie_error(101, "login required"));
    }
    recorded
}

/// Whether `_session` with this value is a live session, which every endpoint has to see alike.
async fn opens_users(app: &TestApp, token: &str) -> bool {
    let mut browser = app.browser().cookie("_session", token);
    let nothing = browser.patch("/users", json!({})).await;
    if nothing.json()["error"]["code"] == 0 {
        nothing.is(400, users_error("PATCH", "/users", 0, "Bad parameter."));
        return true;
    }
    let user = json!({ "name": "Mallory", "email": "mallory@example.com" });
    let change = browser.patch("/users", json!({ "user": user })).await;
    let user = json!({
        "old_password": PASSWORD,
        "new_password": "another-Pa55word",
        "new_password_confirm": "another-Pa55word",
    });
    let password = browser.patch("/users/password", json!({ "user": user })).await;
    let sign_out = browser.delete("/users/sign_out", json!({})).await;
    let message = "You have not sign in yet.";
    nothing.is(400, users_error("PATCH", "/users", 2, message));
    change.is(400, users_error("PATCH", "/users", 2, message));
    password.is(400, users_error("PATCH", "/users/password", 2, message));
    sign_out.is(403, users_error("DELETE", "/users/sign_out", 0, message));
    false
}

/// Whether `connect.sid` with this value is a live session, which every endpoint has to see alike.
async fn opens_tenant(app: &TestApp, token: &str) -> bool {
    let mut browser = app.browser().cookie("connect.sid", token);
    let nothing = browser.send_json(Method::PUT, "/api/user/update_password", json!({})).await;
    if nothing.status == 400 {
        nothing.is(400, json!({ "message": "old_password empty" }));
        return true;
    }
    let fields = json!({ "old_password": PASSWORD, "new_password": "another-Pa55word" });
    let change = browser.send_json(Method::PUT, "/api/user/update_password", fields).await;
    let sign_out = browser.post("/api/user/signout", json!({})).await;
    for reply in [nothing, change, sign_out] {
        reply.is(401, tenant_error(401, "user unauthenticated"));
    }
    false
}
