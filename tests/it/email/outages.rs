//! Mail or the database does not do its part.

use http::Method;
use serde_json::{Value, json};

use super::{
    EMAIL, LATER, Mailed, OTHER, body, choose, credentials, heading, join, mails, not_found, opens,
    register, start, success,
};
use crate::support::{Break, Line, PASSWORD, Reply, TestApp, create};

const BREAKS: [Break; 8] = [
    Break::Refusal(500, "InternalFailure", EMAIL),
    Break::Refusal(503, "ServiceUnavailable", EMAIL),
    Break::Refusal(400, "MessageRejected", EMAIL),
    Break::Refusal(400, "Throttling", EMAIL),
    Break::Refusal(400, "AccountSendingPausedException", EMAIL),
    Break::Refusal(403, "AccessDenied", EMAIL),
    Break::Reset,
    Break::Silence,
];

fn unavailable() -> Value {
    body(503, "service unavailable")
}

#[track_caller]
fn is_outage(reply: &Reply) {
    reply.is(503, unavailable());
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(reply.cookies(), []);
    assert!(!reply.text.contains(EMAIL));
}

async fn ask(app: &TestApp) -> Reply {
    app.post("/email/users", credentials(EMAIL, PASSWORD)).await
}

async fn pending(app: &TestApp) -> usize {
    let items = app.dump("tokens").await;
    items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("pending#")).count()
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_an_outage_and_trying_again_works_at_once() {
    for broken in BREAKS {
        let line = Line::default();
        let app = line.app(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
        line.set(Some(broken));
        is_outage(&ask(&app).await);
        assert_eq!(pending(&app).await, 0, "{broken:?}");
        assert_eq!(app.outbox.messages(), []);
        line.set(None);
        ask(&app).await.is(200, success());
        app.get(&Mailed::of(&mails(&app, EMAIL)[0]).open).await.is(200, success());
        assert!(opens(&app, EMAIL, PASSWORD).await);
        assert_eq!(app.audited().await, 1);
    }
}

#[tokio::test]
async fn mails_that_could_not_be_sent_use_up_no_limit() {
    let line = Line::default();
    let limits = [
        ("LIMIT_MAILS_PER_RECIPIENT", "1"),
        ("LIMIT_MAILS_PER_RECIPIENT_AND_ADDRESS", "1"),
        ("LIMIT_SIGN_UPS_PER_ADDRESS", "1"),
    ];
    let app = line.app(&limits).await;
    let mut browser = app.browser();
    line.set(Some(Break::Refusal(400, "Throttling", EMAIL)));
    for _ in 0..3 {
        is_outage(&browser.post("/email/users", credentials(EMAIL, PASSWORD)).await);
    }
    line.set(None);
    browser.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, success());
    assert_eq!(mails(&app, EMAIL).len(), 1);
}

#[tokio::test]
async fn a_mail_whose_receipt_got_lost_has_a_dead_link_and_the_next_one_a_live_one() {
    let line = Line::default();
    let app = line.app(&[]).await;
    line.set(Some(Break::LostAnswer));
    is_outage(&ask(&app).await);
    let lost = Mailed::of(&mails(&app, EMAIL)[0]);
    line.set(None);
    ask(&app).await.is(200, success());
    app.get(&lost.open).await.is(200, not_found());
    app.post(&lost.not_me, json!({})).await.is(200, not_found());
    app.get(&Mailed::of(&mails(&app, EMAIL)[0]).open).await.is(200, success());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn nothing_but_registering_needs_the_mail() {
    let line = Line::default();
    let app = line.app(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    create(&mut app.browser(), "eve@example.com").await.id();
    let unproven = register(&app, "eve@example.com", PASSWORD).await;
    line.set(Some(Break::Reset));
    app.get(&mailed.open).await.is(200, success());
    assert_eq!(heading(&choose(&app, &unproven.open, OTHER).await), super::CHOSEN);
    assert!(opens(&app, EMAIL, PASSWORD).await);
    app.post(&mailed.not_me, json!({})).await.is(200, success());
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn with_uniform_replies_an_outage_tells_nothing_either() {
    let line = Line::default();
    let app = line.app(&[("REPLIES", "uniform")]).await;
    join(&app, EMAIL).await;
    app.clock.advance(60);
    line.set(Some(Break::Refusal(400, "MessageRejected", EMAIL)));
    let taken = ask(&app).await;
    let free = app.post("/email/users", credentials("free@example.com", PASSWORD)).await;
    is_outage(&taken);
    assert_eq!((taken.text, taken.headers), (free.text, free.headers));
    line.set(None);
    ask(&app).await.is(200, success());
}

#[tokio::test]
async fn a_database_that_is_gone_is_an_outage_everywhere() {
    let app = start().await;
    let mailed = register(&app, EMAIL, PASSWORD).await;
    let mut session = app.browser();
    super::sign_in(&mut session, EMAIL, PASSWORD).await;
    let outbox = app.outbox.clone();
    outbox.clear();
    let outage = app.outage().await;
    let query = format!("/email/token?email={EMAIL}&password=12345678");
    for (method, path, body) in [
        (Method::POST, "/email/users", credentials(EMAIL, PASSWORD)),
        (Method::GET, query.as_str(), json!({})),
        (Method::POST, "/email/token", credentials(EMAIL, PASSWORD)),
        (Method::DELETE, "/email/token", json!({ "email": EMAIL })),
        (Method::GET, mailed.open.as_str(), json!({})),
        (Method::POST, mailed.open.as_str(), json!({})),
        (Method::POST, mailed.open.as_str(), json!({ "password": OTHER })),
        (Method::POST, mailed.not_me.as_str(), json!({})),
    ] {
        is_outage(&outage.browser().send_json(method, path, body).await);
    }
    for (method, path) in [
        (Method::GET, &mailed.open),
        (Method::POST, &mailed.open),
        (Method::GET, &mailed.not_me),
        (Method::POST, &mailed.not_me),
    ] {
        let mut person = outage.browser().header("accept", "text/html");
        let page = person.send(method, path, None, "").await;
        super::shows(&page, 503, LATER);
        assert_eq!(page.header("retry-after"), Some("1"));
    }
    // What is refused before the database is asked is refused as ever.
    let reply = outage.browser().post("/email/users", credentials("x", PASSWORD)).await;
    reply.is(200, body(400, "email invalid"));
    assert_eq!(outbox.messages(), []);
}
