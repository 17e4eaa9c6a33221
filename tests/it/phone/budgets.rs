//! The budgets of text messages that many numbers share: a client address's and everybody's.

use std::net::IpAddr;

use super::{DAY, MINUTE, ask, at_once, counted, number, says, texts_to, too_many};
use crate::support::{Browser, TestApp};

async fn sent(browser: &mut Browser, phone: &str) {
    says(&ask(browser, phone).await, 200, "success", phone);
}

#[tokio::test]
async fn an_address_causes_so_many_messages_a_day() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_ADDRESS", "3")]).await;
    let mut browser = app.browser();
    for place in 0..3 {
        sent(&mut browser, &number(place)).await;
    }
    let phone = number(3);
    assert_eq!(too_many(&ask(&mut browser, &phone).await, "the fourth"), DAY);
    app.clock.advance(MINUTE);
    assert_eq!(too_many(&ask(&mut browser, &number(0)).await, "an earlier number"), DAY - MINUTE);
    assert_eq!(app.outbox.messages().len(), 3);

    // The number had nothing to do with it: it is sent one from elsewhere at once.
    assert_eq!(counted(&app, "sms_number", &phone).await, 0);
    sent(&mut app.browser(), &phone).await;
    app.clock.advance(DAY - MINUTE - 1);
    too_many(&ask(&mut browser, &phone).await, "a second before the day is over");
    app.clock.advance(1);
    sent(&mut browser, &phone).await;
}

#[tokio::test]
async fn an_address_may_be_a_network() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_ADDRESS", "1")]).await;
    let at = |address: &str| app.browser_at(address.parse::<IpAddr>().unwrap());
    sent(&mut at("2001:db8:1:2::1"), &number(0)).await;
    let mut browser = at("2001:db8:1:2:ffff::7");
    too_many(&ask(&mut browser, &number(1)).await, "the same network");
    sent(&mut at("2001:db8:1:3::1"), &number(1)).await;
    sent(&mut at("203.0.113.7"), &number(2)).await;
    too_many(&ask(&mut at("::ffff:203.0.113.7"), &number(3)).await, "the same in IPv6");
    let mut browser = at("203.0.113.7")
        .header("x-forwarded-for", "198.51.100.1")
        .header("forwarded", "for=198.51.100.1");
    too_many(&ask(&mut browser, &number(3)).await, "whatever a header says");
}

#[tokio::test]
async fn everybody_together_causes_so_many_messages_a_day() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_DAY", "3")]).await;
    for place in 0..3 {
        sent(&mut app.browser(), &number(place)).await;
    }
    let (mut browser, phone) = (app.browser(), number(3));
    assert_eq!(too_many(&ask(&mut browser, &phone).await, "the fourth"), DAY);
    assert_eq!(app.outbox.messages().len(), 3);
    assert_eq!(counted(&app, "sms_number", &phone).await, 0);
    app.clock.advance(DAY - 1);
    too_many(&ask(&mut browser, &phone).await, "a second before the day is over");
    app.clock.advance(1);
    sent(&mut browser, &phone).await;
}

#[tokio::test]
async fn parallel_requests_for_many_numbers_stay_inside_the_day() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_DAY", "7")]).await;
    let replies =
        at_once((0..100).map(async |place| ask(&mut app.browser(), &number(place)).await)).await;
    let mut successes = 0;
    for reply in replies {
        if reply.json()["state"] == 200 {
            successes += 1;
        } else {
            too_many(&reply, "one of a hundred");
        }
    }
    assert_eq!((successes, app.outbox.messages().len()), (7, 7));
}

#[tokio::test]
async fn what_is_refused_uses_up_nothing_of_another_budget() {
    let settings =
        [("LIMIT_SMS_PER_ADDRESS", "3"), ("LIMIT_SMS_PER_DAY", "4"), ("LIMIT_SMS_PER_NUMBER", "2")];
    let app = TestApp::with(&settings).await;
    let mut browser = app.browser();
    // Too soon.
    sent(&mut browser, &number(0)).await;
    for _ in 0..10 {
        says(&ask(&mut browser, &number(0)).await, 402, "send too frequently", "too soon");
    }
    // Too many to the number.
    app.clock.advance(MINUTE);
    sent(&mut browser, &number(0)).await;
    for _ in 0..10 {
        app.clock.advance(MINUTE);
        says(&ask(&mut browser, &number(0)).await, 402, "send too frequently", "a third");
    }
    // Nowhere to be sent.
    for _ in 0..10 {
        says(&ask(&mut browser, "+12015550123").await, 404, "phone not supported", "abroad");
        says(&ask(&mut browser, "1").await, 404, "phone invalid", "no number");
    }
    sent(&mut browser, &number(1)).await;
    // Too many from the address.
    for _ in 0..10 {
        too_many(&ask(&mut browser, &number(2)).await, "from one address");
    }
    sent(&mut app.browser(), &number(2)).await;
    too_many(&ask(&mut app.browser(), &number(3)).await, "for all");
    assert_eq!(app.outbox.messages().len(), 4);
    assert_eq!(texts_to(&app, &number(0)).len(), 2);
}
