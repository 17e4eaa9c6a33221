//! What every point of the sweep begins with: a directory in which somebody is in every state that
//! an endpoint can meet, made once and copied for each point.

use std::{collections::HashMap, net::IpAddr, path::PathBuf};

use aws_sdk_dynamodb::{
    Client,
    config::{Builder, Credentials, Region, retry::RetryPartition},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use data_encoding::BASE64;
use dynoxide::types::AttributeValue;
use local::{Clients, create_tables, link};
use serde_json::{Value, json};
use shared::{config::Config, store::sdk_config_loader};
use tempfile::TempDir;

use super::said::Said;
use crate::{
    oauth::host::Host,
    support::{
        Browser, DirectEngine, Door, Ground, Line, PASSWORD, PUBLIC_URL, Service, SignIn, TEMPLATE,
        TestApp, config, create, crowd, register,
    },
};

/// A password that nobody has at first.
pub(super) const OTHER: &str = "7Zq!vB3@mLr";

/// Where the requests of the sweep come from.
pub(super) fn here() -> IpAddr {
    crowd(0x00ab_cdef)
}

/// The directory as it is before a fault.
pub(super) struct Town {
    folder: TempDir,
    /// The settings of the database's client, before it is led anywhere.
    db: Builder,
    host: Host,
    /// What the table of rows calls by a word: credentials, links, codes, ids.
    words: HashMap<&'static str, String>,
}

/// A copy of it, with a product in it.
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) line: Line,
    /// The cookie of a browser that comes back from the provider, and the path that it comes by.
    pub(super) visit: Option<(String, String)>,
    ground: Ground,
    db: Builder,
    engine: DirectEngine,
}

/// The settings: a provider over plain HTTP, and as many guesses as the checks take. Hashes cost
/// next to nothing, which no setting allows.
fn settings() -> Config {
    let mut config = config(&[("STAGE", "local"), ("LIMIT_GUESSES_PER_ACCOUNT", "1000")]);
    config.hashing.memory_kib = 8;
    config.hashing.passes = 1;
    config
}

impl Town {
    /// Builds it. Time must run: the provider is reached over the network.
    pub(super) async fn build() -> Self {
        let sdk = sdk_config_loader()
            .endpoint_url("http://127.0.0.1:1")
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::from_keys("local", "local", None));
        let db = Builder::from(&sdk.load().await);
        let engine = DirectEngine::empty();
        let led = db.clone().http_client(engine.clone());
        create_tables(&Client::from_conf(led.clone().build()), &TEMPLATE.tables).await.unwrap();
        let ground = Ground::new(led);
        let host = Host::start(&ground.clock).await;
        let providers = json!({ "providers": [host.entry()] }).to_string();
        ground.secrets.set("providers", &providers);
        let app = TestApp::on(&ground, settings(), link);
        let mut builder = Settlers { app: &app, host: &host, words: HashMap::new() };
        builder.settle().await;
        let words = builder.words;
        assert_eq!(app.audited().await, 7);
        let folder = tempfile::tempdir().unwrap();
        engine.save(&folder.path().join("town"));
        Self { folder, db, host, words }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("town")
    }

    /// A text in which `<word>` stands for what that means here.
    pub(super) fn told(&self, text: &str) -> String {
        let mut told = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (word, after) = after.split_once('>').unwrap();
            told += before;
            told += self.word(word);
            rest = after;
        }
        told + rest
    }

    pub(super) fn word(&self, word: &str) -> &str {
        self.words.get(word).unwrap_or_else(|| panic!("nothing is called {word}"))
    }

    /// Fills in the provider's page.
    pub(super) async fn at_provider(&self, location: &str, subject: &str) -> String {
        self.host.sign_in(location, subject).await
    }

    /// A copy of it, where every function has just been started.
    pub(super) fn world(&self) -> World {
        let engine = DirectEngine::restored(&self.file());
        let line = Line::default();
        let mut ground = Ground::new(self.db.clone());
        ground.secrets.set("providers", &json!({ "providers": [self.host.entry()] }).to_string());
        connect(&mut ground, &self.db, &engine, &line);
        line.set_paused(true);
        let app = TestApp::on(&ground, settings(), link);
        World { app, line, visit: None, ground, db: self.db.clone(), engine }
    }
}

impl World {
    /// Has every function start anew, as after its death: what is stored is all that is left.
    pub(super) fn restart(&mut self) {
        connect(&mut self.ground, &self.db, &self.engine, &self.line);
        self.app = TestApp::on(&self.ground, settings(), link);
    }

    /// The browser that asks, with these cookies.
    pub(super) fn browser(&self) -> Browser {
        self.app.browser_at(here())
    }
}

