//! The authorizer, which other teams' APIs ask whose credential a request presents.

mod ends;
mod hostile;
mod log;
mod outages;
mod several;
mod slots;
mod tokens;
mod warm;

use data_encoding::BASE64;
use serde_json::{Value, json};
use shared::identifier::{AccountId, TenantId};

use crate::support::{Browser, Door, PASSWORD, Reply, TestApp, register};

/// Where a credential is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    ApiKey,
    Bearer,
    Web,
    Contact,
    Cookie,
    Users,
}

impl Slot {
    /// All of them, in the order in which they count.
    pub(crate) const ALL: [Self; 6] =
        [Self::ApiKey, Self::Bearer, Self::Web, Self::Contact, Self::Cookie, Self::Users];

    const COOKIES: [Self; 4] = [Self::Web, Self::Contact, Self::Cookie, Self::Users];

    pub(crate) const fn contract(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Bearer | Self::Web => "tenant",
            Self::Contact => "contact",
            Self::Cookie => "cookie",
            Self::Users => "users",
        }
    }

    const fn cookie(self) -> Option<&'static str> {
        match self {
            Self::ApiKey | Self::Bearer => None,
            Self::Web => Some("connect.sid"),
            Self::Contact => Some("token"),
            Self::Cookie => Some("sessionid"),
            Self::Users => Some("_session"),
        }
    }

    /// Puts a text into the slot.
    fn fill(self, event: &mut Value, text: &str) {
        match self {
            Self::ApiKey => event["headers"]["x-api-key"] = text.into(),
            Self::Bearer => event["headers"]["authorization"] = format!("bearer {text}").into(),
            Self::Web | Self::Contact | Self::Cookie | Self::Users => {
                let cookie = format!("{}={text}", self.cookie().unwrap());
                event["cookies"].as_array_mut().unwrap().push(cookie.into());
            }
        }
    }
}

/// A request to somebody's API, as the gateway hands it to an authorizer.
pub(crate) fn event(presented: &[(Slot, &str)]) -> Value {
    let mut event = json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:eu-central-1:123456789012:zyxwvu9876/$default/GET/orders",
        "identitySource": null,
        "routeKey": "GET /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "cookies": [],
        "headers": { "accept": "*/*", "host": "orders.test" },
        "requestContext": {
            "apiId": "zyxwvu9876",
            "http": { "method": "GET", "path": "/orders", "sourceIp": "198.51.100.7" },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
    });
    for (slot, text) in presented {
        slot.fill(&mut event, text);
    }
    event
}

async fn answer(app: &TestApp, event: Value) -> Value {
    app.authorizer().answer(event).await.unwrap()
}

/// What is answered to a request that presents this.
pub(crate) async fn ask(app: &TestApp, presented: &[(Slot, &str)]) -> Value {
    answer(app, event(presented)).await
}

pub(crate) fn refused() -> Value {
    json!({ "isAuthorized": false })
}

/// An account that is signed in to everywhere.
struct Member {
    id: AccountId,
    email: String,
    tenant: TenantId,
    api_key: String,
    token: String,
    /// Each keeps its contract's cookie alone.
    browsers: [Browser; 4],
    client_app: Browser,
}

impl Member {
    async fn join(app: &TestApp, name: &str) -> Self {
        let email = format!("{name}@abc.com");
        let id = register(&mut app.browser(), &format!("{name}-the-first"), &email).await.id();
        let api_key = Door::ApiKey.ask(&mut app.browser(), &email, PASSWORD).await.json();
        let mut browsers = [app.browser(), app.browser(), app.browser(), app.browser()];
        let [web, contact, cookie, users] = &mut browsers;
        Door::Tenant.sign_in(web, &email, PASSWORD).await;
        let credentials = json!({ "email": email, "password": PASSWORD });
        assert_eq!(contact.post("/email/token", credentials).await.json()["state"], 200);
        Door::Cookie.sign_in(cookie, &email, PASSWORD).await;
        Door::Users.sign_in(users, &email, PASSWORD).await;

        let (tenant, secret) = app.directory.create_tenant("Star Education").await.unwrap();
        let shown = BASE64.encode(format!("{}:{}", tenant.id, secret.expose()).as_bytes());
        let header = format!("basic {shown}");
        let client_app = app.browser().header("starcedu-tenant-authorization", &header);
        let token = Door::Tenant.ask(&mut client_app.clone(), &email, PASSWORD).await.json();
        let token = token["data"]["token"].as_str().unwrap().to_owned();
        let member = Self {
            id: AccountId::new(id).unwrap(),
            email,
            tenant: tenant.id,
            api_key: api_key["api_key"].as_str().unwrap().to_owned(),
            client_app: client_app.header("authorization", &format!("bearer {token}")),
            token,
            browsers,
        };
        member.is_signed_in_at(app, &Slot::ALL).await;
        member
    }

    /// What is presented in a slot.
    fn credential(&self, slot: Slot) -> &str {
        let place = Slot::COOKIES.iter().position(|cookie| *cookie == slot);
        match (slot, place) {
            (Slot::ApiKey, _) => &self.api_key,
            (_, Some(place)) => self.browsers[place].kept(slot.cookie().unwrap()).unwrap(),
            _ => &self.token,
        }
    }

    /// Ends the credential of a slot, as its contract has it.
    async fn sign_out(&mut self, app: &TestApp, slot: Slot) -> Reply {
        let Self { api_key, email, browsers, client_app, .. } = self;
        let [web, contact, cookie, users] = browsers;
        match slot {
            Slot::ApiKey => app.post("/user/signout", json!({ "api_key": api_key })).await,
            Slot::Bearer => client_app.post("/api/user/signout", json!({})).await,
            Slot::Web => web.post("/api/user/signout", json!({})).await,
            Slot::Contact => contact.delete("/email/token", json!({ "email": email })).await,
            Slot::Cookie => cookie.post("/api/v1/user/logout/", json!({})).await,
            Slot::Users => users.delete("/users/sign_out", json!({})).await,
        }
    }

    /// What is answered when the credential of a slot is this account's and counts.
    fn authorized(&self, slot: Slot) -> Value {
        let tenant = if slot == Slot::Bearer { self.tenant.as_str() } else { "" };
        let context = json!({
            "accountId": self.id.to_string(),
            "contract": slot.contract(),
            "tenant": tenant,
        });
        json!({ "isAuthorized": true, "context": context })
    }

    /// Asserts that the credentials in these slots are live, and those in the others dead.
    async fn is_signed_in_at(&self, app: &TestApp, slots: &[Slot]) {
        for slot in Slot::ALL {
            let answer = ask(app, &[(slot, self.credential(slot))]).await;
            let live = slots.contains(&slot);
            let expected = if live { self.authorized(slot) } else { refused() };
            assert_eq!(answer, expected, "{slot:?}");
        }
    }
}
