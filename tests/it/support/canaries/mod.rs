//! That nothing leaks: whatever secret and whatever identifier any test sends or is handed is looked
//! for in all that is logged, in refusals, and in what is sent.
//!
//! The whole process listens, at the loudest level that is compiled in, because not all of a product
//! runs on its test's own thread. What one test has sent is looked for in the lines of all of them.

mod carried;
mod ear;
mod forms;
mod needles;

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    net::IpAddr,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
};

use axum::body::Bytes;
use http::Request;
use local::Outbox;
use serde_json::Value;

use super::Reply;
use carried::{Carried, Sort};
pub(crate) use ear::listen;
use forms::SHORTEST;
pub(crate) use needles::Needles;

/// How much of the log is kept for what is learned after it was written, in bytes.
const KEPT_BYTES: usize = 1 << 16;

/// From how many characters on a mere word is nobody else's.
const LONG_WORD: usize = 12;

/// What this process has sent and was handed so far, and where it was found.
static CANARIES: LazyLock<Mutex<Canaries>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Canaries {
    needles: Needles<BTreeSet<Sort>>,
    lines: VecDeque<Line>,
    bytes: usize,
    leaks: Vec<Leak>,
}

/// A line of the log.
struct Line {
    thread: String,
    text: Vec<u8>,
}

/// Something in a place where it does not belong.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Leak {
    sorts: BTreeSet<Sort>,
    value: String,
    /// What holds it.
    place: String,
    thread: String,
}

impl fmt::Debug for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} in {}", self.sorts, self.value, self.place)
    }
}

/// Searches a line of the log.
pub(crate) fn hear(line: &[u8]) {
    canaries().hear(line);
}

fn canaries() -> MutexGuard<'static, Canaries> {
    CANARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of the thread, which is that of its test.
fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// What goes in and out of one product.
pub(crate) struct Watch(Outbox);

/// What a request carried that is on its way.
pub(crate) struct Asked(Vec<Carried>);

impl Watch {
    /// Whatever this outbox holds in the end is searched.
    pub(crate) const fn of(outbox: Outbox) -> Self {
        Self(outbox)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        for message in self.0.messages() {
            let mut canaries = canaries();
            // Who shows the token of a link as a session does not make it one.
            canaries.learn(&carried::by_message(&message));
            let subject = message.subject.unwrap_or_default();
            let html = message.html.unwrap_or_default();
            for text in [subject, message.text, html] {
                canaries.search_message(&text);
            }
        }
        assert_no_leaks();
    }
}

impl Asked {
    /// Before a request is sent.
    pub(crate) fn by(request: &Request<Bytes>, address: IpAddr) -> Self {
        let carried = carried::by_request(request, address);
        canaries().learn(&carried);
        Self(carried)
    }

    /// Asserts that neither the reply nor the log, or anything else that was searched so far, holds what
    /// it should not.
    pub(crate) fn answered(&self, uri: &str, reply: &Reply) {
        let handed_out = carried::by_reply(reply);
        {
            let mut canaries = canaries();
            canaries.learn(&handed_out);
            canaries.look_back(&handed_out);
            canaries.search_reply(&self.0, uri, reply);
        }
        assert_no_leaks();
    }
}

/// Asserts that nothing has leaked on this thread, nor on one that is no test's own.
pub(crate) fn assert_no_leaks() {
    let leaks = take_leaks();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// What has leaked on this thread or on one that is no test's own, and was not told yet.
pub(crate) fn take_leaks() -> Vec<Leak> {
    let here = thread_name();
    let mut canaries = canaries();
    let mine = |leak: &mut Leak| leak.thread == here || is_nobodys(&leak.thread);
    canaries.leaks.extract_if(.., mine).collect()
}

/// The threads of tests have the tests' names.
fn is_nobodys(thread: &str) -> bool {
    !thread.contains("::")
}

/// Whether a value is nobody else's. A short one, a word and a row of the same character stand in many a
/// line that has nothing to do with it.
fn is_told_apart(sort: Sort, value: &str) -> bool {
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-. /".contains(&byte));
    let distinct = value.bytes().collect::<BTreeSet<_>>().len();
    let needed = if sort == Sort::Code { 2 } else { 3 };
    value.chars().count() >= SHORTEST
        && distinct >= needed
        && (!is_word || value.len() >= LONG_WORD)
}

/// Whether a reply is one of a contract's refusals.
fn is_refusal(reply: &Reply) -> bool {
    let body: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let state = body["state"].as_u64().unwrap_or(200);
    reply.status.as_u16() >= 400 || body["status"] == "failed" || state != 200
}

impl Canaries {
    fn learn(&mut self, carried: &[Carried]) {
        for (sort, value) in carried.iter().filter(|(sort, value)| is_told_apart(*sort, value)) {
            match self.needles.get_mut(value) {
                Some(sorts) => drop(sorts.insert(*sort)),
                None => self.needles.add(value, BTreeSet::from([*sort])),
            }
        }
    }

    /// What was handed out was made before anybody here knew it.
    fn look_back(&mut self, handed_out: &[Carried]) {
        if handed_out.is_empty() {
            return;
        }
        let here = thread_name();
        let mut leaks = Vec::new();
        for line in &self.lines {
            if line.thread == here || is_nobodys(&line.thread) {
                let found = self.leaks_in(&line.text, "the log", &line.thread).into_iter();
                leaks.extend(
                    found.filter(|leak| handed_out.iter().any(|(_, it)| *it == leak.value)),
                );
            }
        }
        self.leaks.append(&mut leaks);
    }

    fn hear(&mut self, text: &[u8]) {
        let thread = thread_name();
        let mut leaks = self.leaks_in(text, "the log", &thread);
        self.leaks.append(&mut leaks);
        self.bytes += text.len();
        self.lines.push_back(Line { thread, text: text.to_vec() });
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
    }

    /// A reply repeats no secret of its request, and a refusal no identifier either.
    fn search_reply(&mut self, carried: &[Carried], uri: &str, reply: &Reply) {
        let is_refusal = is_refusal(reply);
        // By its contract a refusal of `users` says what it refuses: the URL.
        let text = reply.text.replace(&Value::from(uri).to_string(), "");
        let leaks = self.leaks_in(text.as_bytes(), "a reply", &thread_name());
        let leaks = leaks.into_iter().filter(|leak| {
            let mut mine = carried.iter().filter(|(_, value)| *value == leak.value).peekable();
            // Whoever has their name for a password can see it.
            mine.peek().is_some() && (is_refusal || mine.all(|(sort, _)| sort.is_secret()))
        });
        let mut leaks = leaks.collect();
        self.leaks.append(&mut leaks);
    }

    /// A message holds no password, no credential and no tenant's secret.
    fn search_message(&mut self, text: &str) {
        const OWN: [Sort; 4] = [Sort::Code, Sort::LinkToken, Sort::Identifier, Sort::Address];
        let leaks = self.leaks_in(text.as_bytes(), "a message", &thread_name());
        let mut leaks: Vec<_> = leaks
            .into_iter()
            .filter(|leak| leak.sorts.iter().all(|sort| !OWN.contains(sort)))
            .collect();
        self.leaks.append(&mut leaks);
    }

    fn leaks_in(&self, text: &[u8], place: &str, thread: &str) -> Vec<Leak> {
        let leaks = self.needles.find(text).into_iter().map(|hit| Leak {
            sorts: hit.of.clone(),
            value: hit.value.to_owned(),
            place: format!("{place}: {}", String::from_utf8_lossy(text)),
            thread: thread.to_owned(),
        });
        leaks.collect()
    }
}
