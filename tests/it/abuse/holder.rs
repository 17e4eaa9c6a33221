//! Somebody who holds a credential wherever one is handed out.

use data_encoding::BASE64;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::{
    credential::Token,
    directory::TenantStatus,
    identifier::{AccountId, TenantId},
};

use super::endpoints::Contract;
use crate::{
    authorizer::{Slot, event},
    support::{Browser, Door, PASSWORD, Reply, SignIn, TestApp, tenant_error, users_error},
};

pub(super) const TENANT_HEADER: &str = "starcedu-tenant-authorization";

/// A way in: a sign-in, and the place where what it hands out is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    ApiKey,
    Cookie,
    Users,
    WebApp,
    ClientApp,
    Email,
    Phone,
}

impl Way {
    pub(super) const ALL: [Self; 7] = [
        Self::ApiKey,
        Self::Cookie,
        Self::Users,
        Self::WebApp,
        Self::ClientApp,
        Self::Email,
        Self::Phone,
    ];

    /// Those that hand out a cookie.
    pub(super) const COOKIES: [Self; 5] =
        [Self::Cookie, Self::Users, Self::WebApp, Self::Email, Self::Phone];

    pub(super) const fn cookie(self) -> Option<&'static str> {
        match self {
            Self::ApiKey | Self::ClientApp => None,
            Self::Cookie => Some("sessionid"),
            Self::Users => Some("_session"),
            Self::WebApp => Some("connect.sid"),
            Self::Email | Self::Phone => Some("token"),
        }
    }

    pub(super) const fn contract(self) -> Contract {
        match self {
            Self::ApiKey => Contract::ApiKey,
            Self::Cookie => Contract::Cookie,
            Self::Users => Contract::Users,
            Self::WebApp | Self::ClientApp => Contract::Tenant,
            Self::Email | Self::Phone => Contract::Contact,
        }
    }

    /// The path of the sign-in.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::ApiKey => "/user/signin",
            Self::Cookie => "/api/v1/user/login/",
            Self::Users => "/users/sign_in",
            Self::WebApp | Self::ClientApp => "/api/user/signin",
            Self::Email => "/email/token",
            Self::Phone => "/phone/token",
        }
    }

    /// The parameters of a sign-in.
    pub(super) fn credentials(self, identifier: &str, password: impl Into<Value>) -> Value {
        let password = password.into();
        match self {
            Self::ApiKey | Self::Email => json!({ "email": identifier, "password": password }),
            Self::Cookie | Self::WebApp | Self::ClientApp => {
                json!({ "username": identifier, "password": password })
            }
            Self::Users => json!({ "user": { "email": identifier, "password": password } }),
            Self::Phone => json!({ "phone": identifier, "password": password }),
        }
    }

    /// Asks to be signed in.
    pub(super) async fn ask(
        self,
        browser: &mut Browser,
        identifier: &str,
        password: impl Into<Value>,
    ) -> Reply {
        browser.post(self.path(), self.credentials(identifier, password)).await
    }

    /// What came of a sign-in, whose reply has to be in the contract's own words.
    pub(super) fn outcome(self, reply: &Reply) -> SignIn {
        let door = match self {
            Self::ApiKey => Door::ApiKey,
            Self::Cookie => Door::Cookie,
            Self::Users => Door::Users,
            Self::WebApp | Self::ClientApp => Door::Tenant,
            Self::Email | Self::Phone => return contact_outcome(reply),
        };
        door.sign_in_outcome(reply)
    }

    /// What a sign-in to a banned account is told.
    pub(super) const fn banned(self) -> SignIn {
        match self {
            Self::ApiKey => SignIn::Refused,
            _ => SignIn::Banned,
        }
    }

    /// What a reply hands out here.
    fn handed_out(self, reply: &Reply) -> Option<String> {
        let body = reply.json();
        match self {
            Self::ApiKey => body["api_key"].as_str().map(str::to_owned),
            Self::ClientApp => body["data"]["token"].as_str().map(str::to_owned),
            _ => reply.cookies().into_iter().next().map(|(_, value)| value),
        }
    }
}

fn contact_outcome(reply: &Reply) -> SignIn {
    if reply.status == 429 {
        reply.is(429, json!({ "state": 429, "msg": "too many requests" }));
        return SignIn::TooMany;
    }
    let body = reply.json();
    let message = body["msg"].as_str().unwrap();
    let (state, outcome) = match message {
        "success" => {
            let [(name, token)] = reply.cookies().try_into().unwrap();
            assert_eq!(name, "token");
            let id = Token::parse(&token).unwrap().account_hint().number();
            (200, SignIn::Done(id))
        }
        "wrong password" | "email not exists" | "phone not exists" => (404, SignIn::Refused),
        "user banned" => (403, SignIn::Banned),
        "message required" => (400, SignIn::Refused),
        _ => panic!("{reply}"),
    };
    reply.is(200, json!({ "state": state, "msg": message }));
    outcome
}

