//! Spellings of one number, and what is none.

use http::Method;
use serde_json::json;

use super::{
    CODE, DAY, PHONE, TOKEN, USERS, account, code_to, credentials, encoded, fresh_code, id_of,
    is_signed_in, join, register, says, sign_in, signed_in, texts_to,
};
use crate::support::{PASSWORD, TestApp};

/// The same number without a space.
const DENSE: [&str; 8] = [
    "+8613800138000",
    "13800138000",
    "008613800138000",
    "+86-138-0013-8000",
    "0086(138)0013.8000",
    "＋８６１３８００１３８０００",
    "１３８００１３８０００",
    "+86138００138000",
];

/// The same number with spaces, which a body may have.
const SPACED: [&str; 6] = [
    " 13800138000 ",
    "\t+8613800138000\r\n",
    "+86 138 0013 8000",
    "0086 138-0013-8000",
    "+86 (138) 0013.8000",
    "＋８６\u{3000}１３８\u{a0}００１３\u{2003}８０００",
];

/// No numbers, or such as are not sent messages by anyone.
const NONE: [&str; 25] = [
    "x",
    "+",
    "0",
    "86",
    "+86",
    "1380013800",
    "138001380000",
    "+86138001380001",
    "138001380000000000000000000000000000000000000000000000000000000000000000000000",
    "tel:+8613800138000",
    "tel:13800138000;phone-context=+86",
    "13800138000;ext=1",
    "13800138000x1",
    "13800138000#1",
    "13800138000,13900139000",
    "13800138000\0",
    "\x0013800138000",
    "13800138000\u{200b}",
    "\u{202d}13800138000",
    "\u{feff}13800138000",
    "١٣٨٠٠١٣٨٠٠٠",
    "１３８００１３８００",
    "+999123456789",
    "1e10",
    "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎𝟎",
];

#[tokio::test]
async fn a_query_takes_every_spelling_without_spaces_as_one_number() {
    let app = TestApp::with(&[("LIMIT_SMS_PER_NUMBER", "1000")]).await;
    for phone in DENSE {
        let reply = app.get(&format!("{CODE}?phone={}", encoded(phone))).await;
        says(&reply, 200, "success", phone);
        app.clock.advance(60);
    }
    assert_eq!(texts_to(&app, PHONE).len(), DENSE.len());
    assert_eq!(app.outbox.messages().len(), DENSE.len());
    let code = code_to(&app, PHONE);
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    for phone in DENSE {
        let mut browser = app.browser();
        let reply = sign_in(&mut browser, phone, PASSWORD).await;
        assert_eq!(reply.json()["msg"], "success", "{phone}");
        let kept = browser.clone();
        let path = format!("{TOKEN}?phone={}", encoded(phone));
        browser.send(Method::DELETE, &path, None, "").await;
        assert!(!is_signed_in(&app, &kept).await, "{phone}");
    }
}

#[tokio::test]
async fn a_space_in_a_query_makes_a_number_malformed() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    app.outbox.clear();
    let browser = signed_in(&app, PHONE).await;
    // A bare `+` is a space.
    let bare =
        ["+8613800138000", "+13800138000", "138+0013+8000", "13800138000+", "13800138000%0A"];
    let bare = bare.into_iter().map(str::to_owned);
    for phone in bare.chain(SPACED.map(encoded)).chain([encoded(" ")]) {
        says(&app.get(&format!("{CODE}?phone={phone}")).await, 404, "phone invalid", &phone);
        let reply = app.get(&format!("{TOKEN}?phone={phone}&password={}", encoded(PASSWORD))).await;
        says(&reply, 404, "phone not exists", &phone);
        let path = format!("{TOKEN}?phone={phone}");
        let reply = browser.clone().send(Method::DELETE, &path, None, "").await;
        says(&reply, 404, "phone not exists", &phone);
    }
    assert!(is_signed_in(&app, &browser).await);
    assert_eq!(app.outbox.messages(), []);
}

#[tokio::test]
async fn a_body_takes_every_spelling_as_one_number() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    for phone in DENSE.into_iter().chain(SPACED) {
        let code = fresh_code(&app, PHONE).await;
        let id = id_of(&register(&mut app.browser(), phone, &code).await, PHONE);
        for again in DENSE.into_iter().chain(SPACED) {
            let taken = register(&mut app.browser(), again, &code).await;
            taken.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
        }
        let mut browser = app.browser();
        let reply = browser.post(TOKEN, credentials(phone, PASSWORD)).await;
        assert_eq!(reply.json()["msg"], "success", "{phone}");
        let kept = browser.clone();
        browser.delete(TOKEN, json!({ "phone": phone })).await;
        assert!(!is_signed_in(&app, &kept).await, "{phone}");
        assert_eq!(app.audited().await, 1, "{phone}");
        app.directory.delete_account(account(id)).await.unwrap();
        app.clock.advance(DAY);
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused_everywhere() {
    let app = TestApp::new().await;
    let long = "1".repeat(10_000);
    let longer = "+86".repeat(20_000);
    for phone in NONE.into_iter().chain([long.as_str(), &longer]) {
        let body = json!({ "phone": phone, "password": PASSWORD, "code": "123456" });
        says(&app.post(USERS, body).await, 404, "phone invalid", phone);
        let reply = app.browser().post(TOKEN, credentials(phone, PASSWORD)).await;
        says(&reply, 404, "phone not exists", phone);
        let reply = app.delete(TOKEN, json!({ "phone": phone })).await;
        says(&reply, 404, "phone not exists", phone);
    }
    for phone in NONE {
        let reply = app.get(&format!("{CODE}?phone={}", encoded(phone))).await;
        says(&reply, 404, "phone invalid", phone);
        let reply = sign_in(&mut app.browser(), phone, PASSWORD).await;
        says(&reply, 404, "phone not exists", phone);
    }
    assert_eq!(app.outbox.messages(), []);
    assert!(app.dump("tokens").await.is_empty(), "nothing is counted");
    assert_eq!(app.directory.hasher().computed(), 0);
}

#[tokio::test]
async fn a_query_is_decoded_once() {
    let app = TestApp::new().await;
    for phone in ["%252B8613800138000", "13800138000%2500", "%2531%2533800138000"] {
        let reply = app.get(&format!("{CODE}?phone={phone}")).await;
        says(&reply, 404, "phone invalid", phone);
    }
    let reply = app.get(&format!("{CODE}?%70hone=%31%33800138000")).await;
    says(&reply, 200, "success", "encoded without need");
    assert_eq!(app.outbox.messages()[0].to, PHONE);
}
