//! The attributes of cookies.

use insta::assert_snapshot;
use serde_json::json;

use super::{EMAIL, Member};
use crate::support::{Door, PASSWORD, TestApp, register};

#[tokio::test]
async fn cookies_are_for_http_alone_and_for_https_alone() {
    let app = TestApp::new().await;
    register(&mut app.browser(), "test1234", EMAIL).await.id();
    let login = Door::Cookie.ask(&mut app.browser(), "test1234", PASSWORD).await;
    assert_snapshot!(login, @r#"
    200 OK
    set-cookie: sessionid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","username":"test1234","email":"test1234@abc.com","uid":"[id as a string]"}
    "#);
    let sign_in = Door::Users.ask(&mut app.browser(), EMAIL, PASSWORD).await;
    assert_snapshot!(sign_in, @r#"
    200 OK
    set-cookie: _session=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users/sign_in","method":"POST","user":{"id":"[id]","name":"test1234","email":"test1234@abc.com"}}
    "#);
    let signin = Door::Tenant.ask(&mut app.browser(), EMAIL, PASSWORD).await;
    assert_snapshot!(signin, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"test1234@abc.com"},"message":"authenticate successfully"}
    "#);
}

#[tokio::test]
async fn signing_out_clears_the_cookie_with_the_attributes_that_it_was_set_with() {
    let app = TestApp::new().await;
    let mut member = Member::join(&app).await;
    let log_out = member.cookie.post("/api/v1/user/logout/", json!({})).await;
    assert_snapshot!(log_out, @r#"
    200 OK
    set-cookie: sessionid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure

    {"status":"success","uid":"[id]"}
    "#);
    let sign_out = member.users.delete("/users/sign_out", json!({})).await;
    assert_snapshot!(sign_out, @r#"
    200 OK
    set-cookie: _session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure

    {"result":"Success","url":"/users/sign_out","method":"DELETE","user":{"id":"[id]","name":"test1234","email":"test1234@abc.com"}}
    "#);
    let signout = member.tenant.post("/api/user/signout", json!({})).await;
    assert_snapshot!(signout, @r#"
    200 OK
    set-cookie: connect.sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{},"message":"sign out successfully"}
    "#);
}

#[tokio::test]
async fn settings_and_the_stage_decide_on_same_site_and_secure() {
    for (stage, same_site, attributes) in [
        ("local", "lax", "Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax"),
        ("local", "strict", "Max-Age=1209600; Path=/; HttpOnly; SameSite=Strict"),
        ("dev", "lax", "Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure"),
        ("staging", "strict", "Max-Age=1209600; Path=/; HttpOnly; SameSite=Strict; Secure"),
        ("prod", "lax", "Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure"),
        ("prod", "none", "Max-Age=1209600; Path=/; HttpOnly; SameSite=None; Secure"),
    ] {
        let app = TestApp::with(&[("STAGE", stage), ("COOKIE_SAME_SITE", same_site)]).await;
        let mut member = Member::join(&app).await;
        let replies = [
            Door::Cookie.ask(&mut member.cookie, EMAIL, PASSWORD).await,
            Door::Users.ask(&mut member.users, EMAIL, PASSWORD).await,
            Door::Tenant.ask(&mut member.tenant, EMAIL, PASSWORD).await,
        ];
        for reply in replies {
            let shown = reply.to_string();
            let cookie = shown.lines().nth(1).unwrap();
            assert!(cookie.ends_with(&format!("=[token]; {attributes}")), "{stage}: {cookie}");
            assert_eq!(reply.cookies().len(), 1);
        }
        let replies = [
            member.cookie.post("/api/v1/user/logout/", json!({})).await,
            member.users.delete("/users/sign_out", json!({})).await,
            member.tenant.post("/api/user/signout", json!({})).await,
        ];
        let attributes = attributes.replace("1209600", "0");
        for reply in replies {
            let shown = reply.to_string();
            let cookie = shown.lines().nth(1).unwrap();
            assert!(cookie.ends_with(&format!("=; {attributes}")), "{stage}: {cookie}");
        }
    }
}
