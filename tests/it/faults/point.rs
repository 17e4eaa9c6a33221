//! One point of the sweep: a row, a call that it makes, and a fault of that call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use http::Method;
use tokio::time::Instant;

use super::{
    check::{Record, check_first, check_second},
    fault::Fault,
    row::Row,
    said::Said,
    town::{Stored, Town, World, presenting},
};
use crate::support::{Call, Service};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";

/// What came of a request.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Said(Said),
    /// The function died; the gateway says 500, or nothing.
    Died,
}

/// A request that was made, with what is stored then.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    pub(super) stored: Stored,
    /// What was sent during the request, by recipient.
    pub(super) sent: HashMap<String, usize>,
}

/// A row where nothing fails: what every fault is compared with.
pub(super) struct Whole {
    pub(super) said: Said,
    pub(super) calls: Vec<Call>,
    pub(super) before: Stored,
    pub(super) done: Done,
    /// How many accounts there are afterwards.
    pub(super) accounts: usize,
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum First {
    Success,
    Refused,
    Unavailable,
    Died,
}

/// A point.
#[derive(Clone, Copy)]
pub(super) struct Point<'a> {
    pub(super) row: &'a Row,
    pub(super) whole: &'a Whole,
    pub(super) number: usize,
    pub(super) fault: Fault,
}

impl Whole {
    /// Makes the row's request where nothing fails, and checks that the row says what comes of it.
    pub(super) async fn of(town: &Town, row: &Row) -> Result<Self, String> {
        let world = town.world();
        let mut record = Record::default();
        record.facts(town, &world, row.before).await;
        // What a look at it has left is not the request's.
        let world = World::before(town, row).await;
        let before = world.stored();
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let noted = Arc::clone(&calls);
        world.line.judge(move |call| {
            noted.lock().unwrap().push(call.clone());
            None
        });
        let done = world.ask(town, row).await;
        let Outcome::Said(said) = done.outcome.clone() else {
            return Err(format!("{}: died without a fault", row.name()));
        };
        let (status, part) = row.answer;
        if !said.is((status, &town.told(part))) {
            return Err(format!("{}: {:?}", row.name(), said));
        }
        record.facts(town, &world, row.after).await;
        record.handed_out(town, &world, row, &said).await;
        let accounts = world.app.audited().await;
        record.or(&row.name())?;
        let calls = calls.lock().unwrap().clone();
        Ok(Self { said, calls, before, done, accounts })
    }
}

impl Point<'_> {
    /// Names it, for the log and for having it run alone.
    pub(super) fn name(&self) -> String {
        let Self { row, whole, number, fault } = self;
        format!("{}, call {number} {}, {fault}", row.name(), whole.calls[*number])
    }

    /// Whether what goes wrong goes wrong with something that is sent.
    pub(super) fn may_send_twice(&self) -> bool {
        let call = &self.whole.calls[self.number];
        let sends = matches!(call.service, Service::Ses | Service::Sns);
        (sends || self.fault.reach == super::fault::Reach::Rest)
            && self.fault.kind.hides_an_effect()
    }

    /// Runs it: what came of the first request, and whether a minute had to pass before a client
    /// that tried again got where it wanted to be.
    pub(super) async fn run(&self, town: &Town) -> Result<(First, bool), String> {
        let Self { row, whole, number, fault } = self;
        let mut world = World::before(town, row).await;
        let happened = fault.strike(&world.line, *number);
        let first = world.ask(town, row).await;
        let mut record = Record::default();
        record.check(happened.load(Ordering::Relaxed), || "the call was not made".to_owned());
        let came = check_first(self, town, &world, &first, &mut record).await;
        if came == First::Died {
            world.restart();
        }
        let wait = match &first.outcome {
            Outcome::Said(said) => said.retry_after.unwrap_or(1),
            Outcome::Died => 1,
        };
        world.app.clock.advance(wait);
        let before = world.stored();
        let mut second = world.again(town, row).await;
        let mut late = false;
        let waits = (200, "send too frequently");
        if let Outcome::Said(said) = &second.outcome
            && row.sends
            && said.is(waits)
            && first.sent.is_empty()
        {
            late = true;
            world.app.clock.advance(60);
            second = world.again(town, row).await;
        }
        check_second(self, town, &world, (&before, &second), &mut record).await;
        let sent = first.sent.values().sum::<usize>() + second.sent.values().sum::<usize>();
        let wanted = whole.done.sent.values().sum::<usize>();
        record.check(!row.sends || sent >= wanted, || "nothing was sent".to_owned());
        record.or(&self.name())?;
        Ok((came, late))
    }
}

