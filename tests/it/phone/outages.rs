//! When SNS or the database does not do its part.

use std::time::Instant;

use http::Method;
use serde_json::json;

use super::{
    CODE, MINUTE, OTHER, PHONE, TOKEN, USERS, account, ask, code_to, counted, credentials, faults,
    fresh_code, id_of, join, number, register, says, sign_in, signed_in, texts_to, too_many,
};
use crate::support::{Break, Line, PASSWORD, TestApp};

/// The ways in which a message is not sent.
const BREAKS: [Break; 6] = [
    Break::Refusal(500, "InternalError", "try again"),
    Break::Refusal(503, "ServiceUnavailable", "try again"),
    Break::Refusal(400, "Throttled", "rate exceeded"),
    Break::Refusal(403, "AuthorizationError", "not allowed"),
    Break::Reset,
    Break::Silence,
];

#[tokio::test]
async fn a_message_that_is_not_sent_is_an_outage_and_trying_again_works_at_once() {
    for broken in BREAKS {
        let line = Line::default();
        let app = line.app(&[]).await;
        line.breaks([broken]);
        let reply = ask(&mut app.browser(), PHONE).await;
        faults(&reply, 503, "service unavailable", &format!("{broken:?}"));
        assert_eq!(reply.header("retry-after"), Some("1"), "{broken:?}");
        assert_eq!(app.outbox.messages(), [], "{broken:?}");
        let none = register(&mut app.browser(), PHONE, "123456").await;
        says(&none, 404, "wrong code", "of a message that was not sent");
        assert_eq!(counted(&app, "code_tries", PHONE).await, 0, "there was nothing to guess");

        let code = fresh_code(&app, PHONE).await;
        id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
        assert_eq!((texts_to(&app, PHONE).len(), app.audited().await), (1, 1));
    }
}

#[tokio::test]
async fn who_waits_for_sns_does_not_wait_for_long() {
    let line = Line::default();
    let app = line.app(&[]).await;
    line.breaks([Break::Silence]);
    let started = (tokio::time::Instant::now(), Instant::now());
    let reply = ask(&mut app.browser(), PHONE).await;
    faults(&reply, 503, "service unavailable", "silence");
    assert!((1..=5).contains(&started.0.elapsed().as_secs()), "{:?}", started.0.elapsed());
    assert!(started.1.elapsed().as_secs() < 60);
}

#[tokio::test]
async fn an_earlier_code_stays_good_when_the_next_one_is_not_sent() {
    for broken in BREAKS {
        let line = Line::default();
        let app = line.app(&[]).await;
        let code = fresh_code(&app, PHONE).await;
        app.clock.advance(10 * MINUTE - 1);
        line.breaks([broken]);
        faults(&ask(&mut app.browser(), PHONE).await, 503, "service unavailable", "the next");
        id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    }
    // But not for longer.
    let line = Line::default();
    let app = line.app(&[]).await;
    let code = fresh_code(&app, PHONE).await;
    app.clock.advance(9 * MINUTE);
    line.breaks([BREAKS[0]]);
    faults(&ask(&mut app.browser(), PHONE).await, 503, "service unavailable", "the next");
    app.clock.advance(MINUTE);
    let late = register(&mut app.browser(), PHONE, &code).await;
    says(&late, 404, "wrong code", "after ten minutes");
}

#[tokio::test]
async fn messages_that_are_not_sent_count_towards_the_day() {
    let throttled = BREAKS[2];
    let line = Line::default();
    let app = line.app(&[]).await;
    line.breaks([throttled; 5]);
    for _ in 0..5 {
        faults(&ask(&mut app.browser(), PHONE).await, 503, "service unavailable", "throttled");
    }
    says(&ask(&mut app.browser(), PHONE).await, 402, "send too frequently", "the sixth");
    fresh_code(&app, OTHER).await;

    for setting in ["LIMIT_SMS_PER_ADDRESS", "LIMIT_SMS_PER_DAY"] {
        let line = Line::default();
        let app = line.app(&[(setting, "2")]).await;
        line.breaks([throttled; 2]);
        let mut browser = app.browser();
        for place in 0..2 {
            let reply = ask(&mut browser, &number(place)).await;
            faults(&reply, 503, "service unavailable", setting);
        }
        too_many(&ask(&mut browser, &number(2)).await, setting);
        assert_eq!(app.outbox.messages(), []);
    }
}

