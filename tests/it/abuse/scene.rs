//! Every way in, asked alike: what each contract calls signing in, and what comes of it.

use std::{
    net::IpAddr,
    ops::Deref,
    sync::atomic::{AtomicU32, Ordering},
};

use http::Method;
use serde_json::json;

use crate::{
    authorizer::{self, Slot},
    email, phone,
    support::{
        Browser, Door, PASSWORD, Reply, SignIn, SignUp, TestApp, cookie_error, create, enrol,
        register, tenant_error, users_error,
    },
    tenant::Tenant,
};

pub(super) const EMAIL: &str = "victim@example.com";
pub(super) const USERNAME: &str = "victim.one";
pub(super) const PHONE: &str = "+8613800138000";
/// A password that is not [`PASSWORD`], and as good.
pub(super) const OTHER: &str = "7Zq!vB3@mLr";

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// How long wrong passwords are counted from the first.
pub(super) const WINDOW: i64 = 15 * MINUTE;

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    ApiKey,
    Cookie,
    Users,
    /// The contract `tenant`, as the web app.
    Web,
    /// The contract `tenant`, with a tenant's header.
    ClientApp,
    /// The contract `contact`, with the parameters in the query.
    Email,
    /// The same, with the parameters in the body.
    EmailPost,
    Phone,
    PhonePost,
}

/// What came of a sign-in, in the contract's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Nobody has the identifier, or the password is not theirs.
    Refused,
    Banned,
    TooMany,
}

impl Way {
    pub(super) const BY_EMAIL: [Self; 7] = [
        Self::ApiKey,
        Self::Cookie,
        Self::Users,
        Self::Web,
        Self::ClientApp,
        Self::Email,
        Self::EmailPost,
    ];
    pub(super) const BY_PHONE: [Self; 2] = [Self::Phone, Self::PhonePost];
    /// Those that make accounts at once, without proof of the address.
    pub(super) const SIGN_UPS: [Self; 4] = [Self::Cookie, Self::Users, Self::Web, Self::ClientApp];

    /// All of them, each with an identifier of the scene's victim or namesake.
    pub(super) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        let by_email = Self::BY_EMAIL.into_iter().map(|way| (way, EMAIL));
        by_email.chain(Self::BY_PHONE.into_iter().map(|way| (way, PHONE)))
    }

    const fn door(self) -> Option<Door> {
        match self {
            Self::ApiKey => Some(Door::ApiKey),
            Self::Cookie => Some(Door::Cookie),
            Self::Users => Some(Door::Users),
            Self::Web | Self::ClientApp => Some(Door::Tenant),
            Self::Email | Self::EmailPost | Self::Phone | Self::PhonePost => None,
        }
    }

    /// The cookie that it hands out, if it does that.
    pub(super) const fn cookie(self) -> Option<&'static str> {
        match self {
            Self::ApiKey | Self::ClientApp => None,
            Self::Cookie => Some("sessionid"),
            Self::Users => Some("_session"),
            Self::Web => Some("connect.sid"),
            Self::Email | Self::EmailPost | Self::Phone | Self::PhonePost => Some("token"),
        }
    }

    /// Where its credential is presented to other teams' APIs.
    pub(super) const fn slot(self) -> Slot {
        match self {
            Self::ApiKey => Slot::ApiKey,
            Self::Cookie => Slot::Cookie,
            Self::Users => Slot::Users,
            Self::Web => Slot::Web,
            Self::ClientApp => Slot::Bearer,
            Self::Email | Self::EmailPost | Self::Phone | Self::PhonePost => Slot::Contact,
        }
    }

    /// Asks to sign in. A browser that is to be a client app has its tenant's header.
    pub(super) async fn ask(
        self,
        browser: &mut Browser,
        identifier: &str,
        password: &str,
    ) -> Reply {
        let (path, name) = match self {
            Self::Email | Self::EmailPost => ("/email/token", "email"),
            _ => ("/phone/token", "phone"),
        };
        let fields = json!({ name: identifier, "password": password });
        match (self, self.door()) {
            (_, Some(door)) => door.ask(browser, identifier, password).await,
            (Self::Email | Self::Phone, None) => {
                browser.get(&phone::with_query(path, &fields)).await
            }
            _ => browser.post(path, fields).await,
        }
    }

    /// What a reply to a sign-in says, which asserts that it is to the letter.
    #[track_caller]
    pub(super) fn outcome(self, reply: &Reply) -> Outcome {
        if let Some(door) = self.door() {
            return match door.sign_in_outcome(reply) {
                SignIn::Done(_) => Outcome::Done,
                SignIn::Refused => Outcome::Refused,
                SignIn::Banned => Outcome::Banned,
                SignIn::TooMany => Outcome::TooMany,
            };
        }
        let body = reply.json();
        let message = body["msg"].as_str().unwrap();
        let (state, outcome) = match message {
            "success" => (200, Outcome::Done),
            "wrong password" | "email not exists" | "phone not exists" => (404, Outcome::Refused),
            "user banned" => (403, Outcome::Banned),
            "too many requests" => (429, Outcome::TooMany),
            _ => panic!("{reply}"),
        };
        let status = if outcome == Outcome::TooMany { 429 } else { 200 };
        reply.is(status, email::body(state, message));
        assert_eq!(reply.cookies().len(), usize::from(outcome == Outcome::Done), "{reply}");
        outcome
    }

    /// The credential that a reply hands out.
    pub(super) fn token(self, reply: &Reply) -> Option<String> {
        let in_body = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        match self.cookie() {
            Some(name) => {
                let mut cookies = reply.cookies().into_iter();
                cookies.find(|cookie| cookie.0 == name).map(|cookie| cookie.1)
            }
            None if self == Self::ApiKey => in_body(&reply.json()["api_key"]),
            None => in_body(&reply.json()["data"]["token"]),
        }
    }
}