/// Leads all calls over the line. What the SDK allows itself in retries is counted anew: it would
/// count those of all points together.
fn connect(ground: &mut Ground, db: &Builder, engine: &DirectEngine, line: &Line) {
    let retries = || RetryPartition::custom("point").build();
    let whole = SharedHttpClient::new(engine.clone());
    ground.db =
        db.clone().http_client(line.end(Service::DynamoDb, whole)).retry_partition(retries());
    let Clients { ses, sns, secrets } = Clients::direct(&ground.outbox, &ground.secrets);
    let ses = ses.config().to_builder().retry_partition(retries()).build();
    let sns = sns.config().to_builder().retry_partition(retries()).build();
    let secrets = secrets.config().to_builder().retry_partition(retries()).build();
    ground.clients = line.clients(Clients {
        ses: aws_sdk_ses::Client::from_conf(ses),
        sns: aws_sdk_sns::Client::from_conf(sns),
        secrets: aws_sdk_secretsmanager::Client::from_conf(secrets),
    });
}

/// Those who move in.
struct Settlers<'a> {
    app: &'a TestApp,
    host: &'a Host,
    words: HashMap<&'static str, String>,
}

impl Settlers<'_> {
    fn call(&mut self, word: &'static str, text: impl Into<String>) {
        assert_eq!(self.words.insert(word, text.into()), None, "{word}");
    }

    async fn settle(&mut self) {
        self.call("password", PASSWORD);
        self.call("other", OTHER);
        self.call("password-in-query", "k9%23Lw2%21pQz");
        self.ann().await;
        self.bob().await;
        self.by_mail().await;
        self.by_phone().await;
        self.at_the_provider().await;
    }

    /// Ann has an address that she has not proven, and is signed in everywhere.
    async fn ann(&mut self) {
        let app = self.app;
        let id = register(&mut app.browser(), "annabella", "ann@example.com").await.id();
        self.call("ann", id.to_string());
        let mut browser = app.browser_at(here());
        let key = Door::ApiKey.ask(&mut browser, "ann@example.com", PASSWORD).await.json();
        self.call("key", key["api_key"].as_str().unwrap());
        for door in [Door::Cookie, Door::Users, Door::Tenant] {
            let done = door.sign_in(&mut browser, "ann@example.com", PASSWORD).await;
            assert_eq!(done, SignIn::Done(id));
        }
        for (word, cookie) in
            [("sessionid", "sessionid"), ("_session", "_session"), ("web", "connect.sid")]
        {
            self.call(word, browser.kept(cookie).unwrap());
        }
        let contact = self.contact("/email/token", "email", "ann@example.com").await;
        self.call("contact", contact);

        let (tenant, secret) = app.directory.create_tenant("Star Education").await.unwrap();
        let shown = BASE64.encode(format!("{}:{}", tenant.id, secret.expose()).as_bytes());
        self.call("tenant", format!("basic {shown}"));
        let header = self.words["tenant"].clone();
        let mut client_app =
            app.browser_at(here()).header("starcedu-tenant-authorization", &header);
        let token = Door::Tenant.ask(&mut client_app, "ann@example.com", PASSWORD).await.json();
        self.call("jwt", token["data"]["token"].as_str().unwrap());
        // Counters are not at nothing, so that one that goes down shows.
        for _ in 0..3 {
            for mut browser in [app.browser_at(here()), client_app.clone(), app.browser()] {
                let done = Door::Tenant.sign_in(&mut browser, "ann@example.com", OTHER).await;
                assert_eq!(done, SignIn::Refused);
            }
            register(&mut app.browser_at(here()), "annabella", "another@example.com").await;
        }
    }

    /// Bob is banned.
    async fn bob(&mut self) {
        create(&mut self.app.browser(), "bob@example.com").await.id();
        self.app.ban("bob@example.com").await;
    }

    /// Eve and Fay have proven their addresses; Fay has just done so. Others may.
    async fn by_mail(&mut self) {
        for (address, open, cancel) in [
            ("eve@example.com", "eve-open", "eve-cancel"),
            ("fay@example.com", "fay-open", "fay-cancel"),
            ("new@example.com", "new-open", "new-cancel"),
            ("ann@example.com", "ann-open", "ann-cancel"),
        ] {
            let body = json!({ "email": address, "password": PASSWORD });
            let reply = self.app.post("/email/users", body).await;
            assert_eq!(reply.json()["state"], 200, "{reply}");
            let mail = self.app.outbox.messages().swap_remove(0);
            let path = |link: &String| link.strip_prefix(PUBLIC_URL).unwrap().to_owned();
            self.call(open, path(&mail.links[0]));
            self.call(cancel, path(&mail.links[1]));
        }
        for word in ["eve-open", "fay-open"] {
            let reply = self.app.get(&self.words[word]).await;
            assert_eq!(reply.json()["state"], 200, "{reply}");
        }
        let contact = self.contact("/email/token", "email", "eve@example.com").await;
        self.call("eve-contact", contact);
    }

    /// Dan has a phone number, and a code was sent to another one.
    async fn by_phone(&mut self) {
        for number in ["%2B8613800138000", "%2B8613900139000"] {
            let reply = self.app.get(&format!("/phone/users/code?phone={number}")).await;
            assert_eq!(reply.json()["state"], 200, "{reply}");
        }
        let messages = self.app.outbox.messages();
        let code = |place: usize| messages[place].code.clone().unwrap();
        self.call("code", code(0));
        let wrong = (code(0).parse::<u32>().unwrap() + 1) % 1_000_000;
        self.call("wrong-code", format!("{wrong:06}"));
        let body = json!({ "phone": "+8613800138000", "password": PASSWORD, "code": code(1) });
        let reply = self.app.post("/phone/users", body).await;
        assert_eq!(reply.json()["state"], 200, "{reply}");
        let contact = self.contact("/phone/token", "phone", "+8613800138000").await;
        self.call("phone-contact", contact);
    }

    async fn contact(&self, path: &str, name: &str, identifier: &str) -> String {
        let mut browser = self.app.browser_at(here());
        let reply = browser.post(path, json!({ name: identifier, "password": PASSWORD })).await;
        assert_eq!(reply.json()["state"], 200, "{reply}");
        browser.kept("token").unwrap().to_owned()
    }

    /// Gus has bound who he is at the provider; Hal and Ida have shown it, and not bound it. All of
    /// them are on their way back once more.
    async fn at_the_provider(&mut self) {
        for (email, subject, visit, waiting) in [
            ("gus@example.com", "gus", "gus-visit", "gus-back"),
            ("hal@example.com", "hal", "hal-visit", "hal-back"),
        ] {
            let sign_up = json!({ "username": email, "password": PASSWORD });
            if subject == "gus" {
                let (mut browser, back) = self.back(subject).await;
                browser.get(&back).await;
                let reply = browser.post("/api/user/signup", sign_up).await;
                assert_eq!(reply.json()["message"], "bind and register successfully", "{reply}");
            } else {
                self.app.post("/api/user/signup", sign_up).await;
            }
            let (browser, back) = self.back(subject).await;
            self.call(visit, browser.kept("connect.sid").unwrap());
            self.call(waiting, back);
        }
        let (mut browser, back) = self.back("ida").await;
        browser.get(&back).await;
        self.call("ida-waits", browser.kept("connect.sid").unwrap());
    }

    async fn back(&self, subject: &str) -> (Browser, String) {
        let mut browser = self.app.browser_at(here());
        let reply = browser.get("/oauth/local/start").await;
        let location = reply.header("location").unwrap().to_owned();
        let back = self.host.sign_in(&location, subject).await;
        (browser, back)
    }
}

