//! One sequence: each step is told to the model and done to the product, and what came of it is
//! compared.

use std::collections::BTreeMap;

use authorizer::Authorizer;
use data_encoding::BASE64;
use http::Method;
use local::Message as Sent;
use serde_json::{Value, json};
use shared::{
    credential::Kind,
    directory::TenantStatus,
    error::{Error, Reason},
    identifier::{AccountId, Email as StoredEmail, Identifier as StoredIdentifier, TenantId},
};

use super::{
    budget::SETTINGS,
    names::Names,
    state::{Effects, Message, Refusal, State},
    step::{Operation, Step},
    wire::{Aim, Held, Request, request},
    wording::{Answer, door, handed_out, made},
};
use crate::{
    authorizer::{Slot, event, refused},
    support::{PUBLIC_URL, Preparation, Reply, TestApp, cheap_hashes},
};

/// What the client apps of the contract `tenant` show their credentials in.
const TENANT_HEADER: &str = "starcedu-tenant-authorization";

/// What model and product disagree about.
pub(super) type Divergence = String;

/// The product, with a tenant. Many sequences use it, one after the other.
pub(super) struct Product {
    pub(super) app: TestApp,
    authorizer: Authorizer,
    tenant: TenantId,
    tenant_header: String,
}

impl Product {
    pub(super) async fn start() -> Self {
        let preparation = Preparation { config: cheap_hashes, ..Preparation::default() };
        let app = TestApp::prepared(&SETTINGS, preparation).await;
        let (tenant, secret) = app.directory.create_tenant("Star Education").await.unwrap();
        let shown = format!("{}:{}", tenant.id, secret.expose());
        Self {
            authorizer: app.authorizer(),
            tenant: tenant.id,
            tenant_header: format!("basic {}", BASE64.encode(shown.as_bytes())),
            app,
        }
    }

    pub(super) async fn enable_tenant(&self, enabled: bool) {
        let status = if enabled { TenantStatus::Active } else { TenantStatus::Disabled };
        self.app.directory.set_tenant_status(&self.tenant, status).await.unwrap();
    }
}

/// How often what was done, and what came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) sequences: u32,
    pub(super) kinds: BTreeMap<&'static str, u32>,
    pub(super) doors: BTreeMap<&'static str, u32>,
    pub(super) outcomes: BTreeMap<String, u32>,
    /// How many credentials were looked at after their sequence, live and dead ones.
    pub(super) credentials: [u32; 2],
}

impl Tally {
    pub(super) fn steps(&self) -> u32 {
        self.kinds.values().sum()
    }

    fn count(&mut self, step: &Step, outcome: Result<(), Refusal>) {
        *self.kinds.entry(step.kind()).or_default() += 1;
        if let Some(door) = door(step) {
            *self.doors.entry(door).or_default() += 1;
        }
        let outcome = match outcome {
            Ok(()) => "done".to_owned(),
            Err(Refusal::TooMany(_)) => "TooMany".to_owned(),
            Err(refusal) => format!("{refusal:?}"),
        };
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        self.sequences += other.sequences;
        other.kinds.into_iter().for_each(|(it, count)| *self.kinds.entry(it).or_default() += count);
        other.doors.into_iter().for_each(|(it, count)| *self.doors.entry(it).or_default() += count);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (mine, others) in self.credentials.iter_mut().zip(other.credentials) {
            *mine += others;
        }
    }
}

/// A sequence that is under way.
pub(super) struct Run<'a> {
    pub(super) product: &'a Product,
    pub(super) state: State,
    pub(super) held: Held,
    pub(super) tally: Tally,
}

impl<'a> Run<'a> {
    pub(super) fn new(product: &'a Product, sequence: u32) -> Self {
        let state = State::new(Names::of(sequence), product.app.clock.now());
        Self { product, state, held: Held::default(), tally: Tally::default() }
    }

    /// Does one step to both.
    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Divergence> {
        let outcome = self.compare(step).await?;
        self.tally.count(step, outcome);
        Ok(())
    }

    async fn compare(&mut self, step: &Step) -> Result<Result<(), Refusal>, Divergence> {
        let aim = self.state.aim(step, &self.held);
        match *step {
            Step::Wait { seconds } => {
                self.product.app.clock.advance(seconds);
                self.state.now += seconds;
                Ok(Ok(()))
            }
            Step::EnableTenant(enabled) => {
                self.product.enable_tenant(enabled).await;
                self.state.tenant_enabled = enabled;
                Ok(Ok(()))
            }
            Step::Operate { operation, .. } => self.operate(&aim, operation).await,
            Step::Present { .. } => {
                let presented: Vec<_> = [aim.credential, aim.other].into_iter().flatten().collect();
                self.present(&presented).await.map(Ok)
            }
            _ => {
                let request = request(step, &aim, &self.state, &self.held).unwrap();
                self.exchange(step, &aim, &request).await
            }
        }
    }