impl World {
    /// The world in which a row's request is about to be made. Every function has just been started.
    async fn before(town: &Town, row: &Row) -> Self {
        let mut world = town.world();
        if let Some(visitor) = row.visitor {
            world.at_network_speed(true);
            world.visit = world.visit(town, visitor).await.ok();
            world.at_network_speed(false);
            world.restart();
        }
        world
    }

    /// Has time run, or stand still again whenever nothing happens here.
    fn at_network_speed(&self, runs: bool) {
        if runs {
            tokio::time::resume();
        } else {
            tokio::time::pause();
        }
        self.line.set_paused(!runs);
    }

    /// Goes to the provider, as a person of this name there, and almost back.
    async fn visit(&self, town: &Town, visitor: &str) -> Result<(String, String), Said> {
        let mut browser = self.browser();
        let reply = browser.get("/oauth/local/start").await;
        let location = reply.header("location").map(str::to_owned);
        let location = location.ok_or_else(|| Said::reply(&reply))?;
        let back = town.at_provider(&location, visitor).await;
        Ok((browser.kept("connect.sid").unwrap().to_owned(), back))
    }

    /// Makes the request of a row.
    async fn ask(&self, town: &Town, row: &Row) -> Done {
        let outbox = self.app.outbox.messages().len();
        if row.asks_provider {
            self.at_network_speed(true);
        }
        let started = Instant::now();
        let outcome = tokio::select! {
            biased;
            () = self.line.death() => Outcome::Died,
            said = self.send(town, row) => Outcome::Said(said),
        };
        let took = started.elapsed();
        if row.asks_provider {
            self.at_network_speed(false);
        }
        self.line.mend();
        let messages = self.app.outbox.messages();
        let mut sent = HashMap::new();
        for message in &messages[..messages.len() - outbox] {
            *sent.entry(message.to.clone()).or_default() += 1;
        }
        Done { outcome, took, stored: self.stored(), sent }
    }

    /// Makes it once more, as a client would.
    async fn again(&mut self, town: &Town, row: &Row) -> Done {
        if let Some(visitor) = row.visitor {
            self.at_network_speed(true);
            let visit = self.visit(town, visitor).await;
            self.at_network_speed(false);
            match visit {
                Ok(visit) => self.visit = Some(visit),
                Err(said) => {
                    let outcome = Outcome::Said(said);
                    let (took, sent) = (Duration::ZERO, HashMap::new());
                    return Done { outcome, took, stored: self.stored(), sent };
                }
            }
        }
        self.ask(town, row).await
    }

    async fn send(&self, town: &Town, row: &Row) -> Said {
        let (path, body) = (town.told(row.path), town.told(row.body));
        match row.endpoint {
            "authorizer" => {
                let authorizer = authorizer::Authorizer::new(self.app.app_of("authorizer"));
                let answer = authorizer.answer(presenting(&path, &body)).await;
                Self::said_by_authorizer(answer)
            }
            "bounces" => {
                let event = serde_json::from_str(&body).unwrap();
                match bounces::mark(&event, TOPIC, self.app.directory_of("bounces")).await {
                    Ok(()) => Said::of(200, String::new()),
                    Err(_) => Said::failed(),
                }
            }
            endpoint => {
                let (method, own_path) = endpoint.split_once(' ').unwrap();
                let mut path = if path.is_empty() { own_path } else { &path };
                let mut browser = self.browser();
                if let Some((cookie, back)) = &self.visit {
                    browser = browser.cookie("connect.sid", cookie);
                    path = back;
                }
                for (name, value) in row.headers {
                    browser = browser.header(name, &town.told(value));
                }
                for (name, word) in row.wears {
                    browser = browser.cookie(name, town.word(word));
                }
                let content_type = match body.as_bytes() {
                    [] => None,
                    [b'{', ..] => Some("application/json"),
                    _ => Some("application/x-www-form-urlencoded"),
                };
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                Said::reply(&browser.send(method, path, content_type, body).await)
            }
        }
    }
}
