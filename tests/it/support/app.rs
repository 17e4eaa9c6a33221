//! The product in one process: the gateway, the functions, the real SDK and an engine of its own.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use authorizer::Authorizer;
use aws_sdk_dynamodb::{Client, config::Builder, types::AttributeValue};
use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use local::{
    Clients, Engine, Function, Gateway, Outbox, SIGNING_KEYS_SECRET, Secrets, Template,
    create_tables, link,
};
use serde_json::Value;
use shared::{
    app::App,
    clock::{Clock, Seconds},
    config::Config,
    directory::Directory,
    signed_token::SigningKeys,
};
use tokio::net::TcpListener;

use super::{
    Meter, Reply, assert_documented,
    canaries::{self, Asked, Watch},
    read_document,
};

/// When tests begin: 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600;

/// Where links in mails lead.
pub(crate) const PUBLIC_URL: &str = "https://api.test";

/// The keys that tokens are signed by, for all tests: it takes a while to make some.
static SIGNING_KEYS: LazyLock<String> =
    LazyLock::new(|| SigningKeys::generate(EPOCH).unwrap().to_secret().unwrap());

/// The template, read once.
pub(crate) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::load().unwrap());

/// An item as the engine has it.
type Item = HashMap<String, AttributeValue>;

/// What a test changes of the product that settings cannot say.
pub(crate) struct Preparation {
    pub(crate) config: fn(&mut Config),
    /// What becomes of the client of the database.
    pub(crate) database: Box<dyn FnOnce(Builder) -> Builder + Send>,
}

impl Default for Preparation {
    fn default() -> Self {
        Self { config: |_| {}, database: Box::new(|database| database) }
    }
}

/// The product, fresh. It answers as a stack of the stage `dev` would, except that one client
/// address may be a crowd unless a test says otherwise.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) directory: Directory,
    pub(crate) db: Client,
    pub(crate) meter: Meter,
    /// What was sent.
    pub(crate) outbox: Outbox,
    /// The signing keys, and the list of identity providers.
    pub(crate) secrets: Secrets,
    gateway: Arc<Gateway>,
    /// Whether the functions are the product's own, so that what they say is documented.
    is_documented: bool,
    /// The app of each function, by the function's folder.
    confined: HashMap<String, App>,
    /// The server of the database, where it has one.
    pub(crate) engine: Option<Engine>,
    /// Searches what was sent, when all is done.
    _watch: Watch,
}

/// What a product stands on.
pub(crate) struct Ground {
    /// How to reach the database, which has the tables.
    pub(crate) db: Builder,
    pub(crate) clock: Clock,
    pub(crate) outbox: Outbox,
    pub(crate) secrets: Secrets,
    /// The clients of all else.
    pub(crate) clients: Clients,
}

impl Ground {
    /// With an empty outbox, and no secrets but the signing keys.
    pub(crate) fn new(db: Builder) -> Self {
        Self::at(EPOCH, db)
    }

    fn at(now: Seconds, db: Builder) -> Self {
        let clock = Clock::fixed(now);
        let outbox = Outbox::new(clock.clone());
        let secrets = Secrets::new();
        secrets.set(SIGNING_KEYS_SECRET, &SIGNING_KEYS);
        let clients = Clients::direct(&outbox, &secrets);
        Self { db, clock, outbox, secrets, clients }
    }
}

/// The settings in that environment.
pub(crate) fn config(settings: &[(&str, &str)]) -> Config {
    Config::from_vars(&TestApp::environment(settings)).unwrap()
}

/// A database of its own with the tables, at this time.
async fn serve(now: Seconds) -> (Engine, Ground) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let engine = Engine::start(listener, None).unwrap();
    let sdk = engine.sdk_config().load().await;
    create_tables(&Client::new(&sdk), &TEMPLATE.tables).await.unwrap();
    (engine, Ground::at(now, Builder::from(&sdk)))
}

