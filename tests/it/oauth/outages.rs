//! A provider that is down, slow or out of its mind signs nobody in, and is not taken for a refusal.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    START, Stage, arrives,
    host::{Answer, CONFIGURATION, KEYS, TOKEN},
    is_outage, is_refused,
};

fn text(status: u16, text: &str) -> Answer {
    Answer::Text(status, text.to_owned())
}

#[tokio::test]
async fn a_token_endpoint_that_does_not_work_is_an_outage() {
    let stage = Stage::set().await;
    let elsewhere = format!("http://{}{KEYS}", stage.host.address);
    for answer in [
        text(500, ""),
        text(500, "oops"),
        text(200, ""),
        text(200, "oops"),
        text(200, "{}"),
        text(200, "[]"),
        text(200, r#"{"access_token":"x","token_type":"Bearer"}"#),
        text(200, r#"{"access_token":"x","token_type":"Bearer","id_token":"x.y.z"}"#),
        text(200, r#"{"error":"invalid_grant"}"#),
        text(400, r#"{"error":"invalid_request"}"#),
        text(401, r#"{"error":"invalid_client"}"#),
        text(503, r#"{"error":"temporarily_unavailable"}"#),
        Answer::Redirect(elsewhere),
    ] {
        stage.host.answer(TOKEN, answer.clone());
        let (mut browser, back) = stage.back("ann").await;
        is_outage(&browser.get(&back).await);
        assert_eq!(stage.host.asked(), [TOKEN], "{answer:?}: asked once, and nobody else");
        // The visit is over all the same.
        stage.host.behave();
        is_refused(&browser.get(&back).await);
    }
    stage.host.answer(TOKEN, text(400, r#"{"error":"invalid_grant"}"#));
    is_refused(&stage.visit("ann").await);
    stage.host.behave();
    arrives(&stage.visit("ann").await);
}

#[tokio::test]
async fn a_provider_that_does_not_say_where_it_is_is_an_outage() {
    let stage = Stage::set().await;
    for path in [CONFIGURATION, KEYS] {
        for answer in [
            text(500, "{}"),
            text(200, "oops"),
            text(200, "{}"),
            Answer::Redirect(format!("http://{}{path}?", stage.host.address)),
        ] {
            stage.host.answer(path, answer);
            let reply = stage.app.get(START).await;
            is_outage(&reply);
            assert_eq!(stage.host.asked().iter().filter(|asked| **asked == path).count(), 1);
            stage.host.behave();
        }
    }
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(format!("{}/", stage.host.issuer()))),
        ("issuer", json!(null)),
        ("authorization_endpoint", json!("http://id.example/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("jwks_uri", json!("http://id.example/jwks")),
        ("jwks_uri", json!("file:///etc/passwd")),
    ] {
        stage.host.change(CONFIGURATION, move |document| document[name] = value.clone());
        is_outage(&stage.app.get(START).await);
    }
    stage.host.behave();
    arrives(&stage.visit("ann").await);
}

#[tokio::test]
async fn the_code_does_not_go_to_an_address_that_is_not_safe() {
    let stage = Stage::set().await;
    for endpoint in [json!("http://id.example/token"), json!(null)] {
        stage.app.clock.advance(600);
        stage.host.change(CONFIGURATION, move |document| {
            document["token_endpoint"] = endpoint.clone();
        });
        is_outage(&stage.visit("ann").await);
    }
}

#[tokio::test]
async fn a_reply_without_end_is_not_read_to_its_end() {
    let stage = Stage::set().await;
    for (path, advance) in [(TOKEN, 0), (KEYS, 600), (CONFIGURATION, 600)] {
        for (bytes, is_read) in [(250 * 1024, true), (257 * 1024, false)] {
            stage.app.clock.advance(advance);
            stage.host.change(path, move |document| document["padding"] = "x".repeat(bytes).into());
            let reply = if path == TOKEN || is_read {
                stage.visit("ann").await
            } else {
                stage.app.get(START).await
            };
            if is_read {
                arrives(&reply);
            } else {
                is_outage(&reply);
            }
            stage.host.behave();
        }
    }
}

#[tokio::test]
async fn nobody_waits_for_a_provider_without_end() {
    let stage = Stage::set().await;
    let (mut browser, back) = stage.back("ann").await;
    // Each of these requests is given up after four seconds, or else what makes it after seven.
    stage.host.answer(TOKEN, Answer::Nothing);
    let started = Instant::now();
    is_outage(&browser.get(&back).await);
    stage.app.clock.advance(600);
    stage.host.answer(CONFIGURATION, Answer::Nothing);
    is_outage(&stage.app.get(START).await);
    let took = started.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(14)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_provider_that_is_gone_is_an_outage() {
    let mut stage = Stage::set().await;
    let (mut browser, back) = stage.back("ann").await;
    stage.host.stop().await;
    is_outage(&browser.get(&back).await);
    stage.app.clock.advance(600);
    is_outage(&stage.app.get(START).await);
}

#[tokio::test]
async fn without_a_list_of_providers_there_is_an_outage() {
    let stage = Stage::set().await;
    for list in ["", "{}", "[]", r#"{"providers":[{"name":"local"}]}"#] {
        let other = Stage::set().await;
        other.app.secrets.set("providers", list);
        is_outage(&other.app.get(START).await);
    }
    arrives(&stage.visit("ann").await);
}
