//! What becomes of an identity that waits when the attempt to bind it is refused.

use serde_json::json;

use super::{
    COOKIE, EMAIL, PASSWORD, SIGN_IN, SIGN_UP, WRONG, arrived, bound_to, credentials, identity,
    join, start_with_account, start_with_account_and, success,
};
use crate::support::{Browser, TestApp};

/// Whether the identity still waits in the browser's session: the next sign-in binds it then.
async fn waits(app: &TestApp, browser: &Browser) -> bool {
    let mut browser = browser.clone();
    let id = app.account(EMAIL).await.id.number();
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    let bound = bound_to(app, &identity("user")).await == Some(id);
    let message =
        if bound { "authenticate and bind successfully" } else { "authenticate successfully" };
    reply.is(200, success(id, EMAIL, message));
    assert_eq!(app.account(EMAIL).await.identities.len(), usize::from(bound));
    bound
}

#[tokio::test]
async fn a_refused_attempt_forgets_the_identity() {
    for (path, email, password, message) in [
        (SIGN_IN, EMAIL, WRONG, "credentials invalid"),
        (SIGN_IN, "nobody@test.com", PASSWORD, "credentials invalid"),
        (SIGN_IN, "banned@test.com", WRONG, "credentials invalid"),
        (SIGN_IN, "banned@test.com", PASSWORD, "user banned"),
        (SIGN_UP, EMAIL, PASSWORD, "user with this username already existed"),
        (SIGN_UP, "banned@test.com", PASSWORD, "user with this username already existed"),
    ] {
        let (app, _) = start_with_account().await;
        join(&app, "banned@test.com").await;
        app.ban("banned@test.com").await;
        let mut browser = arrived(&app, &identity("user")).await;
        let reply = browser.post(path, credentials(email, password)).await;
        super::is_refused(&reply, message, email);
        assert!(!waits(&app, &browser).await, "{path} {email} {password}");
        assert_eq!(app.outbox.messages().len(), 0);
        assert_eq!(app.audited().await, 2);
    }
}

#[tokio::test]
async fn what_is_refused_before_it_is_an_attempt_forgets_nothing() {
    let (app, _) = start_with_account().await;
    let mut browser = arrived(&app, &identity("user")).await;
    for path in [SIGN_IN, SIGN_UP] {
        for body in [
            json!([]),
            json!({}),
            credentials("", PASSWORD),
            credentials(EMAIL, ""),
            credentials("user", PASSWORD),
            credentials(EMAIL, &"x".repeat(129)),
            credentials(EMAIL, "control\n"),
        ] {
            assert_eq!(browser.post(path, body).await.status, 400);
        }
        let kept = browser.kept(COOKIE).unwrap().to_owned();
        let cookie = |browser: Browser| browser.cookie(COOKIE, &kept);
        let mut foreign = cookie(app.browser().header("origin", "https://evil.example"));
        assert_eq!(foreign.post(path, credentials(EMAIL, WRONG)).await.status, 403);
        let mut tenant = cookie(app.browser().header(super::HEADER, "nonsense"));
        assert_eq!(tenant.post(path, credentials(EMAIL, WRONG)).await.status, 401);
        assert_eq!(browser.get(path).await.status, 405);
    }
    super::change_password(&mut browser, super::change(WRONG, super::NEW)).await;
    assert!(waits(&app, &browser).await);
}

#[tokio::test]
async fn too_many_requests_forget_nothing() {
    for settings in [
        [("LIMIT_GUESSES_PER_ACCOUNT", "1"), ("LIMIT_GUESSES_PER_ADDRESS", "1000")],
        [("LIMIT_GUESSES_PER_ACCOUNT", "1000"), ("LIMIT_GUESSES_PER_ADDRESS", "1")],
    ] {
        let (app, _) = start_with_account_and(&settings).await;
        let visit = arrived(&app, &identity("user")).await;
        let kept = visit.kept(COOKIE).unwrap();
        let mut home = app.browser();
        home.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
        let mut browser = home.clone().cookie(COOKIE, kept);
        for password in [WRONG, PASSWORD] {
            let reply = browser.post(SIGN_IN, credentials(EMAIL, password)).await;
            assert_eq!(reply.status, 429, "{reply}");
        }
        app.clock.advance(9 * 60);
        assert_eq!(browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await.status, 429);
        // It waits ten minutes, the window is longer: another account's owner can still have it.
        join(&app, "next@test.com").await;
        let mut elsewhere = app.browser().cookie(COOKIE, kept);
        let reply = elsewhere.post(SIGN_IN, credentials("next@test.com", PASSWORD)).await;
        assert_eq!(reply.json()["message"], "authenticate and bind successfully");
    }
    for limit in ["LIMIT_SIGN_UPS_PER_ADDRESS", "LIMIT_DISCLOSURES_PER_ADDRESS"] {
        let (app, _) = start_with_account_and(&[(limit, "1")]).await;
        let visit = arrived(&app, &identity("user")).await;
        let mut home = app.browser();
        home.post(SIGN_UP, credentials("next@test.com", PASSWORD)).await;
        home.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        let mut browser = home.clone().cookie(COOKIE, visit.kept(COOKIE).unwrap());
        let reply = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
        assert_eq!(reply.status, 429, "{limit}: {reply}");
        assert!(waits(&app, &browser).await, "{limit}");
    }
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_is_an_outage_and_forgets_nothing() {
    let (app, id) = start_with_account().await;
    let whole = app.recorded(id, "password").await.unwrap();
    let mut browser = arrived(&app, &identity("user")).await;
    app.record(id, "password", "$argon2id$broken").await;
    let reply = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    reply.is(503, crate::support::tenant_error(503, "service unavailable"));
    assert_eq!(reply.cookies(), []);
    app.record(id, "password", &whole).await;
    assert!(waits(&app, &browser).await);
}

#[tokio::test]
async fn an_account_without_a_password_binds_nothing() {
    let (app, id) = start_with_account().await;
    let whole = app.recorded(id, "password").await.unwrap();
    app.forget(id, "password").await;
    let mut browser = arrived(&app, &identity("user")).await;
    for password in [PASSWORD, " "] {
        let reply = browser.post(SIGN_IN, credentials(EMAIL, password)).await;
        super::is_refused(&reply, "credentials invalid", password);
    }
    app.record(id, "password", &whole).await;
    assert!(!waits(&app, &browser).await);
    assert_eq!(app.audited().await, 1);
}
