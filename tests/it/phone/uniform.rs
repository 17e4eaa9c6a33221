//! Uniform replies: an unknown number answers as a wrong password does.

use serde_json::json;

use super::{
    OTHER, PHONE, TOKEN, account, credentials, fresh_code, is_signed_in, join, number, register,
    says, sign_in_both, signed_in, with_query,
};
use crate::support::{PASSWORD, Reply, TestApp};

const UNIFORM: [(&str, &str); 2] = [("REPLIES", "uniform"), ("LIMIT_GUESSES_PER_ACCOUNT", "1000")];

#[track_caller]
fn alike(one: &Reply, other: &Reply, case: &str) {
    assert_eq!(
        (one.status, &one.headers, &one.text),
        (other.status, &other.headers, &other.text),
        "{case}"
    );
}

#[tokio::test]
async fn a_sign_in_does_not_tell_an_unknown_number_from_a_wrong_password() {
    let app = TestApp::with(&UNIFORM).await;
    join(&app, PHONE).await;
    let (banned, gone) = (number(1), number(2));
    let id = join(&app, &banned).await;
    app.directory.ban(account(id)).await.unwrap();
    let id = join(&app, &gone).await;
    app.directory.delete_account(account(id)).await.unwrap();

    let [wrong, _] = sign_in_both(&app, &credentials(PHONE, "something else")).await;
    says(&wrong, 404, "wrong password", "wrong");
    let longest = "x".repeat(129);
    for (case, phone, password) in [
        ("unknown", OTHER, PASSWORD),
        ("deleted", &gone, PASSWORD),
        ("malformed", "x", PASSWORD),
        ("impossible password", PHONE, &longest),
        ("unknown, impossible password", OTHER, &longest),
        ("banned, wrong password", &banned, "something else"),
    ] {
        for reply in sign_in_both(&app, &credentials(phone, password)).await {
            alike(&reply, &wrong, case);
        }
    }
    let [reply, _] = sign_in_both(&app, &credentials(&banned, PASSWORD)).await;
    says(&reply, 403, "user banned", "banned");
    says(&app.get(TOKEN).await, 400, "message required", "missing");
}

#[tokio::test]
async fn a_sign_out_always_succeeds() {
    let app = TestApp::with(&UNIFORM).await;
    join(&app, PHONE).await;
    let mut browser = signed_in(&app, PHONE).await;
    let by = |phone: &str| with_query(TOKEN, &json!({ "phone": phone }));
    let known = app.delete(&by(PHONE), json!({})).await;
    says(&known, 200, "success", "known");
    for phone in [OTHER, "x", "+12015550123", " "] {
        alike(&app.delete(&by(phone), json!({})).await, &known, phone);
        alike(&browser.delete(&by(phone), json!({})).await, &known, phone);
    }
    says(&app.delete(TOKEN, json!({})).await, 400, "message required", "missing");
    assert!(is_signed_in(&app, &browser).await);
    let kept = browser.clone();
    browser.delete(&by(PHONE), json!({})).await;
    assert!(!is_signed_in(&app, &kept).await);
}

#[tokio::test]
async fn a_registration_hands_out_an_id_and_so_tells_of_a_taken_number() {
    let app = TestApp::with(&UNIFORM).await;
    join(&app, PHONE).await;
    app.clock.advance(60);
    let code = fresh_code(&app, PHONE).await;
    let reply = register(&mut app.browser(), PHONE, &code).await;
    reply.is(200, json!({ "content": null, "state": 402, "msg": "phone has exist" }));
    let other = register(&mut app.browser(), OTHER, "123456").await;
    says(&other, 404, "wrong code", "free");
}
