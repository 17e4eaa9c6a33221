//! `DELETE /phone/token`.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    OTHER, PHONE, TOKEN, account, is_signed_in, join, number, says, signed_in, signed_in_by_email,
    with_query,
};
use crate::support::{Browser, Door, PASSWORD, Reply, TestApp, create};

const EMAIL: &str = "ann@example.com";

/// Signs out as the document has it.
async fn sign_out(browser: &mut Browser, phone: &str) -> Reply {
    browser.delete(&with_query(TOKEN, &json!({ "phone": phone })), json!({})).await
}

#[tokio::test]
async fn signing_out_ends_the_presented_session_alone() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let (mut one, other) = (signed_in(&app, PHONE).await, signed_in(&app, PHONE).await);
    let mut copy = one.clone();
    let reply = sign_out(&mut one, PHONE).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure

    {"state":200,"msg":"success"}
    "#);
    assert_eq!(one.kept("token"), None);
    assert!(!is_signed_in(&app, &copy).await && is_signed_in(&app, &other).await);
    // Once more ends nothing more, with the dead cookie or without one.
    says(&sign_out(&mut copy, PHONE).await, 200, "success", "replayed");
    says(&sign_out(&mut one, PHONE).await, 200, "success", "without a cookie");
    assert!(is_signed_in(&app, &other).await);
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let browser = signed_in(&app, PHONE).await;
    assert_snapshot!(browser.clone().delete(TOKEN, json!({})).await, @r#"
    200 OK

    {"state":400,"msg":"message required"}
    "#);
    assert_snapshot!(sign_out(&mut browser.clone(), OTHER).await, @r#"
    200 OK

    {"state":404,"msg":"phone not exists"}
    "#);
    says(&sign_out(&mut browser.clone(), "x").await, 404, "phone not exists", "malformed");
    let gone = number(1);
    let id = join(&app, &gone).await;
    app.directory.delete_account(account(id)).await.unwrap();
    says(&sign_out(&mut browser.clone(), &gone).await, 404, "phone not exists", "deleted");
    assert!(is_signed_in(&app, &browser).await);
}

#[tokio::test]
async fn a_session_by_email_ends_by_its_email_and_one_by_phone_by_its_phone() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut by_email = signed_in_by_email(&app, EMAIL).await;
    let mut by_phone = signed_in(&app, PHONE).await;
    let path = with_query("/email/token", &json!({ "email": EMAIL }));
    says(&sign_out(&mut by_email, PHONE).await, 200, "success", "by a phone");
    says(&by_phone.delete(&path, json!({})).await, 200, "success", "by an email");
    assert!(is_signed_in(&app, &by_email).await && is_signed_in(&app, &by_phone).await);

    let (email, phone) = (by_email.clone(), by_phone.clone());
    assert_eq!(by_email.delete(&path, json!({})).await.cookies().len(), 1);
    assert_eq!(sign_out(&mut by_phone, PHONE).await.cookies().len(), 1);
    assert!(!is_signed_in(&app, &email).await && !is_signed_in(&app, &phone).await);
}

#[tokio::test]
async fn only_a_live_cookie_of_this_contract_counts() {
    let app = TestApp::new().await;
    join(&app, PHONE).await;
    let session = signed_in(&app, PHONE).await.kept("token").unwrap().to_owned();
    let mut users = app.browser();
    create(&mut users, EMAIL).await.id();
    Door::Users.sign_in(&mut users, EMAIL, PASSWORD).await;
    let of_users = users.kept("_session").unwrap().to_owned();
    let last = if session.ends_with('0') { "1" } else { "0" };
    for (case, cookie) in [
        ("another contract's", format!("token={of_users}")),
        ("under another contract's name", format!("_session={session}")),
        ("changed", format!("token={}{last}", &session[..79])),
        ("cut off", format!("token={}", &session[..79])),
        ("in capitals", format!("token={}", session.to_uppercase())),
        ("large", format!("token={}", "0".repeat(8000))),
        ("two that differ", format!("token={session}; token={}", "a".repeat(80))),
    ] {
        let reply = sign_out(&mut app.browser().header("cookie", &cookie), PHONE).await;
        says(&reply, 200, "success", case);
    }
    assert!(is_signed_in(&app, &app.browser().cookie("token", &session)).await);
    let in_body = json!({ "phone": PHONE, "token": session });
    says(&app.delete(TOKEN, in_body).await, 200, "success", "in the body");
    assert!(is_signed_in(&app, &app.browser().cookie("token", &session)).await);
}

#[tokio::test]
async fn replies_that_tell_of_an_account_are_limited_by_address() {
    let app = TestApp::with(&[("LIMIT_DISCLOSURES_PER_ADDRESS", "3")]).await;
    join(&app, PHONE).await;
    let mut browser = app.browser();
    for place in 0..3 {
        let reply = sign_out(&mut browser, &number(place)).await;
        says(&reply, 404, "phone not exists", "one of three");
    }
    super::too_many(&sign_out(&mut browser, &number(3)).await, "the fourth");
    says(&sign_out(&mut app.browser(), &number(3)).await, 404, "phone not exists", "elsewhere");
}
