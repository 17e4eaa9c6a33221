//! Binding an identity that waits in the session: by a sign-in, or by a sign-up.

use insta::assert_snapshot;
use serde_json::json;
use shared::{
    credential::Kind,
    directory::{Arrival, BoundIdentity},
    identifier::{AccountId, Identity},
};

use super::{
    COOKIE, EMAIL, PASSWORD, PROVIDER, SIGN_IN, SIGN_UP, Tenant, arrived, bind, bound_to,
    credentials, identity, is_signed_in, join, signed_in_by, start, start_with_account, success,
    waiting,
};
use crate::support::TestApp;

/// How long an identity waits.
const WAIT: i64 = 10 * 60;

async fn identities(app: &TestApp, email: &str) -> Vec<BoundIdentity> {
    app.account(email).await.identities
}

#[tokio::test]
async fn a_sign_in_binds_the_identity_that_waits_and_says_so_once() {
    let (app, id) = start_with_account().await;
    let mut browser = arrived(&app, &identity("user")).await;
    let visit = browser.clone();
    app.clock.advance(60);
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"user@test.com"},"message":"authenticate and bind successfully"}
    "#);
    reply.is(200, success(id, EMAIL, "authenticate and bind successfully"));
    assert!(is_signed_in(&browser).await);
    assert_ne!(browser.kept(COOKIE), visit.kept(COOKIE));
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
    let bound = identities(&app, EMAIL).await;
    assert_eq!(bound.len(), 1);
    assert_eq!(bound[0].provider, PROVIDER);
    assert_eq!(bound[0].bound, app.account(EMAIL).await.created + 60);
    assert_eq!(app.audited().await, 1);

    // Neither the session nor the visit binds anything again.
    let email = "next@test.com";
    let next = join(&app, email).await;
    for mut browser in [browser, visit.clone(), visit] {
        let reply = browser.post(SIGN_IN, credentials(email, PASSWORD)).await;
        reply.is(200, success(next, email, "authenticate successfully"));
    }
    assert_eq!(identities(&app, email).await, []);
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn a_sign_up_binds_the_identity_that_waits_and_says_so_once() {
    let app = start().await;
    let mut browser = arrived(&app, &identity("user")).await;
    let visit = browser.clone();
    let reply = browser.post("/api//user/signup", credentials(EMAIL, PASSWORD)).await;
    assert_snapshot!(reply, @r#"
    200 OK
    set-cookie: connect.sid=[token]; Max-Age=1209600; Path=/; HttpOnly; SameSite=Lax; Secure

    {"data":{"id":"[id as a string]","username":"user@test.com"},"message":"bind and register successfully"}
    "#);
    let id = app.account(EMAIL).await.id.number();
    reply.is(200, success(id, EMAIL, "bind and register successfully"));
    assert!(is_signed_in(&browser).await);
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
    assert_eq!(app.audited().await, 1);
    for (number, mut browser) in [browser, visit.clone(), visit].into_iter().enumerate() {
        let email = format!("{number}@test.com");
        let reply = browser.post(SIGN_UP, credentials(&email, PASSWORD)).await;
        assert_eq!(reply.json()["message"], "register successfully", "{reply}");
    }
    assert_eq!(app.audited().await, 4);
}

#[tokio::test]
async fn a_session_that_has_bound_is_over_also_when_the_identity_is_free_again() {
    for path in [SIGN_IN, SIGN_UP] {
        let app = start().await;
        let into = path == SIGN_IN;
        if into {
            join(&app, EMAIL).await;
        }
        let mut browser = arrived(&app, &identity("user")).await;
        let mut visit = browser.clone();
        let bound = browser.post(path, credentials(EMAIL, PASSWORD)).await;
        assert!(bound.text.contains(if into { "and bind" } else { "bind and" }), "{bound}");
        let account = app.account(EMAIL).await.id;
        assert!(app.directory.unbind(account, &identity("user")).await.unwrap());

        let reply = visit.clone().post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
        reply.is(200, success(account.number(), EMAIL, "authenticate successfully"));
        let reply = visit.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
        assert_eq!(reply.json()["message"], "register successfully", "{path}");
        assert_eq!(bound_to(&app, &identity("user")).await, None);
    }
}

#[tokio::test]
async fn a_session_that_could_not_bind_is_over_too() {
    let (app, id) = start_with_account().await;
    let first = join(&app, "first@test.com").await;
    let mut browser = arrived(&app, &identity("user")).await;
    let mut visit = browser.clone();
    bind(&app, &identity("user"), "first@test.com").await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    let first = AccountId::new(first).unwrap();
    assert!(app.directory.unbind(first, &identity("user")).await.unwrap());
    let reply = visit.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert_eq!(identities(&app, EMAIL).await, []);
}

#[tokio::test]
async fn whoever_has_bound_an_identity_is_signed_in_by_it() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let arrived = signed_in_by(&app, &identity("user")).await;
    assert_eq!((arrived.account.id.number(), arrived.bound), (id, false));
    let browser = app.browser().cookie(COOKIE, arrived.token.expose());
    assert!(is_signed_in(&browser).await);
    let session = app.directory.session(Kind::WebSession, Some(&arrived.token)).await;
    assert_eq!(session.unwrap().account.id.number(), id);
}

