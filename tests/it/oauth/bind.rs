//! What becomes of who came back: bound to an account, signed in to it, or refused.

use serde_json::{Value, json};

use super::{COOKIE, START, Stage, arrives, location, page::shows};
use crate::support::{Browser, PASSWORD, PUBLIC_URL, Reply};

const USERNAME: &str = "ann@example.com";

fn account() -> Value {
    json!({ "username": USERNAME, "password": PASSWORD })
}

async fn sign_up(browser: &mut Browser) -> Reply {
    browser.post("/api/user/signup", account()).await
}

#[track_caller]
fn says(reply: &Reply, message: &str) {
    assert_eq!((reply.status.as_u16(), &reply.json()["message"]), (200, &message.into()));
}

/// A browser that came back as `subject` and has signed up, and its account's id.
async fn bound(stage: &Stage, subject: &str) -> (Browser, Value) {
    let (mut browser, back) = stage.back(subject).await;
    arrives(&browser.get(&back).await);
    let reply = sign_up(&mut browser).await;
    says(&reply, "bind and register successfully");
    (browser, reply.json()["data"]["id"].clone())
}

/// The browser came back to an account, whose session it has now.
#[track_caller]
fn is_signed_in(reply: &Reply) {
    assert_eq!(location(reply), PUBLIC_URL);
    let [(name, value)] = reply.cookies().try_into().unwrap();
    assert_eq!((name.as_str(), value.len()), (COOKIE, 80));
}

#[tokio::test]
async fn who_signs_up_after_coming_back_is_signed_in_the_next_time() {
    let stage = Stage::set().await;
    let (mut browser, id) = bound(&stage, "ann").await;
    let signed_up = browser.kept(COOKIE).unwrap().to_owned();
    assert_eq!(browser.post("/api/user/signout", json!({})).await.status, 200);

    let (mut browser, back) = stage.back("ann").await;
    let on_the_way = browser.kept(COOKIE).unwrap().to_owned();
    let reply = browser.get(&back).await;
    is_signed_in(&reply);
    let token = browser.kept(COOKIE).unwrap();
    assert!(token != signed_up && token != on_the_way);
    let change = json!({ "old_password": PASSWORD, "new_password": "7Zq!vB3@mLr" });
    let path = "/api/user/update_password";
    let reply = browser.send_json(http::Method::PUT, path, change).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["data"]["id"]), (200, &id));
    assert_eq!(stage.app.audited().await, 1);
}

#[tokio::test]
async fn who_signs_in_after_coming_back_is_bound_too() {
    let stage = Stage::set().await;
    says(&sign_up(&mut stage.app.browser()).await, "register successfully");
    let (mut browser, back) = stage.back("ann").await;
    arrives(&browser.get(&back).await);
    let reply = browser.post("/api/user/signin", account()).await;
    says(&reply, "authenticate and bind successfully");
    is_signed_in(&stage.visit("ann").await);
    // Somebody else there is somebody else here.
    for other in ["bob", "ANN", "ann ", USERNAME] {
        let subject = other.replace(' ', "%C2%A0x");
        arrives(&stage.visit(&subject).await);
    }
}

#[tokio::test]
async fn a_binding_is_to_be_made_within_ten_minutes() {
    let stage = Stage::set().await;
    for (seconds, message) in
        [(600, "register successfully"), (599, "authenticate and bind successfully")]
    {
        let (mut browser, back) = stage.back("ann").await;
        arrives(&browser.get(&back).await);
        stage.app.clock.advance(seconds);
        let path = if seconds == 600 { "/api/user/signup" } else { "/api/user/signin" };
        says(&browser.post(path, account()).await, message);
    }
}

#[tokio::test]
async fn a_visit_that_has_not_ended_binds_nothing() {
    let stage = Stage::set().await;
    let (mut browser, _) = stage.sent().await;
    says(&sign_up(&mut browser).await, "register successfully");
    arrives(&stage.visit("ann").await);
}

#[tokio::test]
async fn a_banned_account_is_not_signed_in_to() {
    let stage = Stage::set().await;
    bound(&stage, "ann").await;
    stage.app.ban(USERNAME).await;
    let (browser, back) = stage.back("ann").await;
    let reply = browser.clone().get(&back).await;
    reply.is(400, json!({ "message": "user banned" }));
    assert_eq!(reply.cookies(), []);
    for (language, tag, heading) in
        [("en", "en", "This account is banned"), ("zh", "zh-Hans", "此账号已被封禁")]
    {
        let (browser, back) = stage.back("ann").await;
        let browser = browser.header("accept", "text/html").header("accept-language", language);
        shows(&browser.clone().get(&back).await, 400, tag, heading, PUBLIC_URL);
    }
}

#[tokio::test]
async fn one_address_is_sent_to_providers_so_often() {
    let stage = Stage::with(&[("LIMIT_OAUTH_STARTS_PER_ADDRESS", "3")]).await;
    let mut browser = stage.app.browser();
    for _ in 0..3 {
        location(&browser.get(START).await);
    }
    let reply = browser.clone().get(START).await;
    reply.is(429, json!({ "code": 429, "message": "too many requests" }));
    assert_eq!((reply.header("retry-after"), reply.cookies()), (Some("3600"), vec![]));
    for (language, tag, heading) in
        [("en", "en", "Too many attempts"), ("zh", "zh-Hans", "尝试次数过多")]
    {
        let browser = browser.clone().header("accept", "text/html");
        let mut browser = browser.header("accept-language", language);
        shows(&browser.get(START).await, 429, tag, heading, PUBLIC_URL);
    }
    location(&stage.app.browser().get(START).await);
    stage.app.clock.advance(3600);
    location(&browser.get(START).await);
}