    /// Sends a request, and compares all that came of it.
    async fn exchange(
        &mut self,
        step: &Step,
        aim: &Aim,
        request: &Request,
    ) -> Result<Result<(), Refusal>, Divergence> {
        let hasher = self.product.app.directory.hasher();
        let hashes = hasher.computed();
        self.product.app.outbox.clear();
        let reply = self.send(request).await;
        let hashes = hasher.computed() - hashes;
        let mut sent = self.product.app.outbox.messages();
        sent.reverse();

        let outcome = self.apply(step, aim);
        let effects = std::mem::take(&mut self.state.effects);
        self.learn(step, &effects, &reply, &sent).await?;
        let expected =
            Answer::expected(step, request, outcome, (&self.state, &effects, &self.held));
        let found = Answer::of(&reply);
        if found != expected {
            return Err(format!("the reply is {found:?} and not {expected:?} ({outcome:?})"));
        }
        if hashes != effects.hashes {
            return Err(format!("{hashes} hashes were computed and not {}", effects.hashes));
        }
        Ok(outcome.map(drop))
    }

    async fn send(&self, request: &Request) -> Reply {
        let address = self.state.names.address(request.place);
        let mut browser = self.product.app.browser_at(address);
        if let Some((name, value)) = &request.cookie {
            browser = browser.cookie(name, value);
        }
        if request.by_client_app {
            browser = browser.header(TENANT_HEADER, &self.product.tenant_header);
        }
        if let Some(token) = &request.bearer {
            browser = browser.header("authorization", &format!("bearer {token}"));
        }
        let (method, path) = (request.method.clone(), request.path.as_str());
        if method == Method::GET {
            browser.get(path).await
        } else {
            browser.send_json(method, path, request.body.clone()).await
        }
    }

    /// What the model makes of a request.
    fn apply(&mut self, step: &Step, aim: &Aim) -> Result<Option<usize>, Refusal> {
        let state = &mut self.state;
        let kind = aim.credential.map_or(Kind::UsersSession, |it| state.credentials[it].kind);
        match *step {
            Step::SignUp { door, email, spelling, password, place, .. } => {
                state.sign_up(door, (email, spelling), password, place, aim.credential)
            }
            Step::SignIn { door, place, .. } => {
                state.sign_in(door, aim.password.unwrap(), place, aim.credential)
            }
            Step::SignOut { by, place, .. } => state.sign_out(kind, aim.credential, by, place),
            Step::ChangePassword { new, place, .. } => {
                let passwords = (aim.password.unwrap(), new);
                state.change_password(kind, aim.credential, passwords, place)
            }
            Step::ChangeProfile { rename, email, place, .. } => {
                let name = rename.then(|| Names::shown_name(email));
                state.change_profile(aim.credential, name, Some(email), place)
            }
            Step::Delete { email, place, .. } => {
                state.delete(email, aim.password.unwrap(), place, aim.credential)
            }
            Step::AskForLink { email, password, place, .. } => {
                state.ask_for_link(email, password, place)
            }
            Step::Follow { following, .. } => state.follow(aim.link, following),
            Step::AskForCode { phone, .. } => state.ask_for_code(phone),
            Step::RegisterByPhone { phone, password, place, .. } => {
                state.register_by_phone(phone, password, aim.code, place)
            }
            Step::LookAt { .. } => state.look_at(aim.account),
            Step::Present { .. }
            | Step::Operate { .. }
            | Step::EnableTenant(_)
            | Step::Wait { .. } => unreachable!("{step:?} is no request"),
        }
    }

    /// Keeps the secrets that a step has handed out, and compares what was sent.
    async fn learn(
        &mut self,
        step: &Step,
        effects: &Effects,
        reply: &Reply,
        sent: &[Sent],
    ) -> Result<(), Divergence> {
        let nothing = || format!("nothing was handed out: {}", Answer::of(reply).body);
        if effects.made.is_some() {
            let id = match (made(reply), step) {
                (None, Step::Follow { .. }) => self.made_by_link().await,
                (id, _) => id,
            };
            self.held.ids.push(id.ok_or_else(nothing)?);
        }
        if let Some(handed) = effects.handed {
            let kind = self.state.credentials[handed].kind;
            self.held.tokens.push(handed_out(reply, kind).ok_or_else(nothing)?);
        }
        let names = self.state.names;
        let expected: Vec<_> =
            effects.messages.iter().map(|message| recipient(*message, names)).collect();
        let found: Vec<_> = sent
            .iter()
            .map(|message| (message.to.clone(), message.subject.clone().unwrap_or_default()))
            .collect();
        if found != expected {
            return Err(format!("these were sent: {found:?}, and not these: {expected:?}"));
        }
        for (message, sent) in effects.messages.iter().zip(sent) {
            match message {
                Message::Activate(_) | Message::TakeOver(_) => {
                    let path = |link: &String| link.strip_prefix(PUBLIC_URL).unwrap().to_owned();
                    let paths: Vec<_> = sent.links.iter().map(path).collect();
                    let paths = paths.try_into().map_err(|_| "a mail without its links")?;
                    self.held.links.push(paths);
                }
                Message::Code(phone) => {
                    let code = sent.code.clone().ok_or("a message without a code")?;
                    self.held.codes.entry(*phone).or_default().push(code);
                }
                Message::EmailChanged(_) | Message::PasswordChanged(_) => {}
            }
        }
        Ok(())
    }

