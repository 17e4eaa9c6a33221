//! Mails that come back: whose address is marked, and what is mailed there from then on.

use local::Kind;
use serde_json::{Value, json};
use shared::{
    directory::{MailMark, MailState},
    identifier::Email,
};

use crate::{
    admin::{Done, admin},
    support::{Door, PASSWORD, TestApp, create},
};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";
const ADDRESS: &str = "ann@example.com";
const SIMPLE: &str = include_str!("../../events/bounces/bounce.json");
const COMPLAINT: &str = include_str!("../../events/bounces/complaint.json");
const TRANSIENT: &str = include_str!("../../events/bounces/transient.json");

/// An event as it is stored, with another message.
fn with_message(message: &str) -> Value {
    let mut event: Value = serde_json::from_str(SIMPLE).unwrap();
    event["Records"][0]["Sns"]["Message"] = message.into();
    event
}

/// A bounce of a mail to `address` at this time.
fn bounce(address: &str, at: &str) -> Value {
    let bounce = json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bouncedRecipients": [{ "emailAddress": "elsewhere@example.com" }],
            "timestamp": at,
        },
        "mail": { "destination": [address] },
    });
    with_message(&bounce.to_string())
}

/// Hands an event to the function, with what its policy allows.
async fn hand(app: &TestApp, event: &Value) -> Result<(), String> {
    let directory = app.directory_of("bounces");
    bounces::mark(event, TOPIC, directory).await.map_err(|failure| failure.to_string())
}

async fn mark_of(app: &TestApp, address: &str) -> Option<MailMark> {
    app.directory.mail_mark(&Email::parse(address).unwrap()).await.unwrap()
}

async fn register(app: &TestApp, address: &str) -> String {
    let body = json!({ "email": address, "password": "12345678" });
    app.post("/email/users", body).await.text
}

fn mails(app: &TestApp) -> usize {
    app.outbox.messages().iter().filter(|message| message.kind == Kind::Mail).count()
}

#[tokio::test]
async fn nothing_is_mailed_to_an_address_from_which_mail_came_back_for_good() {
    let app = TestApp::new().await;
    hand(&app, &serde_json::from_str(SIMPLE).unwrap()).await.unwrap();
    let marked = register(&app, "Ann@Example.com").await;
    assert_eq!(mails(&app), 0);
    let other = register(&app, "bob@example.com").await;
    assert_eq!(mails(&app), 1);
    // Nothing tells one from the other.
    assert_eq!(marked, other);
    assert_eq!(app.audited().await, 0);

    let shown = admin(&app, &["mail", "show", ADDRESS]).await;
    assert!(shown.out.contains("no mails go to this address: one came back"), "{}", shown.out);
    let Done { succeeded, out, .. } = admin(&app, &["mail", "allow", ADDRESS]).await;
    assert!(succeeded && out.contains("mails go to this address again"), "{out}");
    app.clock.advance(60);
    register(&app, ADDRESS).await;
    assert_eq!(mails(&app), 2);
}

#[tokio::test]
async fn what_a_reader_calls_spam_is_not_sent_again_and_a_full_mailbox_is_tried_again() {
    let app = TestApp::new().await;
    hand(&app, &serde_json::from_str(TRANSIENT).unwrap()).await.unwrap();
    assert_eq!(mark_of(&app, ADDRESS).await, None);
    hand(&app, &serde_json::from_str(COMPLAINT).unwrap()).await.unwrap();
    assert_eq!(mark_of(&app, ADDRESS).await.unwrap().state, MailState::Complained);
    register(&app, ADDRESS).await;
    assert_eq!(mails(&app), 0);
}

