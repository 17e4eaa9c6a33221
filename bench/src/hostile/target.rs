//! The product, as a stack with the template's own limits, on a clock that can be moved.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use http::{Request, Response};
use local::{Clients, Engine, Gateway, Message, Outbox, Secrets, Template, create_tables, link};
use shared::{app::App, clock::Clock, config::Config};
use tokio::net::TcpListener;

use crate::attack::Attack;

/// When the attack begins: 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600;

/// What everybody together may be sent in a day: less than the attackers could get without it.
pub(crate) const SMS_PER_DAY: u32 = 60;

pub(crate) struct Target {
    gateway: Gateway,
    outbox: Outbox,
    clock: Clock,
    _engine: Engine,
}

impl Target {
    pub(crate) async fn start() -> Result<Self> {
        let template = Template::load()?;
        let engine = Engine::start(TcpListener::bind("127.0.0.1:0").await?, None)?;
        let db = engine.client().await;
        create_tables(&db, &template.tables).await?;
        let mut settings: HashMap<String, String> = template.environment.clone();
        for (name, value) in [
            ("MAIL_FROM", "Atrium <no-reply@atrium.example>"),
            ("PUBLIC_URL", "https://api.example.com"),
            ("LIMIT_SMS_PER_DAY", &SMS_PER_DAY.to_string()),
            // The budgets of mails and messages are to hold by themselves.
            ("LIMIT_SIGN_UPS_PER_ADDRESS", "1000000"),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        let clock = Clock::fixed(BEGIN);
        let outbox = Outbox::new(clock.clone());
        let Clients { ses, sns, .. } = Clients::direct(&outbox, &Secrets::new());
        let app = App::new(Config::from_vars(&settings)?, db, clock.clone())?;
        let app = app.with_mail(ses)?.with_sms(sns);
        let gateway = Gateway::new(&template, &[], |name| link(name, app.clone()))?;
        Ok(Self { gateway, outbox, clock, _engine: engine })
    }

    pub(crate) async fn ask(&self, attack: &Attack) -> Result<Response<Vec<u8>>> {
        let body = attack.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(attack.method.clone())
            .uri(&attack.path)
            .header("host", "api.example.com")
            .header("content-type", "application/json")
            .body(body.into())
            .with_context(|| format!("{} is no path", attack.path))?;
        Ok(self.gateway.answer(request, attack.source).await.map(|body| body.to_vec()))
    }

    /// What was sent since this was asked last.
    pub(crate) fn drain(&self) -> Vec<Message> {
        let messages = self.outbox.messages();
        self.outbox.clear();
        messages
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(seconds);
    }
}