/// The product, and a tenant whose client app is one of the ways in.
pub(super) struct Scene {
    app: TestApp,
    tenant: Tenant,
}

impl Deref for Scene {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Scene {
    pub(super) async fn set() -> Self {
        Self::with(&[]).await
    }

    pub(super) async fn with(settings: &[(&str, &str)]) -> Self {
        let app = TestApp::with(settings).await;
        let tenant = Tenant::create(&app).await;
        Self { app, tenant }
    }

    /// With as many guesses, and as many mails to somebody, as a test needs.
    pub(super) async fn unguarded() -> Self {
        Self::unguarded_with(&[]).await
    }

    pub(super) async fn unguarded_with(settings: &[(&str, &str)]) -> Self {
        let limits = [
            ("LIMIT_GUESSES_PER_ACCOUNT", "1000000"),
            ("LIMIT_MAILS_PER_RECIPIENT", "1000000"),
            ("LIMIT_SMS_PER_NUMBER", "1000000"),
        ];
        Self::with(&[&limits, settings].concat()).await
    }

    /// The product itself, for helpers of other modules.
    pub(super) fn app(&self) -> &TestApp {
        &self.app
    }

    /// A browser, or a client app, at an address of its own.
    pub(super) fn visitor(&self, way: Way) -> Browser {
        self.dressed(way, self.app.browser())
    }

    /// The same at this address.
    pub(super) fn visitor_at(&self, way: Way, address: impl Into<IpAddr>) -> Browser {
        self.dressed(way, self.app.browser_at(address))
    }

    /// A browser with what a way needs besides identifier and password.
    pub(super) fn dressed(&self, way: Way, browser: Browser) -> Browser {
        if way == Way::ClientApp { self.tenant.show(browser) } else { browser }
    }

    /// What comes of a sign-in from an address of its own.
    pub(super) async fn try_sign_in(&self, way: Way, identifier: &str, password: &str) -> Outcome {
        let reply = way.ask(&mut self.visitor(way), identifier, password).await;
        way.outcome(&reply)
    }

    /// Signs in with [`PASSWORD`], from an address of its own.
    pub(super) async fn sign_in(&self, way: Way, identifier: &'static str) -> Session {
        self.sign_in_with(way, identifier, PASSWORD).await
    }

    pub(super) async fn sign_in_with(
        &self,
        way: Way,
        identifier: &'static str,
        password: &str,
    ) -> Session {
        let reply = way.ask(&mut self.visitor(way), identifier, password).await;
        assert_eq!(way.outcome(&reply), Outcome::Done, "{way:?}");
        Session { way, identifier, token: way.token(&reply).unwrap() }
    }

    /// Signs in by every way that takes an email address.
    pub(super) async fn sign_in_everywhere(&self, email: &'static str) -> Vec<Session> {
        let mut sessions = Vec::new();
        for way in Way::BY_EMAIL {
            sessions.push(self.sign_in(way, email).await);
        }
        sessions
    }