#[tokio::test]
async fn the_newest_report_decides_whatever_the_order_and_however_often() {
    let app = TestApp::new().await;
    let newer = bounce(ADDRESS, "2026-11-20T12:00:00.000Z");
    let complaint: Value = serde_json::from_str(COMPLAINT).unwrap();
    for event in [&newer, &complaint, &newer, &complaint] {
        hand(&app, event).await.unwrap();
        assert_eq!(mark_of(&app, ADDRESS).await.unwrap().state, MailState::Bounced);
    }
    // One from before the operator's word does not come back; a later one does.
    app.clock.advance(10 * 365 * 24 * 3600);
    assert!(admin(&app, &["mail", "allow", ADDRESS]).await.succeeded);
    hand(&app, &newer).await.unwrap();
    assert_eq!(mark_of(&app, ADDRESS).await.unwrap().state, MailState::Allowed);
    hand(&app, &bounce(ADDRESS, "2099-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(mark_of(&app, ADDRESS).await.unwrap().state, MailState::Bounced);
}

#[tokio::test]
async fn what_is_marked_is_where_the_mail_went() {
    let app = TestApp::new().await;
    hand(&app, &bounce("ANN@example.COM", "2026-11-20T12:00:00Z")).await.unwrap();
    assert!(mark_of(&app, ADDRESS).await.is_some());
    // Whom it was forwarded to.
    assert_eq!(mark_of(&app, "elsewhere@example.com").await, None);
    // The address itself is not stored.
    for item in app.dump("accounts").await {
        assert!(!format!("{item:?}").contains("ann@"), "{item:?}");
    }
}

#[tokio::test]
async fn a_notice_to_a_marked_address_is_left_out_and_the_change_is_made() {
    let app = TestApp::new().await;
    create(&mut app.browser(), ADDRESS).await.id();
    let mut browser = app.browser();
    Door::Users.ask(&mut browser, ADDRESS, PASSWORD).await;
    hand(&app, &serde_json::from_str(SIMPLE).unwrap()).await.unwrap();
    let new = "another long password";
    let user =
        json!({ "old_password": PASSWORD, "new_password": new, "new_password_confirm": new });
    let reply = browser.patch("/users/password", json!({ "user": user })).await;
    assert_eq!(reply.status, 200, "{reply}");
    let reply = browser.patch("/users", json!({ "user": { "email": "b@example.com" } })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(mails(&app), 0);
    // That of the address waits, and is not sent after the next change either.
    let reply = browser.patch("/users", json!({ "user": { "email": "c@example.com" } })).await;
    assert_eq!(reply.status, 200, "{reply}");
    let to: Vec<_> = app.outbox.messages().into_iter().map(|message| message.to).collect();
    assert_eq!(to, ["b@example.com"]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_marks_nobody() {
    let app = TestApp::new().await;
    let good: Value = serde_json::from_str(SIMPLE).unwrap();
    let mut foreign = good.clone();
    foreign["Records"][0]["Sns"]["TopicArn"] = format!("{TOPIC}-of-another").into();
    let mut events = vec![
        json!(null),
        json!([]),
        json!({}),
        json!({ "Records": [] }),
        json!({ "Records": [null] }),
        json!({ "Records": [{ "Sns": { "TopicArn": TOPIC } }] }),
        json!({ "Records": [{ "Sns": { "TopicArn": TOPIC, "Message": {} } }] }),
        foreign,
        bounce("not an address", "2026-11-20T12:00:00Z"),
        bounce(ADDRESS, "yesterday"),
        bounce(ADDRESS, ""),
        bounce(ADDRESS, "9999999999-01-01T00:00:00Z"),
    ];
    for message in [
        "",
        "Bounce",
        "null",
        "[]",
        "{}",
        r#"{"eventType":"Bounce"}"#,
        r#"{"eventType":"Bounce","bounce":[]}"#,
        r#"{"eventType":"Bounce","bounce":{"bounceType":"Odd"}}"#,
        r#"{"eventType":"Complaint","complaint":{"timestamp":"2026-11-20T12:00:00Z"}}"#,
    ] {
        events.push(with_message(message));
    }
    for event in events {
        hand(&app, &event).await.unwrap_err();
    }
    assert!(app.dump("accounts").await.is_empty());
    // What marks nobody, and is no error: what SES says once, and what nobody asked for.
    for message in [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        r#"{"eventType":"Delivery"}"#,
    ] {
        hand(&app, &with_message(message)).await.unwrap();
    }
    assert!(app.dump("accounts").await.is_empty());
    // Of several records each is dealt with, whatever becomes of the others.
    let mut several = good;
    let bad = json!({});
    several["Records"].as_array_mut().unwrap().insert(0, bad);
    hand(&app, &several).await.unwrap_err();
    assert!(mark_of(&app, ADDRESS).await.is_some());
}
