//! Going to a provider and coming back, as far as the directory decides on it.

use std::time::Duration;

use shared::{
    credential::BareToken,
    error::{Error, Reason},
};

use super::{
    COOKIE, EMAIL, PASSWORD, PROVIDER, SIGN_IN, arrival, arrived, bind, bound_to, client,
    credentials, identity, is_signed_in, signed_in_by, start, start_with, start_with_account,
    waiting,
};
use crate::support::TestApp;

/// How long a visit may take.
const VISIT: i64 = 10 * 60;
const HOUR: i64 = 60 * 60;

async fn begin(app: &TestApp) -> BareToken {
    app.directory.begin_visit(PROVIDER, &client()).await.unwrap()
}

/// Whether a visit was under way, which it is not afterwards.
async fn ends(app: &TestApp, token: &BareToken, provider: &str) -> bool {
    match app.directory.end_visit(token, provider).await {
        Ok(()) => true,
        Err(Error::Denied(Reason::ArrivalInvalid)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_visit_ends_once() {
    let app = start().await;
    let (one, other) = (begin(&app).await, begin(&app).await);
    assert_ne!(one.expose(), other.expose());
    assert!(ends(&app, &one, PROVIDER).await);
    assert!(!ends(&app, &one, PROVIDER).await, "again");
    assert!(ends(&app, &other, PROVIDER).await);
    assert!(!ends(&app, &BareToken::random().unwrap(), PROVIDER).await, "invented");
}

#[tokio::test]
async fn a_visit_takes_less_than_ten_minutes_to_the_second() {
    let app = start().await;
    let (one, other) = (begin(&app).await, begin(&app).await);
    app.clock.advance(VISIT - 1);
    assert!(ends(&app, &one, PROVIDER).await);
    app.clock.advance(1);
    assert!(!ends(&app, &other, PROVIDER).await);
}

#[tokio::test]
async fn a_visit_is_to_one_provider() {
    let app = start().await;
    let token = begin(&app).await;
    for provider in ["other", "Example", "", "example "] {
        assert!(!ends(&app, &token, provider).await, "{provider}");
    }
    assert!(ends(&app, &token, PROVIDER).await);
}

#[tokio::test]
async fn an_identity_that_waits_is_no_visit_under_way() {
    let app = start().await;
    let token = waiting(&app, &identity("user")).await;
    assert!(!ends(&app, &token, PROVIDER).await);
}

#[tokio::test]
async fn an_address_is_sent_to_a_provider_a_hundred_times_an_hour() {
    let limit = [("LIMIT_OAUTH_STARTS_PER_ADDRESS", "2")];
    let app = start_with(&limit).await;
    begin(&app).await;
    begin(&app).await;
    let refused = app.directory.begin_visit(PROVIDER, &client()).await.unwrap_err();
    let Error::Throttled { retry_after } = refused else { panic!("{refused}") };
    assert_eq!(retry_after, Duration::from_secs(3600));
    app.clock.advance(HOUR);
    begin(&app).await;
    // What that counts is nothing else's budget.
    let environment = local::Template::load().unwrap().environment;
    assert_eq!(environment["LIMIT_OAUTH_STARTS_PER_ADDRESS"], "100");
}

#[tokio::test]
async fn each_arrival_hands_out_a_session_of_its_own() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let arrived = signed_in_by(&app, &identity("user")).await;
        assert_eq!(arrived.account.id.number(), id);
        assert_eq!(arrived.expires_in, 14 * 24 * HOUR);
        tokens.push(arrived.token.expose().to_owned());
    }
    for (place, token) in tokens.iter().enumerate() {
        assert!(!tokens[..place].contains(token));
        assert!(is_signed_in(&app.browser().cookie(COOKIE, token)).await);
    }
}

#[tokio::test]
async fn an_arrival_ends_no_session_of_the_account() {
    let (app, _) = start_with_account().await;
    let before = super::signed_in(&app, EMAIL).await;
    bind(&app, &identity("user"), EMAIL).await;
    signed_in_by(&app, &identity("user")).await;
    assert!(is_signed_in(&before).await);
}

#[tokio::test]
async fn who_is_banned_is_refused_and_arrives_again_when_the_ban_is_lifted() {
    let (app, id) = start_with_account().await;
    bind(&app, &identity("user"), EMAIL).await;
    let before = signed_in_by(&app, &identity("user")).await;
    app.ban(EMAIL).await;
    let stored = app.dump("tokens").await.len();
    let refused = arrival(&app, &identity("user")).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(Reason::Banned)), "{refused}");
    assert_eq!(app.dump("tokens").await.len(), stored, "nothing waits, nobody is signed in");
    assert!(!is_signed_in(&app.browser().cookie(COOKIE, before.token.expose())).await);

    app.directory.unban(app.account(EMAIL).await.id).await.unwrap();
    assert!(!is_signed_in(&app.browser().cookie(COOKIE, before.token.expose())).await);
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
}

#[tokio::test]
async fn an_arrival_makes_the_address_known() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1")]).await;
    super::join(&app, EMAIL).await;
    bind(&app, &identity("user"), EMAIL).await;
    // The directory was asked from 203.0.113.7, from where nobody had signed in by a password.
    signed_in_by(&app, &identity("user")).await;
    app.post(SIGN_IN, credentials(EMAIL, super::WRONG)).await;
    let reply = app.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 429, "strangers have used theirs up: {reply}");
    let reply = app.browser_at([203, 0, 113, 7]).post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(reply.status, 200, "{reply}");
}

#[tokio::test]
async fn an_arrival_is_there_to_be_bound_however_often_it_was_before() {
    let (app, id) = start_with_account().await;
    for _ in 0..3 {
        waiting(&app, &identity("user")).await;
    }
    let mut browser = arrived(&app, &identity("user")).await;
    browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    assert_eq!(bound_to(&app, &identity("user")).await, Some(id));
}