    /// Whether this password opens an account by its email address, by every way alike.
    pub(super) async fn opens(&self, email: &str, password: &str) -> bool {
        let mut opened = Vec::new();
        for way in Way::BY_EMAIL {
            opened.push(self.try_sign_in(way, email, password).await);
        }
        assert!(opened.iter().all(|outcome| *outcome == opened[0]), "{email}: {opened:?}");
        opened[0] == Outcome::Done
    }

    /// Makes the victim's account, with [`USERNAME`] and [`EMAIL`], and answers with its id.
    pub(super) async fn join(&self) -> u64 {
        register(&mut self.app.browser(), USERNAME, EMAIL).await.id()
    }

    /// Makes the victim's other account, with [`PHONE`].
    pub(super) async fn join_by_phone(&self) -> u64 {
        phone::join(&self.app, PHONE).await
    }

    /// Makes both.
    pub(super) async fn join_both(&self) {
        self.join().await;
        self.join_by_phone().await;
    }

    /// Signs up with an email address, and with a username of its own where that is asked for.
    pub(super) async fn sign_up(&self, way: Way, email: &str) -> SignUp {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let mut browser = self.visitor(way);
        match way {
            Way::Cookie => {
                let username = format!("member.{:05}", NEXT.fetch_add(1, Ordering::Relaxed));
                register(&mut browser, &username, email).await
            }
            Way::Users => create(&mut browser, email).await,
            Way::Web | Way::ClientApp => enrol(&mut browser, email).await,
            _ => panic!("{way:?} makes no account at once"),
        }
    }

    /// Whether every one of these is live, or none.
    pub(super) async fn are_live(&self, sessions: &[Session]) -> bool {
        let mut live = Vec::new();
        for session in sessions {
            live.push((session.way, session.is_live(self).await));
        }
        assert!(live.iter().all(|it| it.1 == live[0].1), "{live:?}");
        live[0].1
    }

    /// The items of the table `tokens` under keys that begin like this.
    pub(super) async fn stored(&self, prefix: &str) -> usize {
        let items = self.app.dump("tokens").await;
        items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with(prefix)).count()
    }

    /// The counts of guesses at accounts, as they are stored, the smallest first.
    pub(super) async fn guesses(&self) -> Vec<i64> {
        let items = self.app.dump("tokens").await;
        let counts =
            items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("count#guess#"));
        let mut counts: Vec<i64> =
            counts.map(|item| item["count"].as_n().unwrap().parse().unwrap()).collect();
        counts.sort_unstable();
        counts
    }

    /// How many hashes were computed since there were so many.
    pub(super) fn hashes_since(&self, before: u64) -> u64 {
        self.hashes() - before
    }

    pub(super) fn hashes(&self) -> u64 {
        self.app.directory.hasher().computed()
    }
}

/// Somebody's credential, by the way that handed it out.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) way: Way,
    pub(super) identifier: &'static str,
    pub(super) token: String,
}

impl Session {
    /// A browser, or a client app, that presents it.
    pub(super) fn browser(&self, scene: &Scene) -> Browser {
        let browser = scene.visitor(self.way);
        match self.way.cookie() {
            Some(name) => browser.cookie(name, &self.token),
            None if self.way == Way::ClientApp => {
                browser.header("authorization", &format!("bearer {}", self.token))
            }
            None => browser,
        }
    }

    /// Whether it is live: as the authorizer has it, and as far as the contract tells.
    pub(super) async fn is_live(&self, scene: &Scene) -> bool {
        let answer = authorizer::ask(&scene.app, &[(self.way.slot(), &self.token)]).await;
        let live = answer["isAuthorized"] == true;
        let mut browser = self.browser(scene);
        match self.way {
            // A change without fields is a bad one, of whoever is signed in.
            Way::Users => {
                let reply = browser.patch("/users", json!({})).await;
                let (code, message) =
                    if live { (0, "Bad parameter.") } else { (2, "You have not sign in yet.") };
                reply.is(400, users_error("PATCH", "/users", code, message));
            }
            Way::Web | Way::ClientApp => {
                let (method, path) = (Method::PUT, "/api/user/update_password");
                let reply = browser.send_json(method, path, json!({})).await;
                if live {
                    reply.is(400, json!({ "message": "old_password empty" }));
                } else {
                    reply.is(401, tenant_error(401, "user unauthenticated"));
                }
            }
            Way::Cookie if !live => {
                let reply = browser.post("/api/v1/user/logout/", json!({})).await;
                reply.is(401, cookie_error(101, "login required"));
            }
            // To ask would end it, or nothing tells a live one from a dead one.
            _ => {}
        }
        live
    }