impl TestApp {
    /// What the functions of a stack of the stage `dev` have in their environment, where one client
    /// address may be a crowd, and with these settings, by the names of their variables.
    pub(crate) fn environment(settings: &[(&str, &str)]) -> HashMap<String, String> {
        let crowd = [
            ("HASH_CONCURRENCY", "2"),
            ("LIMIT_GUESSES_PER_ADDRESS", "1000000"),
            ("LIMIT_SIGN_UPS_PER_ADDRESS", "1000000"),
            ("LIMIT_DISCLOSURES_PER_ADDRESS", "1000000"),
            ("LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS", "1000000"),
            ("LIMIT_SMS_PER_ADDRESS", "1000000"),
            ("MAIL_FROM", "Atrium <no-reply@atrium.example>"),
            ("PUBLIC_URL", PUBLIC_URL),
        ];
        let mut variables = TEMPLATE.environment.clone();
        let changes = crowd.iter().chain(settings);
        variables.extend(changes.map(|&(name, value)| (name.to_owned(), value.to_owned())));
        variables
    }

    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With settings, by the names of their variables.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::at(EPOCH, settings).await
    }

    /// At this time.
    pub(crate) async fn at(now: Seconds, settings: &[(&str, &str)]) -> Self {
        Self::build(now, settings, link, |clients| clients).await
    }

    /// With functions that `link` finds in the place of the product's own.
    pub(crate) async fn with_functions(
        settings: &[(&str, &str)],
        link: impl Fn(&str, App) -> anyhow::Result<Function>,
    ) -> Self {
        let app = Self::build(EPOCH, settings, link, |clients| clients).await;
        Self { is_documented: false, ..app }
    }

    /// With clients of SES, SNS and Secrets Manager that `clients` makes of those of the stand-ins.
    pub(crate) async fn with_clients(
        settings: &[(&str, &str)],
        clients: impl FnOnce(Clients) -> Clients,
    ) -> Self {
        Self::build(EPOCH, settings, link, clients).await
    }

    /// With what settings cannot say.
    pub(crate) async fn prepared(settings: &[(&str, &str)], preparation: Preparation) -> Self {
        let (engine, mut ground) = serve(EPOCH).await;
        ground.db = (preparation.database)(ground.db);
        let mut config = config(settings);
        (preparation.config)(&mut config);
        let app = Self::on(&ground, config, link);
        Self { engine: Some(engine), ..app }
    }

    async fn build(
        now: Seconds,
        settings: &[(&str, &str)],
        link: impl Fn(&str, App) -> anyhow::Result<Function>,
        clients: impl FnOnce(Clients) -> Clients,
    ) -> Self {
        let (engine, mut ground) = serve(now).await;
        ground.clients = clients(ground.clients);
        let app = Self::on(&ground, config(settings), link);
        Self { engine: Some(engine), ..app }
    }

    /// On this ground, as it is.
    pub(crate) fn on(
        ground: &Ground,
        config: Config,
        link: impl Fn(&str, App) -> anyhow::Result<Function>,
    ) -> Self {
        read_document();
        canaries::listen();
        let Ground { db, clock, outbox, secrets, clients } = ground;
        let meter = Meter::default();
        let db = Client::from_conf(db.clone().interceptor(meter.clone()).build());
        let app = App::new(config, db.clone(), clock.clone()).unwrap();
        let confined = TEMPLATE.policies.iter().map(|(name, policy)| {
            (name.clone(), policy.confine(app.clone(), &db, clients).unwrap())
        });
        let confined: HashMap<_, _> = confined.collect();
        let gateway = Gateway::new(&TEMPLATE, &app.config.allowed_origins, |name| {
            link(name, confined[name].clone())
        });
        let gateway = gateway.unwrap();
        Self {
            clock: clock.clone(),
            directory: app.directory.clone(),
            app,
            db,
            meter,
            outbox: outbox.clone(),
            secrets: secrets.clone(),
            gateway: Arc::new(gateway),
            is_documented: true,
            confined,
            engine: None,
            _watch: Watch::of(outbox.clone()),
        }
    }

    /// What the operator's commands work on.
    pub(crate) fn connection(&self) -> admin::Connection {
        let Clients { secrets, .. } = Clients::direct(&self.outbox, &self.secrets);
        admin::Connection { app: self.app.clone(), secrets }
    }

    /// The function whose folder has this name, with what its policy allows.
    pub(crate) fn function(&self, name: &str) -> Function {
        match self.gateway.function(name) {
            Some(function) => function.clone(),
            None => panic!("{name} has no routes"),
        }
    }

    /// The directory, with what a function's policy allows.
    pub(crate) fn directory_of(&self, function: &str) -> &Directory {
        &self.confined[function].directory
    }

    /// The app of a function, with what its policy allows.
    pub(crate) fn app_of(&self, function: &str) -> App {
        self.confined[function].clone()
    }

    /// The app with the keys by which tokens are signed, as a function has it that was just started:
    /// it has read nothing so far.
    pub(crate) fn signing(&self) -> App {
        let Clients { secrets, .. } = Clients::direct(&self.outbox, &self.secrets);
        self.app.clone().with_signing_keys(secrets).unwrap()
    }

    /// The function that other teams' APIs ask, just started, with what its policy allows.
    pub(crate) fn authorizer(&self) -> Authorizer {
        let Clients { secrets, .. } = Clients::direct(&self.outbox, &self.secrets);
        let confined = self.confined["authorizer"].clone();
        Authorizer::new(confined.with_signing_keys(secrets).unwrap())
    }

    /// Stops the engine: from now on there is an outage.
    pub(crate) async fn outage(self) -> Outage {
        let Self { gateway, is_documented, engine, .. } = self;
        engine.unwrap().stop().await.unwrap();
        Outage { gateway, is_documented }
    }

    /// A browser (or an app that keeps cookies) at an address of its own.
    pub(crate) fn browser(&self) -> Browser {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.browser_at(crowd(number))
    }

    /// A browser at this address.
    pub(crate) fn browser_at(&self, address: impl Into<IpAddr>) -> Browser {
        Browser::new(Arc::clone(&self.gateway), self.is_documented, address.into())
    }

    /// A request without cookies from an address of its own.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.browser().post(path, body).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Reply {
        self.browser().delete(path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.browser().get(path).await
    }

    /// Every item of a table.
    pub(crate) async fn dump(&self, table: &str) -> Vec<Item> {
        let mut pages = self.db.scan().table_name(table).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.unwrap());
        }
        items
    }

    /// The audit finds nothing wrong; answers how many accounts there are.
    pub(crate) async fn audited(&self) -> usize {
        let audit = self.directory.audit().await.unwrap();
        assert!(audit.problems.is_empty(), "{audit:?}");
        assert_eq!(audit.unfinished_deletions, 0);
        audit.accounts
    }
}