#[tokio::test]
async fn an_identity_waits_for_ten_minutes_to_the_second() {
    for (late, bound) in [(WAIT - 1, true), (WAIT, false), (WAIT + 1, false), (2 * WAIT, false)] {
        let (app, id) = start_with_account().await;
        let mut into = arrived(&app, &identity("in")).await;
        let mut up = arrived(&app, &identity("up")).await;
        app.clock.advance(late);
        let stored = app.dump("tokens").await;
        let visits = stored.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("visit#"));
        assert_eq!(visits.count(), 2, "nothing has cleaned up");
        let into = into.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
        let up = up.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
        let (in_message, up_message) = match bound {
            true => ("authenticate and bind successfully", "bind and register successfully"),
            false => ("authenticate successfully", "register successfully"),
        };
        into.is(200, success(id, EMAIL, in_message));
        assert_eq!(up.json()["message"], up_message, "{late}");
        assert_eq!(bound_to(&app, &identity("in")).await.is_some(), bound, "{late}");
        assert_eq!(bound_to(&app, &identity("up")).await.is_some(), bound, "{late}");
        assert_eq!(app.audited().await, 2);
    }
}

#[tokio::test]
async fn a_visit_that_has_not_come_back_binds_nothing() {
    let (app, id) = start_with_account().await;
    let token = app.directory.begin_visit(PROVIDER, &super::client()).await.unwrap();
    let mut browser = app.browser().cookie(COOKIE, token.expose());
    assert!(!is_signed_in(&browser).await);
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    // That was its end: whoever comes back now was signed in in between.
    assert!(app.directory.end_visit(&token, PROVIDER).await.is_err());
}

#[tokio::test]
async fn who_waits_is_signed_in_to_nothing() {
    let (app, _) = start_with_account().await;
    let browser = arrived(&app, &identity("user")).await;
    assert!(!is_signed_in(&browser).await);
    // To ask so does not end the wait.
    let mut browser = browser;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully");
}

#[tokio::test]
async fn who_signs_out_while_an_identity_waits_leaves_none_to_the_next_one() {
    let (app, id) = start_with_account().await;
    let mut browser = arrived(&app, &identity("user")).await;
    browser.post(super::SIGN_OUT, json!({})).await.is(401, super::user_unauthenticated());
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    // The same on the way to the provider.
    let token = app.directory.begin_visit(PROVIDER, &super::client()).await.unwrap();
    let mut browser = app.browser().cookie(COOKIE, token.expose());
    browser.post(super::SIGN_OUT, json!({})).await.is(401, super::user_unauthenticated());
    assert!(app.directory.end_visit(&token, PROVIDER).await.is_err());
}

#[tokio::test]
async fn a_client_app_binds_nothing_and_drops_nothing() {
    let (app, _) = start_with_account().await;
    let token = waiting(&app, &identity("user")).await;
    let tenant = Tenant::create(&app).await;
    let mut client_app = tenant.client_app(&app).cookie(COOKIE, token.expose());
    for password in [PASSWORD, super::WRONG] {
        client_app.post(SIGN_IN, credentials(EMAIL, password)).await;
    }
    client_app.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(identities(&app, EMAIL).await, []);
    let mut browser = app.browser().cookie(COOKIE, token.expose());
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.json()["message"], "authenticate and bind successfully", "{reply}");
}