/// Text for a query or a segment of a path.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A tenant's header.
pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()))
}

/// A tenant, as its client apps know it.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: TenantId,
    pub(super) secret: String,
}

impl Tenant {
    pub(super) async fn create(app: &TestApp) -> Self {
        let (tenant, secret) = app.directory.create_tenant("Star Education").await.unwrap();
        Self { id: tenant.id, secret: secret.expose().to_owned() }
    }

    pub(super) fn header(&self) -> String {
        basic(self.id.as_str(), &self.secret)
    }

    pub(super) fn client_app(&self, app: &TestApp) -> Browser {
        app.browser().header(TENANT_HEADER, &self.header())
    }

    /// Its client app, which shows a token.
    pub(super) fn bearer(&self, app: &TestApp, token: &str) -> Browser {
        self.client_app(app).header("authorization", &format!("bearer {token}"))
    }

    pub(super) async fn set(&self, app: &TestApp, status: TenantStatus) {
        assert!(app.directory.set_tenant_status(&self.id, status).await.unwrap());
    }
}

/// Two accounts, because no contract gives a phone number to an account that has anything else, and
/// a live credential for each way in.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// The account with the username and the email address.
    pub(super) id: u64,
    /// The account with the phone number.
    pub(super) phone_id: u64,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) password: String,
    pub(super) tenant: Tenant,
    /// In the order of [`Way::ALL`].
    pub(super) credentials: [String; 7],
}

impl Holder {
    /// A newcomer. Their phone number ends in `number`.
    pub(super) async fn join(app: &TestApp, name: &str, number: u16) -> Self {
        let (username, email) = (format!("{name}.the.1st"), format!("{name}@example.com"));
        let phone = format!("+861380013{number:04}");
        app.register(&username, PASSWORD, &email).await;
        let id = app.account(&email).await.id.number();
        let code = fresh_code(app, &phone).await;
        let body = json!({ "phone": phone, "password": PASSWORD, "code": code });
        let reply = app.post("/phone/users", body).await;
        let phone_id = reply.json()["content"]["id"].as_u64().unwrap();
        let tenant = Tenant::create(app).await;
        let credentials = [const { String::new() }; 7];
        let password = PASSWORD.to_owned();
        let mut holder =
            Self { id, phone_id, username, email, phone, password, tenant, credentials };
        holder.sign_in(app).await;
        holder
    }

    /// Signs in everywhere, and forgets the credentials from before.
    pub(super) async fn sign_in(&mut self, app: &TestApp) {
        self.sign_in_by(app, &Way::ALL).await;
    }

    /// [`Holder::sign_in`] to the account with the email address, whose password is another one by now.
    pub(super) async fn sign_in_but_by_phone(&mut self, app: &TestApp) {
        self.sign_in_by(app, &Way::ALL[..6]).await;
    }

    async fn sign_in_by(&mut self, app: &TestApp, ways: &[Way]) {
        for (place, way) in ways.iter().copied().enumerate() {
            let reply = self.ask(app, way, &self.password).await;
            assert_eq!(way.outcome(&reply), SignIn::Done(self.account(way)), "{way:?}");
            self.credentials[place] = way.handed_out(&reply).unwrap();
        }
    }

    /// A sign-in from an address of its own.
    pub(super) async fn ask(&self, app: &TestApp, way: Way, password: &str) -> Reply {
        way.ask(&mut self.stranger(app, way), self.identifier(way), password).await
    }

    /// What comes of a sign-in by each way.
    pub(super) async fn opened(&self, app: &TestApp, password: &str) -> [SignIn; 7] {
        let mut outcomes = [SignIn::TooMany; 7];
        for (place, way) in Way::ALL.into_iter().enumerate() {
            outcomes[place] = way.outcome(&self.ask(app, way, password).await);
        }
        outcomes
    }

    /// What [`Holder::opened`] is when the password is right.
    pub(super) fn done(&self) -> [SignIn; 7] {
        Way::ALL.map(|way| SignIn::Done(self.account(way)))
    }

    pub(super) const fn account(&self, way: Way) -> u64 {
        match way {
            Way::Phone => self.phone_id,
            _ => self.id,
        }
    }

    pub(super) fn accounts(&self) -> [AccountId; 2] {
        [self.id, self.phone_id].map(|id| AccountId::new(id).unwrap())
    }

    pub(super) fn identifier(&self, way: Way) -> &str {
        match way {
            Way::Phone => &self.phone,
            Way::Cookie => &self.username,
            _ => &self.email,
        }
    }

    pub(super) fn credential(&self, way: Way) -> &str {
        &self.credentials[Way::ALL.iter().position(|it| *it == way).unwrap()]
    }

