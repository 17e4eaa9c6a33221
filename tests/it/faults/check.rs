//! What must hold after a fault, and after a client has tried again: nothing is lost, and nobody is
//! let in.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{error::Error, identifier::Identifier};

use super::{
    point::{Done, First, Outcome, Point},
    row::{Fact, Row},
    said::Said,
    town::{Stored, Town, World},
};

/// A function has so long to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found to be wrong.
#[derive(Default)]
pub(super) struct Record(Vec<String>);

impl Record {
    pub(super) fn check(&mut self, holds: bool, wrong: impl FnOnce() -> String) {
        if !holds {
            self.0.push(wrong());
        }
    }

    /// All that was wrong, under a name.
    pub(super) fn or(self, name: &str) -> Result<(), String> {
        match self.0.as_slice() {
            [] => Ok(()),
            wrong => Err(format!("{name}\n      {}", wrong.join("\n      "))),
        }
    }

    /// That all of these hold.
    pub(super) async fn facts(&mut self, town: &Town, world: &World, facts: &[Fact]) {
        for fact in facts {
            let holds = world.holds(town, fact).await;
            self.check(holds, || format!("does not hold: {fact:?}"));
        }
    }

    /// That a success came with a live credential of the right account, if it has to, and else with
    /// none.
    pub(super) async fn handed_out(&mut self, town: &Town, world: &World, row: &Row, said: &Said) {
        let Some((slot, whose)) = row.hands_out else { return };
        let body: Value = serde_json::from_str(&said.text).unwrap_or_default();
        let text = match slot {
            "x-api-key" => body["api_key"].as_str(),
            "bearer" => body["data"]["token"].as_str(),
            name => {
                let mut cookies = said.cookies.iter().rev();
                cookies.find(|(cookie, _)| cookie == name).map(|(_, text)| text.as_str())
            }
        };
        let holder = match text {
            Some(text) => world.holder(slot, text).await,
            None => None,
        };
        let account = world.account_with(&town.told(whose)).await;
        self.check(holder.is_some() && holder == account, || {
            format!("what it hands out is {holder:?}'s and not {account:?}'s")
        });
    }
}

/// Checks what came of the request that met the fault.
pub(super) async fn check_first(
    point: &Point<'_>,
    town: &Town,
    world: &World,
    first: &Done,
    record: &mut Record,
) -> First {
    let Point { row, whole, number, fault } = point;
    record.check(first.took < PATIENCE, || format!("took {:?}", first.took));
    let came = match &first.outcome {
        Outcome::Died => First::Died,
        Outcome::Said(said) if said.shown() == whole.said.shown() => match row.refuses {
            true => First::Refused,
            false => First::Success,
        },
        Outcome::Said(said) => {
            let contract = contract(row.endpoint);
            let worded = contract.is_empty() || said.text.contains(contract) || is_page(said);
            let says_so = said.status == 503 && said.retry_after.is_some() && worded;
            record.check(says_so && said.cookies.is_empty(), || format!("answered {said:?}"));
            First::Unavailable
        }
    };
    let is_noticed = came == First::Unavailable && fault.is_made_good(&whole.calls[*number]);
    record.check(!is_noticed, || "one attempt's failure was noticed".to_owned());
    counters(&whole.before, &first.stored, record);
    if matches!(came, First::Success | First::Refused) {
        // Whatever was counted without a fault is counted with one.
        counters(&whole.done.stored, &first.stored, record);
    }
    sent(point, first, record);
    let more = usize::from(row.hands_out.is_some() && !row.refuses);
    credentials(&whole.before, &first.stored, more, record);
    audit(world, record).await;
    match came {
        First::Success => {
            record.facts(town, world, row.after).await;
            if let Outcome::Said(said) = &first.outcome {
                record.handed_out(town, world, row, said).await;
            }
        }
        First::Refused => record.facts(town, world, row.after).await,
        First::Unavailable | First::Died => {
            let (mut before, mut after) = (Record::default(), Record::default());
            before.facts(town, world, row.before).await;
            if !before.0.is_empty() {
                after.facts(town, world, row.after).await;
            }
            record.check(before.0.is_empty() || after.0.is_empty(), || {
                format!("is half done: before {:?}, after {:?}", before.0, after.0)
            });
        }
    }
    came
}

/// Checks what came of trying again.
pub(super) async fn check_second(
    point: &Point<'_>,
    town: &Town,
    world: &World,
    (before, second): (&Stored, &Done),
    record: &mut Record,
) {
    let Point { row, whole, .. } = point;
    let Outcome::Said(said) = &second.outcome else { return };
    record.check(second.took < PATIENCE, || format!("again took {:?}", second.took));
    let is_done = row.again.iter().any(|again| said.is(*again));
    let is_success = said.shown() == whole.said.shown();
    record.check(is_success || is_done, || format!("not healed: {said:?}"));
    counters(before, &second.stored, record);
    for (to, count) in &second.sent {
        let most = whole.done.sent.get(to).copied().unwrap_or_default();
        record.check(*count <= most, || format!("again sent {count}"));
    }
    let more = usize::from(row.hands_out.is_some() && !row.refuses);
    credentials(before, &second.stored, more, record);
    record.facts(town, world, row.after).await;
    if is_success && !row.refuses {
        record.handed_out(town, world, row, said).await;
    }
    let accounts = audit(world, record).await;
    record.check(accounts == whole.accounts, || format!("{accounts} accounts"));
}