/// What is stored, as far as the checks compare it.
pub(super) struct Stored {
    /// Each counter, and what it has counted.
    pub(super) counters: HashMap<String, i64>,
    /// How many credentials there are.
    pub(super) credentials: usize,
}

impl World {
    pub(super) fn stored(&self) -> Stored {
        let (mut counters, mut credentials) = (HashMap::new(), 0);
        for item in self.engine.items("tokens") {
            let key = text(&item, "pk");
            if key.starts_with("count#") {
                let AttributeValue::N(count) = &item["count"] else { panic!("{key}") };
                counters.insert(key.to_owned(), count.parse().unwrap());
            } else if key.starts_with("credential#") {
                credentials += 1;
            }
        }
        Stored { counters, credentials }
    }

    /// How many items of the table of accounts have keys that begin with these texts, or end with the
    /// one.
    pub(super) fn items(&self, prefix: &str, suffix: &str) -> usize {
        let items = self.engine.items("accounts");
        let keys = items.iter().map(|item| (text(item, "pk"), text(item, "sk")));
        keys.filter(|(pk, sk)| {
            pk.starts_with(prefix) && (pk.ends_with(suffix) || sk.starts_with(suffix))
        })
        .count()
    }

    /// Whose credential this is, by the account's id.
    pub(super) async fn holder(&self, slot: &str, text: &str) -> Option<u64> {
        let event = presenting(slot, text);
        let answer = self.app.authorizer().answer(event).await.unwrap();
        let id = answer["context"]["accountId"].as_str()?;
        Some(id.parse().unwrap())
    }

    pub(super) fn said_by_authorizer(answer: Result<Value, shared::error::Outage>) -> Said {
        match answer {
            Ok(answer) => Said::of(200, answer.to_string()),
            Err(_) => Said::failed(),
        }
    }
}

fn text<'a>(item: &'a HashMap<String, AttributeValue>, name: &str) -> &'a str {
    let AttributeValue::S(text) = &item[name] else { panic!("{name} is no text") };
    text
}

/// An event of the gateway that presents a credential: in a header, or else in a cookie.
pub(super) fn presenting(slot: &str, text: &str) -> Value {
    let (headers, cookies) = match slot {
        "x-api-key" => (json!({ "x-api-key": text }), json!([])),
        "bearer" => (json!({ "authorization": format!("bearer {text}") }), json!([])),
        cookie => (json!({}), json!([format!("{cookie}={text}")])),
    };
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeKey": "GET /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "cookies": cookies,
        "headers": headers,
        "requestContext": {
            "http": { "method": "GET", "path": "/orders", "sourceIp": "198.51.100.7" },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
    })
}
