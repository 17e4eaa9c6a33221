//! The product in this process, behind its gateway, and the same once more without a decoy.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use http::{HeaderName, HeaderValue, Request};
use local::{
    Clients, Engine, Gateway, LocalTenant, Outbox, SIGNING_KEYS_SECRET, Secrets, Template,
    create_tables, link,
};
use phonenumber::country;
use serde_json::{Value, json};
use shared::{
    app::App,
    clock::Clock,
    config::{Config, HashingConfig},
    credential::BareToken,
    directory::{Account, Status},
    identifier::{AccountId, Email, Identifier, Phone},
    password::{Hasher, NewPassword, PasswordHash},
    signed_token::SigningKeys,
    store::{Key, Store},
};
use tokio::net::TcpListener;

use crate::{
    door::Door,
    front::{Front, Refusal},
    person::{Person, State},
};

/// When it is asked: 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

/// Nobody guesses it.
const PASSWORD: &str = "right, and never asked with";

pub(crate) struct Product {
    front: Front,
    /// On the same tables, with new hashes and a decoy that cost next to nothing.
    undefended: Front,
    pub(crate) tenant_header: (HeaderName, HeaderValue),
    store: Store,
    phone_region: country::Id,
    /// By today's parameters.
    password: PasswordHash,
    /// By less.
    cheap_password: PasswordHash,
    _engine: Engine,
}

impl Product {
    /// A product that is asked in this process, or over HTTP.
    pub(crate) async fn start(over_http: bool) -> Result<Self> {
        let template = Template::load()?;
        let engine = Engine::start(TcpListener::bind("127.0.0.1:0").await?, None)?;
        let db = engine.client().await;
        create_tables(&db, &template.tables).await?;
        let clock = Clock::fixed(NOW);
        let secrets = Secrets::new();
        secrets.set(SIGNING_KEYS_SECRET, &SigningKeys::generate(NOW)?.to_secret()?);
        let clients = Clients::direct(&Outbox::new(clock.clone()), &secrets);

        let app = App::new(config(&template)?, db.clone(), clock.clone())?;
        let mut undefended = config(&template)?;
        undefended.hashing = HashingConfig { memory_kib: 8, passes: 1, ..undefended.hashing };
        let undefended = App::new(undefended, db.clone(), clock)?;
        let front = async |app: &App| {
            let gateway = Gateway::new(&template, &[], |name| {
                let policy = template.policies.get(name).context("a function without a policy")?;
                link(name, policy.confine(app.clone(), &db, &clients)?)
            })?;
            if over_http { Front::over_http(gateway).await } else { Ok(Front::in_process(gateway)) }
        };
        let tenant = LocalTenant::make(&app).await?.to_string();
        let (name, value) = tenant.split_once(": ").context("the tenant's header")?;
        let hashing = app.config.hashing;
        let cheap = HashingConfig { memory_kib: 8_192, ..hashing };
        Ok(Self {
            front: front(&app).await?,
            undefended: front(&undefended).await?,
            tenant_header: (name.parse()?, value.parse()?),
            store: Store::new(db.clone(), &app.config),
            phone_region: app.config.default_phone_region,
            password: hash(hashing).await?,
            cheap_password: hash(cheap).await?,
            _engine: engine,
        })
    }

    pub(crate) async fn ask(&self, person: &Person, request: Request<String>) -> Result<Refusal> {
        let front = if person.state == State::Undefended { &self.undefended } else { &self.front };
        front.ask(person, request).await
    }

    /// Writes what there is to be of each of them.
    pub(crate) async fn settle(&self, people: &[Person]) -> Result<()> {
        let mut records = Vec::new();
        for person in people {
            records.extend(self.records(person)?);
        }
        Ok(self.store.put_all(&records).await?)
    }

    fn records(&self, person: &Person) -> Result<Vec<(Key, Value)>> {
        let identifier = self.identifier(person)?;
        let account = match person.state {
            State::Unknown | State::UnknownToo | State::Undefended => return Ok(Vec::new()),
            State::Pending => return Ok(vec![self.pending(&identifier)?]),
            State::Wrong => self.account(person)?,
            State::Banned => Account { status: Status::Banned, ..self.account(person)? },
            State::Passwordless => Account { password: None, ..self.account(person)? },
            State::Imported => {
                Account { password: Some(self.cheap_password.clone()), ..self.account(person)? }
            }
        };
        let claim = json!({ "account": account.id, "created": NOW, "verified": true });
        Ok(vec![
            (Key::account(account.id), serde_json::to_value(&account)?),
            (Key::claim(&identifier), claim),
        ])
    }

    fn account(&self, person: &Person) -> Result<Account> {
        let (email, phone) = match self.identifier(person)? {
            Identifier::Email(email) => (Some(email), None),
            Identifier::Phone(phone) => (None, Some(phone)),
            Identifier::Username(_) => (None, None),
        };
        Ok(Account {
            id: AccountId::new(person.number()).context("an account's number")?,
            email,
            email_verified: true,
            phone,
            username: None,
            name: None,
            password: Some(self.password.clone()),
            identities: Vec::new(),
            status: Status::Active,
            epoch: 0,
            version: 0,
            created: NOW,
            updated: NOW,
        })
    }

    fn identifier(&self, person: &Person) -> Result<Identifier> {
        let text = person.identifier();
        Ok(match person.door {
            Door::Phone => {
                let phone = Phone::parse(&text, self.phone_region);
                Identifier::Phone(phone.context("no phone number")?)
            }
            Door::ApiKey
            | Door::Cookie
            | Door::Users
            | Door::Email
            | Door::Web
            | Door::ClientApp => Identifier::Email(Email::parse(&text).context("no address")?),
        })
    }

    /// A link or a code that was sent and not used.
    fn pending(&self, identifier: &Identifier) -> Result<(Key, Value)> {
        let (expires, password) = (NOW + 600, &self.password);
        Ok(match identifier {
            Identifier::Phone(phone) => {
                let code = json!({ "digest": "", "expires": expires, "ttl": expires });
                (Key::code(phone), code)
            }
            Identifier::Email(email) => {
                let link = json!({
                    "email": email, "password": password,
                    "created": NOW, "expires": expires, "ttl": expires,
                });
                (Key::pending(&BareToken::random()?), link)
            }
            Identifier::Username(_) => anyhow::bail!("no username waits for anything"),
        })
    }
}

fn config(template: &Template) -> Result<Config> {
    let mut settings: HashMap<String, String> = template.environment.clone();
    for (name, value) in [
        ("REPLIES", "uniform"),
        ("MAIL_FROM", "Atrium <no-reply@atrium.example>"),
        ("PUBLIC_URL", "https://api.example.com"),
        // One tenant asks for all people of its door.
        ("LIMIT_GUESSES_PER_TENANT", "1000000000"),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    Ok(Config::from_vars(&settings)?)
}

async fn hash(config: HashingConfig) -> Result<PasswordHash> {
    let password =
        NewPassword::parse(PASSWORD, 128).map_err(|reason| anyhow::anyhow!("{reason}"))?;
    let hashed = Hasher::new(config)?.hash(&password).await;
    Ok(hashed?)
}