    /// Signs out: whether the reply says that a live session ended. Not every contract tells.
    pub(super) async fn sign_out(&self, scene: &Scene) -> bool {
        let mut browser = self.browser(scene);
        match self.way {
            Way::ApiKey => {
                let reply = browser.post("/user/signout", json!({ "api_key": self.token })).await;
                reply.is(200, json!({}));
                true
            }
            Way::Cookie => {
                let reply = browser.post("/api/v1/user/logout/", json!({})).await;
                if reply.status != 200 {
                    reply.is(401, cookie_error(101, "login required"));
                }
                reply.status == 200
            }
            Way::Users => {
                let reply = browser.delete("/users/sign_out", json!({})).await;
                if reply.status != 200 {
                    let message = "You have not sign in yet.";
                    reply.is(403, users_error("DELETE", "/users/sign_out", 0, message));
                }
                reply.status == 200
            }
            Way::Web | Way::ClientApp => {
                let reply = browser.post("/api/user/signout", json!({})).await;
                if reply.status != 200 {
                    reply.is(401, tenant_error(401, "user unauthenticated"));
                }
                reply.status == 200
            }
            Way::Email | Way::EmailPost => {
                let fields = json!({ "email": self.identifier });
                let reply = browser.delete("/email/token", fields).await;
                reply.is(200, email::success());
                true
            }
            Way::Phone | Way::PhonePost => {
                let fields = json!({ "phone": self.identifier });
                let reply = browser.delete("/phone/token", fields).await;
                reply.is(200, email::success());
                true
            }
        }
    }
}

/// Where an account's password is checked once somebody is signed in to it, or names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    SignIn(Way),
    /// A change of the password, by a session of this way.
    Change(Way),
    Delete,
}

impl Check {
    /// The ways whose contract changes passwords.
    pub(super) const CHANGES: [Way; 3] = [Way::Users, Way::Web, Way::ClientApp];

    /// All places where the password of an account with an email address is checked.
    pub(super) fn all() -> Vec<Self> {
        let sign_ins = Way::BY_EMAIL.into_iter().map(Self::SignIn);
        sign_ins.chain(Self::CHANGES.map(Self::Change)).chain([Self::Delete]).collect()
    }

    /// A browser that can ask for it: to change a password it has to be signed in.
    pub(super) async fn browser(self, scene: &Scene) -> Browser {
        match self {
            Self::SignIn(way) => scene.visitor(way),
            Self::Change(way) => scene.sign_in(way, EMAIL).await.browser(scene),
            Self::Delete => scene.app.browser(),
        }
    }

    /// Has a password of the account checked.
    pub(super) async fn ask(self, browser: &mut Browser, email: &str, password: &str) -> Reply {
        match self {
            Self::SignIn(way) => way.ask(browser, email, password).await,
            Self::Change(way) => change_password(way, browser, password, OTHER).await,
            Self::Delete => {
                let user = json!({ "email": email, "password": password });
                browser.delete("/users", json!({ "user": user })).await
            }
        }
    }

    /// What the reply says, which asserts that it is to the letter.
    #[track_caller]
    pub(super) fn outcome(self, reply: &Reply) -> Outcome {
        let (door, method, url) = match self {
            Self::SignIn(way) => return way.outcome(reply),
            Self::Change(Way::Users) => (Door::Users, "PATCH", "/users/password"),
            Self::Change(_) => (Door::Tenant, "PUT", "/api/user/update_password"),
            Self::Delete => (Door::Users, "DELETE", "/users"),
        };
        match (reply.status.as_u16(), self) {
            (200, _) => Outcome::Done,
            (429, _) => {
                door.too_many(method, url, reply);
                Outcome::TooMany
            }
            (_, Self::Change(Way::Web | Way::ClientApp)) => {
                reply.is(400, json!({ "message": "credentials invalid" }));
                Outcome::Refused
            }
            _ => {
                let code = if self == Self::Delete { 2 } else { 3 };
                reply.is(400, users_error(method, url, code, "This password is incorrect."));
                Outcome::Refused
            }
        }
    }
}

/// Changes the password by a session of this way.
pub(super) async fn change_password(
    way: Way,
    browser: &mut Browser,
    old: &str,
    new: &str,
) -> Reply {
    if way == Way::Users {
        let user = json!({
            "old_password": old, "new_password": new, "new_password_confirm": new,
        });
        return browser.patch("/users/password", json!({ "user": user })).await;
    }
    let fields = json!({ "old_password": old, "new_password": new });
    browser.send_json(Method::PUT, "/api/user/update_password", fields).await
}