#[tokio::test]
async fn a_message_whose_sending_is_in_doubt_lets_its_reader_try_again() {
    let line = Line::default();
    let app = line.app(&[]).await;
    line.breaks([Break::LostAnswer]);
    faults(&ask(&mut app.browser(), PHONE).await, 503, "service unavailable", "lost answer");
    let doubtful = code_to(&app, PHONE);
    let code = fresh_code(&app, PHONE).await;
    assert_eq!(texts_to(&app, PHONE).len(), 2);
    if doubtful != code {
        let reply = register(&mut app.browser(), PHONE, &doubtful).await;
        says(&reply, 404, "wrong code", "the one before");
    }
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
}

#[tokio::test]
async fn who_opted_out_is_not_told_from_others() {
    let line = Line::default();
    let app = line.app(&[]).await;
    let plain = ask(&mut app.browser(), OTHER).await;
    app.outbox.clear();
    for (broken, place) in [
        Break::Refusal(403, "OptedOut", "the number has opted out"),
        Break::Refusal(400, "InvalidParameter", "Invalid parameter: +8613800138000 is opted out"),
    ]
    .into_iter()
    .zip(1..)
    {
        let phone = number(place);
        line.breaks([broken]);
        let reply = ask(&mut app.browser(), &phone).await;
        says(&reply, 200, "success", "opted out");
        assert_eq!((&reply.headers, &reply.text), (&plain.headers, &plain.text));
        assert_eq!(app.outbox.messages(), []);
        let again = ask(&mut app.browser(), &phone).await;
        says(&again, 402, "send too frequently", "in the same minute");
    }
}

#[tokio::test]
async fn without_the_database_nothing_is_answered_and_nothing_is_sent() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let outbox = app.outbox.clone();
    outbox.clear();
    let app = app.outage().await;
    let token = format!("{:016x}{}", 65213, "0".repeat(64));
    let mut browser = app.browser().cookie("token", &token);
    let register = json!({ "phone": PHONE, "password": PASSWORD, "code": code });
    let sign_in = credentials(PHONE, PASSWORD);
    for (method, path, body) in [
        (Method::GET, format!("{CODE}?phone=13800138000"), json!({})),
        (Method::POST, USERS.to_owned(), register),
        (
            Method::GET,
            format!("{TOKEN}?phone=13800138000&password={PASSWORD}").replace('#', "%23"),
            json!({}),
        ),
        (Method::POST, TOKEN.to_owned(), sign_in),
        (Method::DELETE, format!("{TOKEN}?phone=13800138000"), json!({})),
    ] {
        let reply = browser.send_json(method.clone(), &path, body).await;
        faults(&reply, 503, "service unavailable", &format!("{method} {path}"));
        assert!(reply.header("retry-after").is_some(), "{method} {path}");
    }
    assert_eq!(outbox.messages(), []);
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_is_no_wrong_password() {
    let app = TestApp::new().await;
    let id = join(&app, PHONE).await;
    let live = signed_in(&app, PHONE).await;
    let hash = app.recorded(id, "password").await.unwrap();
    app.record(id, "password", "plain").await;
    let reply = sign_in(&mut app.browser(), PHONE, PASSWORD).await;
    faults(&reply, 503, "service unavailable", "no hash");
    assert!(super::is_signed_in(&app, &live).await);
    app.record(id, "password", &hash).await;
    signed_in(&app, PHONE).await;
    assert!(app.directory.find_by_id(account(id)).await.is_ok());
}
