//! Guessing a code.

use super::{
    HOUR, MINUTE, OTHER, PHONE, counted, fresh_code, id_of, number, register, says, too_many, wrong,
};
use crate::support::TestApp;

/// Guesses wrong so often, each time from another address.
async fn guess_wrong(app: &TestApp, phone: &str, code: &str, times: u32) {
    for time in 1..=times {
        let reply = register(&mut app.browser(), phone, &wrong(code, time)).await;
        says(&reply, 404, "wrong code", &format!("guess {time}"));
    }
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_refused_too() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    guess_wrong(&app, PHONE, &code, 5).await;
    let right = register(&mut app.browser(), PHONE, &code).await;
    let another = register(&mut app.browser(), PHONE, &wrong(&code, 6)).await;
    assert_eq!(too_many(&right, "right"), HOUR);
    assert_eq!(right.text, another.text);

    // Another number is another matter.
    let other = fresh_code(&app, OTHER).await;
    id_of(&register(&mut app.browser(), OTHER, &other).await, OTHER);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn after_four_wrong_codes_the_right_one_is_taken_and_gives_its_try_back() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    guess_wrong(&app, PHONE, &code, 4).await;
    assert_eq!(counted(&app, "code_tries", PHONE).await, 4);
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
    assert_eq!(counted(&app, "code_tries", PHONE).await, 4);
}

#[tokio::test]
async fn tries_come_back_an_hour_after_the_first_of_them_to_the_second() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    guess_wrong(&app, PHONE, &code, 1).await;
    app.clock.advance(9 * MINUTE);
    guess_wrong(&app, PHONE, &code, 4).await;
    let refused = register(&mut app.browser(), PHONE, &code).await;
    assert_eq!(too_many(&refused, "nine minutes later"), HOUR - 9 * MINUTE);

    app.clock.advance(HOUR - 9 * MINUTE - 1);
    let code = fresh_code(&app, PHONE).await;
    let refused = register(&mut app.browser(), PHONE, &code).await;
    assert_eq!(too_many(&refused, "a second before the hour is over"), 1);
    app.clock.advance(1);
    guess_wrong(&app, PHONE, &code, 4).await;
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
}

#[tokio::test]
async fn where_no_code_lives_there_is_nothing_to_guess() {
    let app = TestApp::new().await;
    guess_wrong(&app, PHONE, "123456", 20).await;
    let code = fresh_code(&app, PHONE).await;
    guess_wrong(&app, PHONE, &code, 4).await;
    app.clock.advance(10 * MINUTE);
    guess_wrong(&app, PHONE, &code, 20).await;
    says(&register(&mut app.browser(), PHONE, &code).await, 404, "wrong code", "expired");
    assert_eq!(counted(&app, "code_tries", PHONE).await, 4);
    let code = fresh_code(&app, PHONE).await;
    id_of(&register(&mut app.browser(), PHONE, &code).await, PHONE);
}

#[tokio::test]
async fn every_spelling_of_a_number_has_the_same_tries() {
    let app = TestApp::new().await;
    let code = fresh_code(&app, PHONE).await;
    let spellings = [
        "13800138000",
        "+86 138 0013 8000",
        "0086 138-0013-8000",
        "＋８６１３８００１３８０００",
        " (+86) 138.0013.8000 ",
    ];
    for (phone, time) in spellings.into_iter().zip(1..) {
        let reply = register(&mut app.browser(), phone, &wrong(&code, time)).await;
        says(&reply, 404, "wrong code", phone);
    }
    for phone in spellings.into_iter().chain([PHONE]) {
        too_many(&register(&mut app.browser(), phone, &code).await, phone);
    }
}

#[tokio::test]
async fn how_many_tries_there_are_is_a_setting() {
    let app = TestApp::with(&[("LIMIT_CODE_TRIES", "2")]).await;
    let code = fresh_code(&app, PHONE).await;
    guess_wrong(&app, PHONE, &code, 2).await;
    too_many(&register(&mut app.browser(), PHONE, &code).await, "the third");
}

#[tokio::test]
async fn a_code_guessed_at_many_numbers_is_no_sign_up() {
    let app = TestApp::with(&[("LIMIT_SIGN_UPS_PER_ADDRESS", "1")]).await;
    let mut browser = app.browser();
    for place in 0..10 {
        let phone = number(place);
        let code = fresh_code(&app, &phone).await;
        let reply = register(&mut browser, &phone, &wrong(&code, 1)).await;
        says(&reply, 404, "wrong code", &phone);
    }
    assert_eq!(app.audited().await, 0);
}