/// A product whose database is gone.
pub(crate) struct Outage {
    gateway: Arc<Gateway>,
    is_documented: bool,
}

impl Outage {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.gateway), self.is_documented, crowd(0))
    }
}

/// One of many client addresses.
pub(crate) fn crowd(number: u32) -> IpAddr {
    let [_, a, b, c] = number.to_be_bytes();
    [10, a, b, c].into()
}

/// Something that sends requests from one address and keeps the cookies that it is given.
#[derive(Clone)]
pub(crate) struct Browser {
    gateway: Arc<Gateway>,
    is_documented: bool,
    address: IpAddr,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(gateway: Arc<Gateway>, is_documented: bool, address: IpAddr) -> Self {
        let (headers, cookies) = (Vec::new(), BTreeMap::new());
        Self { gateway, is_documented, address, headers, cookies }
    }

    /// With this header in every request.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    /// With this cookie in every request.
    pub(crate) fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The value of a cookie that it keeps.
    pub(crate) fn kept(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send_json(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&mut self, path: &str, body: Value) -> Reply {
        self.send_json(Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&mut self, path: &str, body: Value) -> Reply {
        self.send_json(Method::DELETE, path, body).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    pub(crate) async fn send_json(&mut self, method: Method, path: &str, body: Value) -> Reply {
        self.send(method, path, Some("application/json"), body.to_string()).await
    }

    /// Sends a request with any body. The path may hold a query, both as they go over the wire.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request =
            Request::builder().method(method.clone()).uri(path).header("host", "api.test");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body.into()).unwrap();
        let asked = Asked::by(&request, self.address);
        let reply = Reply::new(self.gateway.answer(request, self.address).await);
        asked.answered(path, &reply);
        if self.is_documented {
            assert_documented(&method, path, &reply);
        }
        for (name, value) in reply.cookies() {
            if value.is_empty() {
                self.cookies.remove(&name);
            } else {
                self.cookies.insert(name, value);
            }
        }
        reply
    }
}
