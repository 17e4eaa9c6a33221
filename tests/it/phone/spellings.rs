//! Spellings of one number, and what is none.

use http::Method;

use super::{
    CODE, PHONE, TOKEN, code_to, encoded, id_of, is_signed_in, join, register, says, sign_in,
    signed_in, texts_to,
};
use crate::support::{PASSWORD, TestApp};

/// The same number without a space.
pub(crate) const DENSE: [&str; 8] = [
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
pub(crate) const SPACED: [&str; 6] = [
    " 13800138000 ",
    "\t+8613800138000\r\n",
    "+86 138 0013 8000",
    "0086 138-0013-8000",
    "+86 (138) 0013.8000",
    "＋８６\u{3000}１３８\u{a0}００１３\u{2003}８０００",
];

/// No numbers, or such as are not sent messages by anyone.
pub(crate) const NONE: [&str; 25] = [
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
