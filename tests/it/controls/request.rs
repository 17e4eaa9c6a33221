//! A request that succeeds, until a test spoils it.

use serde_json::{Map, Value, json};
use shared::{credential::Kind, identifier::AccountId};

use super::rows::{Proof, Row};
use crate::support::{
    Reply, TestApp,
    host::{Host, know},
    scene::{self, events, signed_anew},
};

/// Whose credentials the events hold.
pub(super) fn account() -> AccountId {
    AccountId::new(65213).unwrap()
}

/// The header of the local tenant.
const TENANT: (&str, &str) =
    ("starcedu-tenant-authorization", "basic bG9jYWw6bG9jYWwtdGVuYW50LXNlY3JldA==");

/// The product with what the events need, and the event of a row.
pub(super) struct Request {
    pub(super) app: TestApp,
    pub(super) event: Value,
    function: &'static str,
    provider: Host,
}

/// What a function answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u64,
    pub(super) headers: Map<String, Value>,
    pub(super) cookies: Vec<String>,
    pub(super) body: String,
}

impl Request {
    pub(super) async fn of(row: &Row) -> Self {
        let app = TestApp::with(scene::settings(row.function)).await;
        scene::set(&app).await;
        let provider = Host::start(&app.clock).await;
        know(&app, &[provider.entry()]);
        let stored = events(row.function).into_iter().find(|(name, _)| name == row.event);
        let (_, event) = stored.unwrap_or_else(|| panic!("{} has no event", row.route));
        assert_eq!(event["routeKey"], row.route);
        let mut request = Self { app, event, function: row.function, provider };
        match row.proof {
            Proof::Credential(Kind::TenantToken)
            | Proof::CredentialAndPassword(Kind::TenantToken) => request.as_client_app().await,
            Proof::Visit => request.as_visitor().await,
            _ => {}
        }
        request
    }

    /// With a tenant's token in the place of the cookie.
    async fn as_client_app(&mut self) {
        let stored = events("authorizer").into_iter();
        let (_, token) = stored.into_iter().find(|(name, _)| name == "tenant-token-ok").unwrap();
        let signed = signed_anew(&self.app, token).await;
        let token = signed["headers"]["authorization"].as_str().unwrap();
        self.event.as_object_mut().unwrap().remove("cookies");
        self.set_header("authorization", token);
        self.set_header(TENANT.0, TENANT.1);
    }

    /// On the way back from the provider.
    async fn as_visitor(&mut self) {
        let mut browser = self.app.browser();
        let sent: Reply = browser.get("/oauth/local/start").await;
        let back = self.provider.sign_in(sent.header("location").unwrap(), "ann").await;
        let cookie = browser.kept("connect.sid").unwrap();
        self.event["cookies"] = json!([format!("connect.sid={cookie}")]);
        self.event["rawQueryString"] = back.split_once('?').unwrap().1.into();
    }

    pub(super) fn set_header(&mut self, name: &str, value: &str) {
        self.event["headers"][name] = value.into();
    }

    pub(super) fn set_body(&mut self, body: impl Into<String>) {
        self.event["body"] = body.into().into();
    }

    pub(super) async fn send(&self) -> Answer {
        let mut answer = self.app.function(self.function).answer(self.event.clone()).await;
        Answer {
            status: answer["statusCode"].as_u64().unwrap(),
            cookies: serde_json::from_value(answer["cookies"].take()).unwrap_or_default(),
            body: answer["body"].as_str().unwrap_or_default().to_owned(),
            headers: serde_json::from_value(answer["headers"].take()).unwrap(),
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(Value::as_str)
    }

    /// Whether the contract means success, by what its document says.
    pub(super) fn is_success(&self) -> bool {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let state = body["state"].as_u64().unwrap_or(200);
        (200..400).contains(&self.status) && body["status"] != "failed" && state == 200
    }

    /// Whether it hands out anything.
    pub(super) fn gives(&self) -> bool {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let hands_out = |cookie: &String| !cookie.contains("Max-Age=0");
        self.cookies.iter().any(hands_out)
            || body["api_key"].is_string()
            || body["data"]["token"].is_string()
    }
}
