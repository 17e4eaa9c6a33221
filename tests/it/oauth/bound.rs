//! A visit is one browser's, at one provider, once, for ten minutes.

use serde_json::json;

use super::{
    Stage, arrives,
    host::{Host, TOKEN},
    instead, is_refused, know, location, parameter,
};

#[tokio::test]
async fn the_nonce_alone_keeps_another_visits_id_token_out() {
    let stage = Stage::set().await;
    let (mut browser, url) = stage.sent().await;
    let url = instead(&url, "nonce", "nonce=another");
    let back = stage.host.sign_in(&url, "ann").await;
    is_refused(&browser.get(&back).await);
}

#[tokio::test]
async fn the_state_is_there_once_and_as_it_was() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let state = parameter(&back, "state");
    let mut altered = state.clone();
    let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
    altered.push(last);
    for pair in [
        String::new(),
        "state=".to_owned(),
        format!("state={altered}"),
        format!("state={state}A"),
        format!("state={}", &state[..42]),
        format!("state={state}&state={state}"),
        format!("state={state}&state={altered}"),
        format!("State={state}"),
        format!("state[]={state}"),
        format!("state={state}%20"),
        format!("state={state}%00"),
    ] {
        is_refused(&browser.clone().get(&instead(&back, "state", &pair)).await);
    }
    assert_eq!(stage.host.asked(), [""; 0]);
    arrives(&browser.clone().get(&back).await);
}

#[tokio::test]
async fn a_visit_ends_once() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let (mut first, mut second) = (browser.clone(), browser);
    arrives(&first.get(&back).await);
    stage.host.asked();
    is_refused(&second.get(&back).await);
    is_refused(&first.get(&back).await);
    assert_eq!(stage.host.asked(), [""; 0]);
}

#[tokio::test]
async fn of_two_callbacks_at_once_one_arrives() {
    let stage = Stage::set().await;
    let (browser, back) = stage.back("ann").await;
    let (mut first, mut second) = (browser.clone(), browser);
    let (first, second) = futures::join!(first.get(&back), second.get(&back));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [302, 400]);
    let tokens = stage.host.asked().iter().filter(|path| *path == TOKEN).count();
    assert_eq!(tokens, 1);
}

#[tokio::test]
async fn a_visit_takes_less_than_ten_minutes() {
    let stage = Stage::set().await;
    for (seconds, in_time) in [(599, true), (600, false), (601, false)] {
        let (mut browser, url) = stage.sent().await;
        stage.app.clock.advance(seconds);
        let back = stage.host.sign_in(&url, "ann").await;
        let reply = browser.get(&back).await;
        if in_time { arrives(&reply) } else { is_refused(&reply) }
    }
}

#[tokio::test]
async fn a_visit_is_to_the_provider_to_which_the_browser_was_sent() {
    let stage = Stage::set().await;
    let mut entry = stage.host.entry();
    let other = Host::start(&stage.app.clock).await;
    entry["name"] = "other".into();
    know(&stage.app, &[stage.host.entry(), entry]);
    let (browser, back) = stage.back("ann").await;
    let elsewhere = back.replace("/oauth/local/", "/oauth/other/");
    is_refused(&browser.clone().get(&elsewhere).await);
    assert_eq!((stage.host.asked(), other.asked()), (vec![], vec![]));
}

#[tokio::test]
async fn a_provider_that_names_itself_is_the_right_one() {
    let stage = Stage::set().await;
    for (pair, is_right) in [
        ("iss=https%3A%2F%2Fevil.example", false),
        ("iss=", false),
        // Providers need not name themselves.
        ("", true),
    ] {
        let (mut browser, back) = stage.back("ann").await;
        let reply = browser.get(&instead(&back, "iss", pair)).await;
        if is_right { arrives(&reply) } else { is_refused(&reply) }
    }
}

#[tokio::test]
async fn who_does_not_want_to_sign_in_there_is_not_signed_in_here() {
    let stage = Stage::set().await;
    let (browser, url) = stage.sent().await;
    let back = stage.host.decide(&url, "cancel=1").await;
    assert_eq!(parameter(&back, "error"), "access_denied");
    is_refused(&browser.clone().get(&back).await);
    assert_eq!(stage.host.asked(), [""; 0]);

    // An error and a code at once, and neither of them.
    let (mut browser, back) = stage.back("ann").await;
    is_refused(&browser.get(&format!("{back}&error=x")).await);
    let (mut browser, back) = stage.back("ann").await;
    is_refused(&browser.get(&instead(&back, "code", "")).await);
    assert_eq!(stage.host.asked(), [""; 0]);
}

#[tokio::test]
async fn a_code_is_redeemed_once() {
    let stage = Stage::set().await;
    let (mut browser, url) = stage.sent().await;
    let back = stage.host.sign_in(&url, "ann").await;
    arrives(&browser.clone().get(&back).await);
    // The same person again, whose provider hands out a used code.
    let again = browser.get(super::START).await;
    let next = stage.host.sign_in(&location(&again), "ann").await;
    let code = format!("code={}", parameter(&back, "code"));
    is_refused(&browser.get(&instead(&next, "code", &code)).await);
}

#[tokio::test]
async fn parameters_in_a_body_are_none() {
    let stage = Stage::set().await;
    let (mut browser, back) = stage.back("ann").await;
    let reply = browser.post("/oauth/local/callback", json!({})).await;
    assert_eq!(reply.status, 405);
    let (path, query) = back.split_once('?').unwrap();
    let form = Some("application/x-www-form-urlencoded");
    let reply = browser.send(http::Method::GET, path, form, query.to_owned()).await;
    is_refused(&reply);
}