    /// The id of the newest account, which its link does not tell.
    async fn made_by_link(&self) -> Option<u64> {
        let email = self.state.names.email(self.state.accounts.last()?.email?);
        let identifier = StoredIdentifier::Email(StoredEmail::parse(&email)?);
        let found = self.product.app.directory.find_by_identifier(&identifier).await;
        Some(found.ok()?.id.number())
    }

    async fn operate(
        &mut self,
        aim: &Aim,
        operation: Operation,
    ) -> Result<Result<(), Refusal>, Divergence> {
        let id = aim.account.map_or(1, |account| self.held.ids[account]);
        let (id, directory) = (AccountId::new(id).unwrap(), &self.product.app.directory);
        let done = match operation {
            Operation::Ban => directory.ban(id).await,
            Operation::Unban => directory.unban(id).await,
            Operation::SignOut => directory.sign_out_everywhere(id).await,
            Operation::Delete => directory.delete_account(id).await,
        };
        let expected = self.state.operate(aim.account, operation).map(drop);
        match (&done, expected) {
            (Ok(()), Ok(()))
            | (Err(Error::Denied(Reason::AccountUnknown)), Err(Refusal::Unknown)) => Ok(expected),
            _ => Err(format!("{operation:?} came to {done:?} and not to {expected:?}")),
        }
    }

    /// Asks the authorizer whose these are.
    pub(super) async fn present(&self, presented: &[usize]) -> Result<(), Divergence> {
        let with_slot = |credential: &usize| {
            let kind = self.state.credentials[*credential].kind;
            (slot(kind), self.held.tokens[*credential].as_str())
        };
        let shown: Vec<_> = presented.iter().map(with_slot).collect();
        let found = self.product.authorizer.answer(event(&shown)).await;
        let found = found.map_err(|outage| outage.to_string())?;
        let expected = self.authorized(presented);
        if found == expected {
            return Ok(());
        }
        Err(format!("the authorizer says {found} of {presented:?} and not {expected}"))
    }

    fn authorized(&self, presented: &[usize]) -> Value {
        let live = presented.iter().copied().filter(|it| self.state.is_live(*it));
        let mut live: Vec<_> = live.map(|it| self.state.credentials[it]).collect();
        live.sort_by_key(|it| Slot::ALL.iter().position(|other| *other == slot(it.kind)));
        let Some(first) = live.first() else { return refused() };
        if live.iter().any(|other| other.account != first.account) {
            return refused();
        }
        let tenant = match first.kind {
            Kind::TenantToken => self.product.tenant.as_str(),
            _ => "",
        };
        let context = json!({
            "accountId": self.held.ids[first.account].to_string(),
            "contract": slot(first.kind).contract(),
            "tenant": tenant,
        });
        json!({ "isAuthorized": true, "context": context })
    }
}

const fn slot(kind: Kind) -> Slot {
    match kind {
        Kind::ApiKey => Slot::ApiKey,
        Kind::TenantToken => Slot::Bearer,
        Kind::WebSession => Slot::Web,
        Kind::ContactSession => Slot::Contact,
        Kind::CookieSession => Slot::Cookie,
        Kind::UsersSession => Slot::Users,
    }
}

/// Who gets a message, and what its subject is.
fn recipient(message: Message, names: Names) -> (String, String) {
    let (to, subject) = match message {
        Message::Activate(email) => (names.email(email), "Confirm your email address for Atrium"),
        Message::TakeOver(email) => (names.email(email), "Your email address is in use at Atrium"),
        Message::EmailChanged(email) => {
            (names.email(email), "The email address of your Atrium account was changed")
        }
        Message::PasswordChanged(email) => {
            (names.email(email), "The password of your Atrium account was changed")
        }
        Message::Code(phone) => (names.phone(phone), ""),
    };
    (to, subject.to_owned())
}
