//! To identity providers and back.

mod bind;
mod bound;
mod cookies;
mod flow;
mod id_token;
mod keys;
mod log;
mod outages;
mod page;
mod providers;
mod redirects;
mod stages;

use serde_json::{Value, json};

pub(crate) use crate::support::host::{self, know};
use crate::support::{Browser, PUBLIC_URL, Reply, TestApp};
use host::Host;

pub(crate) const START: &str = "/oauth/local/start";
pub(crate) const COOKIE: &str = "connect.sid";

/// The product, and a provider that it knows.
pub(crate) struct Stage {
    pub(crate) app: TestApp,
    pub(crate) host: Host,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        // A provider over plain HTTP is none at other stages.
        let app = TestApp::with(&[&[("STAGE", "local")], settings].concat()).await;
        let host = Host::start(&app.clock).await;
        know(&app, &[host.entry()]);
        Self { app, host }
    }

    /// A browser that has been sent to the provider, and where to.
    pub(crate) async fn sent(&self) -> (Browser, String) {
        let mut browser = self.app.browser();
        let reply = browser.get(START).await;
        (browser, location(&reply))
    }

    /// A browser whose person has signed in at the provider, and the path that leads back.
    pub(crate) async fn back(&self, subject: &str) -> (Browser, String) {
        let (browser, location) = self.sent().await;
        let back = self.host.sign_in(&location, subject).await;
        (browser, back)
    }

    /// What comes of a whole visit.
    pub(crate) async fn visit(&self, subject: &str) -> Reply {
        let (mut browser, back) = self.back(subject).await;
        browser.get(&back).await
    }
}

#[track_caller]
pub(crate) fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, 302, "{}", reply.text);
    assert_eq!(reply.text, "");
    reply.header("location").unwrap().to_owned()
}

/// The value of a parameter in a URL's query, as it stands there.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let value = values.next().unwrap_or_else(|| panic!("{url} has no {name}"));
    assert_eq!(values.next(), None);
    value.to_owned()
}

/// `url` without that parameter, and with this in its place.
pub(crate) fn instead(url: &str, name: &str, pair: &str) -> String {
    let value = parameter(url, name);
    let changed = url.replace(&format!("{name}={value}"), pair);
    assert_ne!(changed, url);
    changed
}

/// The browser came back as somebody whom no account is bound to yet.
#[track_caller]
pub(crate) fn arrives(reply: &Reply) {
    assert_eq!(location(reply), PUBLIC_URL);
    let [(name, value)] = reply.cookies().try_into().unwrap();
    assert_eq!((name.as_str(), value.len()), (COOKIE, 64));
}

fn refusal() -> Value {
    json!({ "message": "oauth request illigal" })
}

/// The browser is refused, and keeps what it had.
#[track_caller]
pub(crate) fn is_refused(reply: &Reply) {
    reply.is(400, refusal());
    assert_eq!(reply.cookies(), []);
}

/// The provider is at fault.
#[track_caller]
fn is_outage(reply: &Reply) {
    reply.is(503, json!({ "code": 503, "message": "service unavailable" }));
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(reply.cookies(), []);
}