#[tokio::test]
async fn the_same_subject_at_another_issuer_is_someone_else() {
    let (app, id) = start_with_account().await;
    let subject = |issuer: &str, subject: &str| Identity::new(issuer, subject).unwrap();
    bind(&app, &subject("https://id.example", "user"), EMAIL).await;
    for other in [
        subject("https://id.example/", "user"),
        subject("https://ID.example", "user"),
        subject("http://id.example", "user"),
        subject("https://evil.example", "user"),
        subject("https://id.example", "User"),
        subject("https://id.example", "user "),
        subject("https://id.example", "ｕｓｅｒ"),
        subject("https://id.example", "user#"),
    ] {
        assert_eq!(bound_to(&app, &other).await, None);
        // So somebody else can have it.
        let email = format!("{}@test.com", app.audited().await);
        let mut browser = arrived(&app, &other).await;
        let reply = browser.post(SIGN_UP, credentials(&email, PASSWORD)).await;
        assert_eq!(reply.json()["message"], "bind and register successfully");
        assert_ne!(bound_to(&app, &other).await, Some(id));
    }
    assert_eq!(bound_to(&app, &subject("https://id.example", "user")).await, Some(id));
    assert_eq!(app.audited().await, 9);
}

#[tokio::test]
async fn an_identity_that_another_account_has_meanwhile_is_not_bound_and_the_sign_in_succeeds() {
    let (app, id) = start_with_account().await;
    let (mut into, mut up) =
        (arrived(&app, &identity("user")).await, arrived(&app, &identity("user")).await);
    let first = join(&app, "first@test.com").await;
    bind(&app, &identity("user"), "first@test.com").await;
    app.outbox.clear();

    let reply = into.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    let reply = up.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    assert_eq!(reply.json()["message"], "register successfully");
    for browser in [&into, &up] {
        assert!(is_signed_in(browser).await);
    }
    for email in [EMAIL, "new@test.com"] {
        assert_eq!(identities(&app, email).await, []);
    }
    assert_eq!(app.outbox.messages().len(), 0, "nobody is told of what did not happen");
    assert_eq!(bound_to(&app, &identity("user")).await, Some(first));
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn an_identity_that_the_account_has_already_is_bound_once() {
    let (app, id) = start_with_account().await;
    let mut second = arrived(&app, &identity("user")).await;
    bind(&app, &identity("user"), EMAIL).await;
    let reply = second.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert_eq!(identities(&app, EMAIL).await.len(), 1);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn an_account_has_twenty_identities_and_signs_in_without_the_next() {
    let (app, id) = start_with_account().await;
    for number in 0..20 {
        bind(&app, &identity(&format!("user{number}")), EMAIL).await;
    }
    app.outbox.clear();
    let mut browser = arrived(&app, &identity("one more")).await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert!(is_signed_in(&browser).await);
    assert_eq!(app.outbox.messages().len(), 0);
    assert_eq!(identities(&app, EMAIL).await.len(), 20);
    assert_eq!(bound_to(&app, &identity("one more")).await, None);
    assert_eq!(bound_to(&app, &identity("user19")).await, Some(id));
    assert_eq!(app.audited().await, 1);

    // All of them go with the account.
    let user = json!({ "user": { "email": EMAIL, "password": PASSWORD } });
    assert_eq!(app.delete("/users", user).await.status, 200);
    assert_eq!(app.dump("accounts").await.len(), 0);
}

#[tokio::test]
async fn an_identity_that_waits_again_is_another_visit() {
    let (app, id) = start_with_account().await;
    let tokens = [waiting(&app, &identity("user")).await, waiting(&app, &identity("user")).await];
    assert_ne!(tokens[0].expose(), tokens[1].expose());
    // Neither is kept as it is.
    let dumped = format!("{:?}", app.dump("tokens").await);
    for token in &tokens {
        assert!(dumped.contains(&token.digest()) && !dumped.contains(token.expose()));
    }
    let Arrival::Unbound { expires_in, .. } =
        super::arrival(&app, &identity("other")).await.unwrap()
    else {
        panic!("bound");
    };
    assert_eq!(expires_in, WAIT);
    let mut browser = app.browser().cookie(COOKIE, tokens[1].expose());
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(200, success(id, EMAIL, "authenticate and bind successfully"));
}
