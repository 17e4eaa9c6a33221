//! `POST /api/user/signout` by the web app.

use http::Method;
use insta::assert_snapshot;
use serde_json::json;

use super::{
    COOKIE, EMAIL, PASSWORD, SIGN_IN, SIGN_OUT, credentials, is_signed_in, signed_in,
    start_with_account, user_unauthenticated,
};

#[tokio::test]
async fn a_session_is_dead_after_its_sign_out_and_its_cookie_is_cleared() {
    let (app, _) = start_with_account().await;
    for (content_type, body) in
        [(Some("application/json"), "{}"), (None, ""), (Some("text/plain"), "x"), (None, "{")]
    {
        let mut browser = signed_in(&app, EMAIL).await;
        let copy = browser.clone();
        let reply = browser.send(Method::POST, SIGN_OUT, content_type, body).await;
        reply.is(200, json!({ "data": {}, "message": "sign out successfully" }));
        let cleared = "connect.sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(reply.header("set-cookie"), Some(cleared));
        assert_eq!(browser.kept(COOKIE), None);
        assert!(!is_signed_in(&copy).await, "replayed");
        copy.clone().post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_unauthenticated() {
    let (app, _) = start_with_account().await;
    assert_snapshot!(app.browser().send(Method::POST, SIGN_OUT, None, "").await, @r#"
    401 Unauthorized

    {"code":401,"message":"user unauthenticated"}
    "#);
}

#[tokio::test]
async fn signing_out_ends_no_other_session() {
    let (app, _) = start_with_account().await;
    let (mut one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    assert_eq!(one.post(SIGN_OUT, json!({})).await.status, 200);
    assert!(is_signed_in(&other).await);
    one.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    assert_eq!(one.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 200);
    assert!(is_signed_in(&one).await && is_signed_in(&other).await);
}

#[tokio::test]
async fn of_two_sessions_that_are_presented_neither_is_ended() {
    let (app, _) = start_with_account().await;
    let (one, other) = (signed_in(&app, EMAIL).await, signed_in(&app, EMAIL).await);
    let kept = [&one, &other].map(|browser| browser.kept(COOKIE).unwrap());
    let cookies = format!("{COOKIE}={}; {COOKIE}={}", kept[0], kept[1]);
    let mut both = app.browser().header("cookie", &cookies);
    both.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    assert!(is_signed_in(&one).await && is_signed_in(&other).await);
}
