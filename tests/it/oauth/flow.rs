//! There and back.

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    COOKIE, START, Stage, arrives,
    host::{CONFIGURATION, KEYS, TOKEN},
    is_refused, location, parameter,
};

#[tokio::test]
async fn a_browser_is_sent_to_the_provider_and_comes_back() {
    let stage = Stage::set().await;
    let mut browser = stage.app.browser();
    let reply = browser.get(START).await;
    let url = location(&reply);
    assert!(url.starts_with(&format!("{}/authorize?", stage.host.issuer())), "{url}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "atrium"),
        ("redirect_uri", "https%3A%2F%2Fapi.test%2Foauth%2Flocal%2Fcallback"),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(parameter(&url, name), value, "{url}");
    }
    let [state, nonce, challenge] =
        ["state", "nonce", "code_challenge"].map(|name| parameter(&url, name));
    for random in [&state, &nonce, &challenge] {
        assert_eq!(BASE64URL_NOPAD.decode(random.as_bytes()).unwrap().len(), 32);
    }
    let token = browser.kept(COOKIE).unwrap().to_owned();
    assert_eq!(
        reply.header("set-cookie").unwrap(),
        format!("connect.sid={token}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax")
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    for hidden in [&state, &nonce, &challenge] {
        assert!(!token.contains(hidden.as_str()) && !url.contains(&token));
    }

    let back = stage.host.sign_in(&url, "ann").await;
    let reply = browser.get(&back).await;
    arrives(&reply);
    assert_ne!(browser.kept(COOKIE), Some(token.as_str()), "another token than on the way");
    // Everything that belongs to one visit is another visit's no more.
    let (_, other) = stage.sent().await;
    for (name, value) in [("state", state), ("nonce", nonce), ("code_challenge", challenge)] {
        assert_ne!(parameter(&other, name), value);
    }
}

#[tokio::test]
async fn the_providers_documents_are_read_once_and_again_after_ten_minutes() {
    let stage = Stage::set().await;
    for (advance, expected) in [
        (0, [CONFIGURATION, KEYS].as_slice()),
        (0, &[]),
        (599, &[]),
        (1, &[CONFIGURATION, KEYS]),
        (599, &[]),
    ] {
        stage.app.clock.advance(advance);
        stage.sent().await;
        assert_eq!(stage.host.asked(), expected);
    }
    let (mut browser, back) = stage.back("ann").await;
    arrives(&browser.get(&back).await);
    assert_eq!(stage.host.asked(), [TOKEN]);
}

#[tokio::test]
async fn the_code_is_redeemed_with_the_verifier_that_only_we_know() {
    let stage = Stage::set().await;
    let (mut browser, url) = stage.sent().await;
    let verifier = BASE64URL_NOPAD.encode(&Sha256::digest("somebody else's"));
    let challenge = parameter(&url, "code_challenge");
    let url = url.replace(&challenge, &verifier);
    let back = stage.host.sign_in(&url, "ann").await;
    // The provider refuses it.
    is_refused(&browser.get(&back).await);
}

#[tokio::test]
async fn a_head_does_nothing() {
    let stage = Stage::set().await;
    let (mut browser, back) = stage.back("ann").await;
    for path in [START, &back] {
        let reply = browser.send(Method::HEAD, path, None, "").await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (405, ""));
        assert_eq!(reply.header("allow"), Some("GET"));
        assert_eq!(reply.cookies(), []);
    }
    let reply = browser.post(START, json!({})).await;
    reply.is(405, json!({ "code": 405, "message": "method not allowed" }));
    assert_eq!(stage.host.asked(), [""; 0]);
    arrives(&browser.get(&back).await);
}
