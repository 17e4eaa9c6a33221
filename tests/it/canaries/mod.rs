//! Where secrets and identifiers get to: each test drives a contract with values that stand nowhere else
//! in the world, and then finds out all places that hold one of them, in whatever form.

mod contracts;
mod others;
mod outages;
mod planted;
mod search;

use std::collections::BTreeSet;

use data_encoding::BASE64;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};

use crate::support::{Browser, Log, Outage, Reply, TestApp, canaries::Needles};
use search::everything;

/// What a canary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Password,
    /// Of an SMS.
    Code,
    /// A session, an API key, a signed token.
    Credential,
    /// Of a mailed link.
    LinkToken,
    TenantSecret,
    /// The state and the nonce of a visit to a provider, and the code that it hands out.
    Visit,
    /// Who somebody is at a provider.
    Subject,
    Email,
    Phone,
    Username,
    /// The name in a public profile.
    Name,
    Address,
}

/// What can hold one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Log,
    Refusal,
    Success,
    /// The URL that a browser is sent to.
    Redirect,
    /// The table of that name.
    Accounts,
    /// The table of that name.
    Tokens,
    /// To whom something is sent.
    Recipient,
    Mail,
    Sms,
}

use Place::{Accounts, Log as Logged, Mail, Recipient, Redirect, Refusal, Sms, Success, Tokens};

/// Where each belongs. Everywhere else it is a leak.
const BELONGS: [(Kind, &[Place]); 12] = [
    (Kind::Password, &[]),
    (Kind::Code, &[Sms]),
    (Kind::Credential, &[Success]),
    (Kind::LinkToken, &[Mail]),
    (Kind::TenantSecret, &[]),
    (Kind::Visit, &[Redirect]),
    (Kind::Subject, &[Accounts, Tokens]),
    // A registration waits in `tokens` for its link; the link in a mail names its address.
    (Kind::Email, &[Success, Accounts, Tokens, Recipient, Mail]),
    (Kind::Phone, &[Success, Accounts, Recipient]),
    (Kind::Username, &[Success, Accounts]),
    (Kind::Name, &[Success, Accounts]),
    (Kind::Address, &[]),
];

/// A value of each kind that stands nowhere else. Passwords hold what each encoding writes otherwise.
fn canary(kind: Kind, number: u32) -> String {
    match kind {
        Kind::Password => format!("Kq\"{number}#zW! %x"),
        Kind::Email => format!("canary+{number}@example.com"),
        Kind::Phone => format!("+861380137{number:04}"),
        Kind::Username => format!("canary-{number}.one"),
        Kind::Name => format!("Canary <{number}> & sons"),
        Kind::Address => format!("198.18.7.{}", number % 256),
        _ => format!("canary-{kind:?}-{number}-7f3a"),
    }
}

/// A product that is asked, all that it answers, and what nobody else may get to see of it.
struct Journey {
    app: TestApp,
    log: Log,
    heard: Heard,
}

/// What was sent, and what was said.
#[derive(Default)]
struct Heard {
    needles: Needles<Kind>,
    said: Vec<(Place, String)>,
}

impl Heard {
    fn learn(&mut self, kind: Kind, value: &str) {
        if !value.is_empty() {
            self.needles.add(value, kind);
        }
    }

    /// A reply, and what is handed out by it.
    fn hear(&mut self, reply: &Reply) {
        for (_, value) in reply.cookies() {
            self.learn(Kind::Credential, &value);
        }
        let body: Value = serde_json::from_str(&reply.text).unwrap_or_default();
        for credential in [&body["api_key"], &body["data"]["token"]] {
            self.learn(Kind::Credential, credential.as_str().unwrap_or_default());
        }
        let state = body["state"].as_u64().unwrap_or(200);
        let is_refusal = reply.status.as_u16() >= 400 || body["status"] == "failed" || state != 200;
        let place = if is_refusal { Refusal } else { Success };
        self.said.push((place, format!("{}\n{}", headers(&reply.headers), reply.text)));
        if let Some(url) = reply.header("location") {
            self.said.push((Redirect, url.to_owned()));
        }
    }

