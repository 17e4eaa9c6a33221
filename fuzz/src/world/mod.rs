//! The functions, whole, with nothing behind them: a directory in which nobody is, and that takes
//! down nothing.

mod answer;
mod request;
mod services;

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use authorizer::Authorizer;
use aws_sdk_dynamodb::Client;
use axum::Router;
use futures::future::BoxFuture;
use lambda_http::{Context, LambdaEvent};
use serde_json::Value;
use shared::{
    app::App,
    clock::{Clock, Seconds},
    config::Config,
    envelope::{ApiKey, Contact, Cookie, Tenant, Users},
    http::{Contract, Door, Entry},
    notify, secret,
};
use tokio::runtime::{Builder, Runtime};

pub(crate) use answer::Answer;
pub(crate) use request::Request;
use services::Services;
pub(crate) use services::{SIGNING_KEYS, provider};

/// The time, which stands still: 2026-01-01T00:00:00Z.
pub(crate) const NOW: Seconds = 1_767_225_600;

/// Where clients reach the API.
pub(crate) const PUBLIC_URL: &str = "https://api.test";

/// A site whose pages may call.
pub(crate) const ALLOWED_ORIGIN: &str = "https://app.test";

/// The header of a tenant's client app.
pub(crate) const TENANT_HEADER: &str = "starcedu-tenant-authorization";

type Function = Box<dyn Fn(Value) -> BoxFuture<'static, Value> + Send + Sync>;

/// All that events are sent to.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) authorizer: Authorizer,
    services: Services,
    /// How many passwords had been hashed when this was last looked at.
    hashed: AtomicU64,
    functions: HashMap<&'static str, Function>,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
}

/// What comes of a future that is not waited for elsewhere.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

impl World {
    /// The world, made when it is first asked for.
    pub(crate) fn get() -> &'static Self {
        &WORLD
    }

    fn new() -> Self {
        let settings = [
            ("ACCOUNTS_TABLE", "accounts"),
            ("TOKENS_TABLE", "tokens"),
            ("STAGE", "dev"),
            ("PUBLIC_URL", PUBLIC_URL),
            ("ALLOWED_ORIGINS", ALLOWED_ORIGIN),
            ("MAIL_FROM", "Atrium <no-reply@atrium.example>"),
            ("SIGNING_KEYS_SECRET", services::SIGNING_KEYS_ID),
            ("OAUTH_PROVIDERS_SECRET", services::PROVIDERS_ID),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::from_vars(&settings.into()).unwrap();
        let services = Services::default();
        let sdk = services.sdk_config();
        let app = App::new(config, Client::new(&sdk), Clock::fixed(NOW)).unwrap();
        let app = app.with_mail(notify::ses(&sdk)).unwrap().with_sms(notify::sns(&sdk));
        let app = app.with_signing_keys(secret::client(&sdk)).unwrap();
        let app = app.with_providers(secret::client(&sdk)).unwrap();
        let functions = HashMap::from([
            ("api-key", function::<ApiKey>(api_key::router(), &app)),
            ("cookie", function::<Cookie>(cookie::router(), &app)),
            ("email", function::<Contact>(email::router(), &app)),
            ("phone", function::<Contact>(phone::router(), &app)),
            ("oauth", function::<Tenant>(oauth::router(), &app)),
            ("tenant", function::<Tenant>(tenant::router(), &app)),
            ("users", function::<Users>(users::router(), &app)),
        ]);
        let authorizer = Authorizer::new(app.clone());
        Self { app, authorizer, services, hashed: AtomicU64::new(0), functions }
    }

    /// What the function of a request answers.
    pub(crate) fn answer(&self, request: &Request<'_>) -> Answer {
        self.ask(request.function, request.event())
    }

    /// What a function answers to an event. Whatever the event is, it is a reply of the function's
    /// contract, and nobody is let in.
    pub(crate) fn ask(&self, function: &'static str, event: Value) -> Answer {
        self.services.forget();
        let answer = wait_for(self.functions[function](event));
        let answer = Answer::read(function, &answer);
        answer.assert_harmless(self.was_refused());
        self.assert_idle();
        answer
    }

    /// What a function answers to an event that is none: that the code is at fault, in its contract's
    /// envelope, without having asked for anything.
    pub(crate) fn ask_with_none(&self, function: &'static str, event: Value) {
        self.services.forget();
        let answer = Answer::read(function, &wait_for(self.functions[function](event)));
        assert_eq!(answer.status, 500, "{}", answer.body);
        answer.assert_worded();
        assert!(self.asked().is_empty(), "an event that is none was followed");
        self.assert_idle();
    }

    /// Begins anew to remember what was asked of the database.
    pub(crate) fn forget(&self) {
        self.services.forget();
    }

    /// Whether something was to be written down since, which the database refuses.
    pub(crate) fn was_refused(&self) -> bool {
        self.services.was_refused()
    }

    /// What was asked of the database since, as it was sent.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.services.asked()
    }

    /// Nothing was sent, and no password hashed: for neither there was a reason.
    pub(crate) fn assert_idle(&self) {
        assert!(!self.services.has_sent(), "something was sent to nobody");
        let hashed = self.app.directory.hasher().computed();
        let before = self.hashed.swap(hashed, Ordering::SeqCst);
        assert_eq!(hashed, before, "a password was hashed for nobody");
    }
}

fn function<C: Contract>(router: Router<App>, app: &App) -> Function {
    let entry = Arc::new(Entry::new(Door::<C>::new(router, app.clone())));
    Box::new(move |event| {
        let entry = Arc::clone(&entry);
        Box::pin(async move { entry.answer(LambdaEvent::new(event, Context::default())).await })
    })
}
