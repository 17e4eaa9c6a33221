//! How often a number is sent a code.

use super::{DAY, MINUTE, OTHER, PHONE, ask, fresh_code, id_of, register, says, texts_to};
use crate::support::TestApp;

#[tokio::test]
async fn a_minute_lies_between_two_messages_to_the_second() {
    let app = TestApp::new().await;
    let first = fresh_code(&app, PHONE).await;
    for seconds in [0, 1, 58] {
        app.clock.advance(seconds);
        let reply = ask(&mut app.browser(), PHONE).await;
        says(&reply, 402, "send too frequently", "in the same minute");
    }
    // Who is refused keeps the code, and has not made the minute any longer.
    app.clock.advance(1);
    says(&ask(&mut app.browser(), PHONE).await, 200, "success", "a minute later");
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "and at once again");
    let messages = texts_to(&app, PHONE);
    let times: Vec<_> = messages.iter().map(|message| message.sent_at.as_str()).collect();
    assert_eq!(times, ["2026-01-01T00:01:00Z", "2026-01-01T00:00:00Z"]);
    assert_eq!(messages[1].code, Some(first));
}

#[tokio::test]
async fn a_refusal_leaves_the_code_as_it_was() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "again");
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
}

#[tokio::test]
async fn every_spelling_of_a_number_has_the_same_minute() {
    let app = TestApp::new().await;
    fresh_code(&app, PHONE).await;
    for phone in [
        "13800138000",
        "008613800138000",
        "+86-138-0013-8000",
        "＋８６１３８００１３８０００",
        "(+86)138.0013.8000",
    ] {
        says(&ask(&mut app.browser(), phone).await, 402, "send too frequently", phone);
    }
    says(&ask(&mut app.browser(), OTHER).await, 200, "success", "another number");
    assert_eq!(app.outbox.messages().len(), 2);
}

#[tokio::test]
async fn a_number_is_sent_five_messages_a_day() {
    let app = TestApp::new().await;
    for count in 1..=5 {
        says(&ask(&mut app.browser(), PHONE).await, 200, "success", &count.to_string());
        app.clock.advance(MINUTE);
    }
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "the sixth");
    app.clock.advance(DAY - 5 * MINUTE - 1);
    let reply = ask(&mut app.browser(), PHONE).await;
    says(&reply, 402, "send too frequently", "a second before the day is over");
    assert_eq!(texts_to(&app, PHONE).len(), 5);
    app.clock.advance(1);
    // The minute that a refusal took was given back.
    says(&ask(&mut app.browser(), PHONE).await, 200, "success", "a day after the first");
    assert_eq!(texts_to(&app, PHONE).len(), 6);
}

#[tokio::test]
async fn how_many_messages_a_day_a_number_is_sent_is_a_setting() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_NUMBER", "1")]).await;
    fresh_code(&app, PHONE).await;
    app.clock.advance(MINUTE);
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "the second");
    fresh_code(&app, OTHER).await;
}

#[tokio::test]
async fn how_long_a_number_waits_for_another_message_is_a_setting() {
    let app = TestApp::with(&[("SMS_INTERVAL_SECONDS", "5")]).await;
    fresh_code(&app, PHONE).await;
    app.clock.advance(4);
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "4 seconds later");
    app.clock.advance(1);
    says(&ask(&mut app.browser(), PHONE).await, 200, "success", "5 seconds later");
}