    /// Which kinds are in which places.
    fn found(&self) -> BTreeSet<(Kind, Place)> {
        let said = self.said.iter();
        let found = said.flat_map(|(place, text)| {
            let hits = self.needles.find(text.as_bytes());
            hits.into_iter().map(|hit| (*hit.of, *place)).collect::<Vec<_>>()
        });
        found.collect()
    }
}

/// The headers but that which leads elsewhere.
fn headers(headers: &HeaderMap) -> String {
    let others = headers.iter().filter(|(name, _)| *name != header::LOCATION);
    others.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect()
}

impl Journey {
    async fn begin() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let log = Log::begin();
        Self { app: TestApp::with(settings).await, log, heard: Heard::default() }
    }

    /// With a product that was made while the log was listened to.
    fn of(log: Log, app: TestApp) -> Self {
        Self { app, log, heard: Heard::default() }
    }

    /// A new canary.
    fn canary(&mut self, kind: Kind, number: u32) -> String {
        let value = canary(kind, number);
        self.heard.learn(kind, &value);
        value
    }

    /// A browser at an address that is one.
    fn browser(&mut self, number: u32) -> Browser {
        let address = self.canary(Kind::Address, number);
        self.app.browser_at(address.parse::<std::net::IpAddr>().unwrap())
    }

    async fn ask(&mut self, browser: &mut Browser, way: &str, body: Value) -> Reply {
        let (method, path) = way.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = if body.is_null() {
            browser.send(method, path, None, "").await
        } else {
            browser.send_json(method, path, body).await
        };
        self.heard.hear(&reply);
        reply
    }

    /// A tenant, and its client app at an address of its own.
    async fn client_app(&mut self, number: u32) -> Browser {
        let (tenant, secret) = self.app.directory.create_tenant("Canaries").await.unwrap();
        let secret = secret.expose().to_owned();
        self.heard.learn(Kind::TenantSecret, &secret);
        let pair = format!("{}:{secret}", tenant.id.as_str());
        let header = format!("basic {}", BASE64.encode(pair.as_bytes()));
        self.browser(number).header("starcedu-tenant-authorization", &header)
    }

    /// The paths that the links in the newest message lead to.
    fn links(&mut self) -> Vec<String> {
        let links = self.app.outbox.messages()[0].links.clone();
        let paths = links.iter().map(|link| {
            let path = link.strip_prefix(crate::support::PUBLIC_URL).unwrap().to_owned();
            self.heard.learn(Kind::LinkToken, path.rsplit_once('/').unwrap().1);
            path
        });
        paths.collect()
    }

    /// The code in the newest message.
    fn code(&mut self) -> String {
        let code = self.app.outbox.messages()[0].code.clone().unwrap();
        self.heard.learn(Kind::Code, &code);
        code
    }

    /// Looks at what is stored and at what was sent.
    async fn look(&mut self) {
        self.heard.said.extend(everything(&self.app).await);
    }

    /// Ends. Whatever was found is where it belongs, and it was found in these places and in no others.
    async fn ends(mut self, expected: &[(Kind, Place)]) {
        self.look().await;
        let Self { log, heard, .. } = self;
        heard.ends(log, expected);
    }

    /// From now on the database is gone.
    async fn outage(mut self) -> (Outage, Log, Heard) {
        self.look().await;
        let Self { app, log, heard } = self;
        (app.outage().await, log, heard)
    }
}

impl Heard {
    fn ends(mut self, log: Log, expected: &[(Kind, Place)]) {
        let log = log.end();
        assert!(log.contains("DEBUG"), "this is not all that is logged");
        for line in log.lines() {
            let hits = self.needles.find(line.as_bytes());
            assert!(hits.is_empty(), "the log holds {hits:?}: {line}");
        }
        self.said.push((Logged, log));
        for (place, text) in &self.said {
            for hit in self.needles.find(text.as_bytes()) {
                let (_, places) = BELONGS.iter().find(|(kind, _)| kind == hit.of).unwrap();
                assert!(places.contains(place), "{place:?} holds {hit:?}: {text}");
            }
        }
        // Also that what is looked for can be found.
        assert_eq!(self.found(), expected.iter().copied().collect());
    }
}

fn json_of(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|&(name, value)| (name.to_owned(), json!(value))).collect()
}