    /// Somebody who asks by this way and shows no credential.
    pub(super) fn stranger(&self, app: &TestApp, way: Way) -> Browser {
        match way {
            Way::ClientApp => self.tenant.client_app(app),
            _ => app.browser(),
        }
    }

    /// What shows the credential of this way. An API key is shown in a body alone.
    pub(super) fn browser(&self, app: &TestApp, way: Way) -> Browser {
        self.show(app, way, self.credential(way))
    }

    /// [`Holder::browser`] with another text in the credential's place.
    pub(super) fn show(&self, app: &TestApp, way: Way, text: &str) -> Browser {
        match (way, way.cookie()) {
            (Way::ClientApp, _) => self.tenant.bearer(app, text),
            (_, Some(cookie)) => app.browser().cookie(cookie, text),
            (_, None) => app.browser(),
        }
    }

    /// Asserts that the credentials of these ways are live, and those of the others dead.
    pub(super) async fn is_live_at(&self, app: &TestApp, ways: &[Way]) {
        for way in Way::ALL {
            let live = self.is_live(app, way, self.credential(way)).await;
            assert_eq!(live, ways.contains(&way), "{way:?}");
        }
    }

    /// Whether a text is the live credential of this way, without using it up. The authorizer tells,
    /// and each endpoint that can tell has to agree.
    pub(super) async fn is_live(&self, app: &TestApp, way: Way, text: &str) -> bool {
        let told = authorized(app, way, text).await;
        let live = told == Some(self.account(way));
        assert!(live || told.is_none(), "{way:?}: somebody else's");
        let mut browser = self.show(app, way, text);
        match way {
            Way::Users => {
                let reply = browser.patch("/users", json!({})).await;
                let (code, message) =
                    if live { (0, "Bad parameter.") } else { (2, "You have not sign in yet.") };
                reply.is(400, users_error("PATCH", "/users", code, message));
            }
            Way::WebApp | Way::ClientApp => {
                let path = "/api/user/update_password";
                let reply = browser.send_json(Method::PUT, path, json!({})).await;
                if live {
                    reply.is(400, json!({ "message": "old_password empty" }));
                } else if told.is_none() && reply.json()["message"] != "tenant unauthenticated" {
                    reply.is(401, tenant_error(401, "user unauthenticated"));
                }
            }
            Way::Cookie if !live => {
                let reply = browser.post("/api/v1/user/logout/", json!({})).await;
                assert_eq!(reply.json()["error_code"], 101, "{reply}");
            }
            Way::Email | Way::Phone if !live => {
                let path = format!("{}?{}", way.path(), self.named(way));
                let reply = browser.delete(&path, json!({})).await;
                assert_eq!(reply.cookies(), [], "a dead session was ended");
            }
            _ => {}
        }
        live
    }

    /// The query that names the account in the contract `contact`.
    pub(super) fn named(&self, way: Way) -> String {
        match way {
            Way::Phone => format!("phone={}", encoded(&self.phone)),
            _ => format!("email={}", encoded(&self.email)),
        }
    }
}

/// Whose credential this is, as the authorizer tells other teams' APIs.
pub(super) async fn authorized(app: &TestApp, way: Way, text: &str) -> Option<u64> {
    let answer = app.authorizer().answer(presented(way, text)).await.unwrap();
    let id = answer["context"]["accountId"].as_str();
    assert_eq!(answer["isAuthorized"], id.is_some());
    id.map(|id| id.parse().unwrap())
}

/// A request to somebody's API that presents a credential, as the gateway hands it to the authorizer.
pub(super) fn presented(way: Way, text: &str) -> Value {
    let slot = match way {
        Way::ApiKey => Slot::ApiKey,
        Way::ClientApp => Slot::Bearer,
        Way::WebApp => Slot::Web,
        Way::Email | Way::Phone => Slot::Contact,
        Way::Cookie => Slot::Cookie,
        Way::Users => Slot::Users,
    };
    event(&[(slot, text)])
}

/// Asks for a code and reads it.
pub(super) async fn fresh_code(app: &TestApp, phone: &str) -> String {
    let reply = app.get(&format!("/phone/users/code?phone={}", encoded(phone))).await;
    reply.is(200, json!({ "state": 200, "msg": "success" }));
    let messages = app.outbox.messages();
    messages.into_iter().find(|message| message.to == phone).unwrap().code.unwrap()
}

/// The path that the first link of the last mail to an address leads to.
pub(super) fn mailed(app: &TestApp, to: &str) -> String {
    let messages = app.outbox.messages();
    let message = messages.into_iter().find(|message| message.to == to).unwrap();
    message.links[0].strip_prefix(crate::support::PUBLIC_URL).unwrap().to_owned()
}
