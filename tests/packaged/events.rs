//! The events in `events/`: what the packaged function answers, stores and sends is what the function
//! in this program does, on a database that was prepared in the same way.

use std::{collections::BTreeMap, fmt::Write as _};

use aws_sdk_dynamodb::types::AttributeValue;
use local::Message;
use serde_json::{Value, json};
use shared::clock::{Clock, Seconds};

use crate::{
    alike::{alike, replies_alike},
    neighbours::Neighbours,
    support::{
        TestApp,
        host::{Host, know},
        scene::{self, events, signed_anew},
    },
};

/// The topic of the events of `bounces`.
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";

/// A product that is prepared for the events at this time.
pub(crate) async fn prepared(function: &str, provider: &Host, now: Seconds) -> TestApp {
    let app = TestApp::at(now, scene::settings(function)).await;
    scene::set(&app).await;
    know(&app, &[provider.entry()]);
    app
}

/// What a function of this program answers.
async fn answer(app: &TestApp, function: &str, event: &Value) -> Value {
    match function {
        "authorizer" => app.authorizer().answer(event.clone()).await.unwrap(),
        "bounces" => {
            let directory = app.directory_of("bounces");
            bounces::mark(event, TOPIC, directory).await.unwrap();
            json!(null)
        }
        function => app.function(function).answer(event.clone()).await,
    }
}

/// Everything in both tables, in an order that chance does not change.
async fn stored(app: &TestApp) -> Vec<Value> {
    let mut items = Vec::new();
    for table in ["accounts", "tokens"] {
        for mut item in app.dump(table).await {
            if let Some(AttributeValue::S(phc)) = item.get_mut("password") {
                // Not the salt, nor the hash.
                *phc = phc.split('$').take(4).collect::<Vec<_>>().join("$");
            }
            items.push(json!([table, shown(&AttributeValue::M(item))]));
        }
    }
    // By what is in front of the key's random part, then by what else there is.
    items.sort_by_cached_key(|item| {
        let text = item.to_string();
        let key = item[1]["pk"].as_str().unwrap();
        let kind = key.trim_end_matches(|c: char| c != '#').to_owned();
        (kind, text.len(), text)
    });
    items
}

/// An attribute, with the names in it in order.
fn shown(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::M(fields) => {
            let fields: BTreeMap<_, _> =
                fields.iter().map(|(name, it)| (name, shown(it))).collect();
            json!(fields)
        }
        AttributeValue::L(values) => values.iter().map(shown).collect(),
        AttributeValue::S(text) | AttributeValue::N(text) => text.as_str().into(),
        other => format!("{other:?}").into(),
    }
}

/// What was sent.
fn sent(app: &TestApp) -> Vec<Value> {
    let shown =
        |message: &Message| json!([message.to, message.subject, message.text, message.html]);
    app.outbox.messages().iter().map(shown).collect()
}

#[track_caller]
fn assert_alike(what: &str, here: &[Value], packaged: &[Value]) {
    let mut differences = String::new();
    for (here, packaged) in here.iter().zip(packaged).filter(|(one, other)| !alike(one, other)) {
        writeln!(differences, "here:     {here}\npackaged: {packaged}").unwrap();
    }
    assert!(
        here.len() == packaged.len() && differences.is_empty(),
        "{what}: {} here, {} packaged\n{differences}",
        here.len(),
        packaged.len()
    );
}

/// Each event of a function, here and packaged. Prints how long the packaged function takes for one
/// with its start.
async fn compare(function: &str) {
    let mut first = Vec::new();
    let events = events(function);
    assert!(!events.is_empty(), "{function} has no events");
    for (name, event) in &events {
        // A packaged function knows no other time.
        let now = Clock::system().now();
        let provider = Host::start(&Clock::system()).await;
        let here = prepared(function, &provider, now).await;
        let there = prepared(function, &provider, now).await;
        let event = match name.as_str() {
            // Both have the same keys, and the token was handed out at the same time.
            "tenant-token-ok" => &signed_anew(&here, event.clone()).await,
            _ => event,
        };
        let expected = answer(&here, function, event).await;

        let neighbours = Neighbours::of(&there, scene::settings(function)).await;
        let emulator = neighbours.start(function).await;
        let answered = emulator.invoke(event).await;
        assert!(
            replies_alike(&expected, &answered),
            "{function}/{name}:\nhere:     {expected}\npackaged: {answered}\n{}",
            emulator.output()
        );
        let what = |what| format!("what {function}/{name} has {what}");
        assert_alike(&what("stored"), &stored(&here).await, &stored(&there).await);
        assert_alike(&what("sent"), &sent(&here), &sent(&there));
        first.extend(emulator.first_milliseconds());
    }
    first.sort_by(f64::total_cmp);
    let median =
        first.get(first.len() / 2).map_or("unknown".to_owned(), |it| format!("{it:.0} ms"));
    println!("{function}: {} events, each after a cold start, median {median}", events.len());
}

macro_rules! compare {
    ($($test:ident: $function:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            compare($function).await;
        })*
    };
}

compare! {
    the_events_of_api_key_are_answered_as_they_are_here: "api-key";
    the_events_of_authorizer_are_answered_as_they_are_here: "authorizer";
    the_events_of_bounces_are_answered_as_they_are_here: "bounces";
    the_events_of_cookie_are_answered_as_they_are_here: "cookie";
    the_events_of_email_are_answered_as_they_are_here: "email";
    the_events_of_fallback_are_answered_as_they_are_here: "fallback";
    the_events_of_oauth_are_answered_as_they_are_here: "oauth";
    the_events_of_phone_are_answered_as_they_are_here: "phone";
    the_events_of_tenant_are_answered_as_they_are_here: "tenant";
    the_events_of_users_are_answered_as_they_are_here: "users";
}
