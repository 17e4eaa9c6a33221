//! That a canary is found wherever it is planted, in whatever form.

use std::time::{Duration, UNIX_EPOCH};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

use super::{BELONGS, Kind, Place, canary, others::found_in};
use crate::{
    email::encoded,
    support::{
        Log, TestApp,
        canaries::{listen, take_leaks},
    },
};

const PLACES: [Place; 9] = [
    Place::Log,
    Place::Refusal,
    Place::Success,
    Place::Redirect,
    Place::Accounts,
    Place::Tokens,
    Place::Recipient,
    Place::Mail,
    Place::Sms,
];

/// A way to write a value somewhere, and its name.
type Form = (&'static str, fn(&str) -> String);

const FORMS: [Form; 12] = [
    ("as it is", str::to_owned),
    ("in capitals", |value| value.to_uppercase()),
    ("percent-encoded", encoded),
    ("percent-encoded in small letters", |value| encoded(value).to_lowercase()),
    ("in JSON", |value| serde_json::json!({ "it": value }).to_string()),
    ("in JSON in JSON", |value| {
        serde_json::json!(serde_json::json!({ "it": value }).to_string()).to_string()
    }),
    ("for a debugger", |value| format!("{:?}", Some(value))),
    ("as bytes", |value| format!("{:?}", value.as_bytes())),
    ("in Base64", |value| BASE64.encode(value.as_bytes())),
    ("in Base64 behind something", |value| BASE64.encode(format!("user:{value}!").as_bytes())),
    ("in Base64 of URLs", |value| BASE64URL_NOPAD.encode(format!("a{value}b").as_bytes())),
    ("in hexadecimal", |value| HEXLOWER.encode(value.as_bytes()).to_uppercase()),
];

#[test]
fn each_canary_is_found_in_each_place_in_each_form() {
    for (kind, _) in BELONGS {
        let value = match kind {
            Kind::Code => "913827".to_owned(),
            _ => canary(kind, 1),
        };
        for place in PLACES {
            for (form, write) in FORMS {
                let text = format!("{{before={} after}}", write(&value));
                assert!(found_in(place, kind, &value, &text), "{kind:?} {place:?} {form}: {text}");
                assert!(!found_in(place, kind, &canary(kind, 2).repeat(2), &text), "{text}");
            }
        }
    }
}

#[test]
fn a_code_is_found_only_where_it_is_a_whole_number() {
    for (text, is_there) in [
        ("913827", true),
        ("code=913827,", true),
        ("1913827", false),
        ("9138270", false),
        ("a913827", false),
    ] {
        assert_eq!(found_in(Place::Log, Kind::Code, "913827", text), is_there, "{text}");
    }
}

#[tokio::test]
async fn every_test_notices_when_its_requests_are_logged() {
    let app = TestApp::new().await;
    listen();
    let email = "canary.of.every.test@example.com";
    let body = serde_json::json!({ "email": email, "password": "a-password-of-1-canary" });
    assert_eq!(app.post("/user/signin", body).await.status, 403);
    assert_eq!(take_leaks(), []);
    tracing::debug!(email, "planted");
    let leaks = take_leaks();
    assert!(leaks.len() == 1 && format!("{leaks:?}").contains(email), "{leaks:?}");
    // Also while somebody else listens on this thread.
    let log = Log::begin();
    tracing::info!("planted a-password-of-1-canary");
    log.end();
    assert_eq!(take_leaks().len(), 1);
    tracing::info!("planted something else");
    assert_eq!(take_leaks(), []);
}

#[tokio::test]
async fn a_number_that_the_sdk_counts_is_no_code() {
    let app = TestApp::new().await;
    listen();
    let code = "140772";
    let body = serde_json::json!({ "phone": "13800138000", "password": "hJ7-pq2x", "code": code });
    app.post("/phone/users", body).await;
    assert_eq!(take_leaks(), []);
    let now = UNIX_EPOCH + Duration::new(1_795_327_548, 140_772);
    tracing::debug!(?now, until = ?[now, now], "planted IdentityCachePartition(140772)");
    assert_eq!(take_leaks(), []);
    tracing::debug!(?now, code, "planted");
    assert_eq!(take_leaks().len(), 1);
}