/// No counter goes down.
fn counters(before: &Stored, after: &Stored, record: &mut Record) {
    for (key, count) in &before.counters {
        let now = after.counters.get(key).copied().unwrap_or_default();
        let name = key.rsplit_once('#').unwrap().0;
        // A notice that cannot be counted is not sent, but waits.
        let now = if name == "count#notice" { *count } else { now };
        record.check(now >= *count, || format!("{name} went from {count} to {now}"));
    }
}

/// No more credentials are made than are handed out.
fn credentials(before: &Stored, after: &Stored, more: usize, record: &mut Record) {
    let (before, after) = (before.credentials, after.credentials);
    record.check(after <= before + more, || format!("{before} credentials became {after}"));
}

/// Nobody is sent more than without the fault, or once more if an acknowledgement was lost.
fn sent(point: &Point<'_>, first: &Done, record: &mut Record) {
    for (to, count) in &first.sent {
        let most = point.whole.done.sent.get(to).copied().unwrap_or_default();
        let most = most + usize::from(most > 0 && point.may_send_twice());
        record.check(*count <= most, || format!("sent {count} instead of {most}"));
    }
}

/// Every claim is one account's and back; what a deletion has left over can be cleared away. Answers
/// how many accounts there are.
async fn audit(world: &World, record: &mut Record) -> usize {
    let directory = &world.app.directory;
    let audit = directory.audit().await.unwrap();
    record.check(audit.problems.is_empty(), || format!("{:?}", audit.problems));
    if audit.unfinished_deletions > 0 {
        directory.finish_deletions().await.unwrap();
        let repaired = directory.audit().await.unwrap();
        record.check(repaired.unfinished_deletions == 0 && repaired.problems.is_empty(), || {
            format!("cannot be repaired: {repaired:?}")
        });
    }
    audit.accounts
}

/// What a contract says of an outage.
fn contract(endpoint: &str) -> &'static str {
    let path = endpoint.split_once(' ').map_or("", |(_, path)| path);
    match path.split('/').nth(1) {
        Some("user") => r#"{"error_name":"service unavailable"}"#,
        Some("users") => r#""error":{"code":503,"message":"Service Unavailable"}"#,
        Some("email" | "phone") => r#"{"state":503,"msg":"service unavailable"}"#,
        Some("api") if path.starts_with("/api/v1/") => {
            r#"{"status":"failed","desc":"service unavailable","error_code":110}"#
        }
        Some("api" | "oauth" | ".well-known") => r#"{"code":503,"message":"service unavailable"}"#,
        _ => "",
    }
}

fn is_page(said: &Said) -> bool {
    said.text.contains("<h1>This does not work right now</h1>")
}

impl World {
    async fn holds(&self, town: &Town, fact: &Fact) -> bool {
        match *fact {
            Fact::Opens(identifier, password) => self.opens(town, identifier, password).await,
            Fact::Shut(identifier, password) => !self.opens(town, identifier, password).await,
            Fact::Live(slot, word) => self.holder(slot, town.word(word)).await.is_some(),
            Fact::Dead(slot, word) => self.holder(slot, town.word(word)).await.is_none(),
            Fact::Shows(path, part) => {
                let mut browser = self.app.browser().header("accept", "text/html");
                let reply = browser.get(&town.told(path)).await;
                reply.text.contains(part)
            }
            Fact::Items(prefix, suffix, count) => self.items(prefix, suffix) == count,
        }
    }

    /// Whether the password signs in to the account with the identifier. Must be one or the other.
    async fn opens(&self, town: &Town, identifier: &str, password: &str) -> bool {
        let password = town.told(password);
        let (path, name) = match identifier {
            phone if phone.starts_with('+') => ("/phone/token", "phone"),
            email if email.contains('@') => ("/email/token", "email"),
            _ => ("/api/v1/user/login", "username"),
        };
        let reply = self.app.post(path, json!({ name: identifier, "password": password })).await;
        assert_eq!(reply.status, 200, "{reply}");
        !reply.cookies().is_empty()
    }

    /// The id of the account with an identifier, if there is one.
    async fn account_with(&self, identifier: &str) -> Option<u64> {
        use shared::identifier::{Email, Phone};
        let region = self.app.app.config.default_phone_region;
        let identifier = match identifier.starts_with('+') {
            true => Identifier::Phone(Phone::parse(identifier, region).unwrap()),
            false => Identifier::Email(Email::parse(identifier).unwrap()),
        };
        match self.app.directory.find_by_identifier(&identifier).await {
            Ok(account) => Some(account.id.number()),
            Err(Error::Denied(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }
}
