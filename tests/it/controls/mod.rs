//! Every control at every endpoint: a table of both, of which each cell is tested, or has a reason why
//! there is nothing to test. The requests are the stored events that succeed, each spoilt in one way.

mod request;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use local::Template;
use serde_json::Value;

use crate::support::{
    Door, Log, MAX_BODY, SignIn,
    stored::{stored, unchanged},
};
use request::{Answer, Request, account};
use rows::{Body, Effect, Proof, ROWS, Row};

/// What keeps people out, and secrets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    /// A body beyond the limit is refused before anything is done.
    BodySize,
    /// A body that says to be no JSON is refused.
    ContentType,
    /// Another site's page cannot make a browser change anything.
    ForeignPage,
    /// Nothing is cached, guessed at or framed.
    Headers,
    /// No secret, identifier or address is logged.
    Log,
    /// An outage is told as one.
    Outage,
    /// The gateway lets fewer requests through than by default.
    Throttle,
    /// Passwords and codes that were guessed elsewhere are counted here.
    Guesses,
    /// A banned account is shut out.
    Ban,
    /// What was handed out before everything was signed out is worth nothing.
    Epoch,
    /// What has expired is worth nothing, although it is still stored.
    Expiry,
}

impl Control {
    /// Why there is nothing to test at this endpoint, if so. [`a_control_is_missing_for_a_reason`]
    /// tests the reasons.
    fn excuse(self, row: &Row) -> Option<&'static str> {
        const OPEN: &str = "anyone may";
        const ENDS: &str = "it does nothing but to end what is presented";
        const NEW: &str = "it is for somebody who has no account yet";
        match self {
            Self::BodySize | Self::Headers | Self::Log => None,
            Self::ContentType => match row.body {
                Body::Json | Body::JsonOrQuery => None,
                Body::Form | Body::None => Some("it reads no JSON"),
            },
            Self::ForeignPage => match row.effect {
                Effect::Reads | Effect::Tells => Some("it changes nothing"),
                Effect::ChangesByLink => Some("links lead there; what it opens is in the link"),
                // Reviewed in docs/contracts/contact.md: an SMS is all that it can cause.
                Effect::Sends => Some("it can be linked to, and is limited by number and address"),
                Effect::Changes | Effect::Hashes => None,
            },
            Self::Outage => (row.effect == Effect::Tells).then_some("it reads no table"),
            Self::Throttle => match row.effect {
                Effect::Hashes | Effect::Sends => None,
                _ => Some("it neither hashes nor sends"),
            },
            Self::Guesses => match row.proof {
                Proof::Password | Proof::CredentialAndPassword(_) | Proof::Code => None,
                _ => Some("nothing is guessed there that could be guessed"),
            },
            Self::Ban => match row.proof {
                Proof::Password | Proof::Credential(_) | Proof::CredentialAndPassword(_) => None,
                Proof::Ending(_) => Some(ENDS),
                Proof::None => Some(OPEN),
                Proof::Link | Proof::Code | Proof::Visit => Some(NEW),
            },
            Self::Epoch => match row.proof {
                Proof::Credential(_) | Proof::CredentialAndPassword(_) => None,
                Proof::Ending(_) => Some(ENDS),
                Proof::None | Proof::Password => Some("no credential is presented"),
                Proof::Link | Proof::Code | Proof::Visit => Some(NEW),
            },
            Self::Expiry => match row.proof {
                Proof::Credential(_)
                | Proof::CredentialAndPassword(_)
                | Proof::Link
                | Proof::Code
                | Proof::Visit => None,
                Proof::Ending(_) => Some(ENDS),
                Proof::None | Proof::Password => Some("nothing that expires is presented"),
            },
        }
    }

    /// The endpoints that have it.
    fn rows(self) -> impl Iterator<Item = Row> {
        ROWS.into_iter().filter(move |row| self.excuse(row).is_none())
    }
}

/// Refused, with nothing handed out and nothing changed.
async fn is_refused(request: &Request, row: &Row, before: &BTreeMap<String, String>) -> Answer {
    let answer = request.send().await;
    assert!(!answer.is_success() && answer.status < 500, "{row:?} {answer:?}");
    assert!(!answer.gives(), "{row:?} {answer:?}");
    unchanged(before, &stored(&request.app).await);
    answer
}

#[test]
fn every_route_has_its_row() {
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.route.to_owned()).collect();
    let routes = Template::load().unwrap().routes.into_iter();
    let endpoints = routes.filter(|route| route.method != "ANY");
    let endpoints = endpoints.map(|route| format!("{} {}", route.method, route.path));
    assert_eq!(rows, endpoints.collect());
}

#[tokio::test]
async fn every_row_succeeds_until_it_is_spoilt() {
    for row in ROWS {
        let answer = Request::of(&row).await.send().await;
        assert!(answer.is_success(), "{row:?} {answer:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_before_anything_is_done() {
    for row in Control::BodySize.rows() {
        let mut request = Request::of(&row).await;
        request.set_body(" ".repeat(MAX_BODY + 1));
        let before = stored(&request.app).await;
        let hashes = request.app.directory.hasher().computed();
        request.app.meter.take();
        let answer = request.send().await;
        assert_eq!(request.app.meter.take().operations, [] as [&str; 0], "{row:?}");
        assert_eq!(answer.status, 413, "{row:?} {answer:?}");
        assert_eq!(request.app.directory.hasher().computed(), hashes, "{row:?}");
        unchanged(&before, &stored(&request.app).await);
    }
}

#[tokio::test]
async fn a_body_that_says_to_be_no_json_is_refused_before_anything_is_done() {
    for row in Control::ContentType.rows() {
        for content_type in ["text/plain", "multipart/form-data; boundary=x", "nonsense"] {
            let mut request = Request::of(&row).await;
            request.set_header("content-type", content_type);
            if row.body == Body::JsonOrQuery {
                request.set_body("{}");
            }
            let before = stored(&request.app).await;
            request.app.meter.take();
            let answer = is_refused(&request, &row, &before).await;
            assert_eq!(answer.status, 415, "{row:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    for row in Control::ForeignPage.rows() {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let mut request = Request::of(&row).await;
            if name != "origin" {
                request.event["headers"].as_object_mut().unwrap().remove("origin");
            }
            request.set_header(name, value);
            let before = stored(&request.app).await;
            let answer = is_refused(&request, &row, &before).await;
            assert_eq!(answer.status, 403, "{row:?} {name}: {value}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn no_reply_is_cached_guessed_at_or_framed() {
    for row in Control::Headers.rows() {
        let good = Request::of(&row).await;
        let mut bad = Request::of(&row).await;
        bad.event["requestContext"]["http"]["method"] = "TRACE".into();
        for request in [good, bad] {
            let answer = request.send().await;
            for (name, value) in [
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{row:?} {answer:?}");
            }
            // A page with a form has its browser tell us that the form is ours.
            let is_page = answer.header("content-type").is_some_and(|it| it.contains("html"));
            let referrer = if is_page { "same-origin" } else { "no-referrer" };
            assert_eq!(answer.header("referrer-policy"), Some(referrer), "{row:?} {answer:?}");
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("frame-ancestors 'none'"), "{row:?} {policy}");
            for cookie in &answer.cookies {
                assert!(cookie.contains("; HttpOnly"), "{row:?} {cookie}");
                assert_eq!(
                    cookie.contains("; Secure"),
                    row.function != "oauth",
                    "{row:?} {cookie}"
                );
            }
        }
    }
}

/// What the events hold that nobody may read in a log.
const SECRETS: [&str; 13] = [
    "12345678",
    "87654321",
    "k9#Lw2!pQz",
    "123456\"",
    "a1a1a1",
    "b2b2b2",
    "000000000000febd",
    "test1234",
    "ann@abc.com",
    "13800138000",
    "13900139000",
    "198.51.100.7",
    "bG9jYWw6",
];

#[tokio::test]
async fn no_secret_is_logged() {
    for row in Control::Log.rows() {
        let mut wrong = Request::of(&row).await;
        wrong.event["cookies"] = Value::Null;
        wrong.set_body(r#"{"username":"test1234","password":"k9#Lw2!pQz"}"#);
        for request in [Request::of(&row).await, wrong] {
            let log = Log::begin();
            let answer = request.send().await;
            let text = log.end();
            let ours: Vec<_> = text.lines().filter(|line| line.contains("milliseconds=")).collect();
            assert_eq!(ours.len(), 1, "{row:?} {text}");
            let path = row.route.split_once(' ').unwrap().1;
            let fixed = path.split('{').next().unwrap();
            assert!(ours[0].contains(fixed), "{row:?} {}", ours[0]);
            let is_done = ours[0].contains("outcome=\"done\"");
            assert_eq!(is_done, answer.is_success(), "{row:?} {}", ours[0]);
            for secret in SECRETS {
                assert!(!text.contains(secret), "{row:?} logs {secret}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn an_outage_is_no_refusal_and_no_success() {
    for row in Control::Outage.rows() {
        let request = Request::of(&row).await;
        let function = request.app.function(row.function);
        let Request { app, event, .. } = request;
        let _outage = app.outage().await;
        let answer = function.answer(event).await;
        assert_eq!(answer["statusCode"], 503, "{row:?} {answer}");
        assert_eq!(answer["headers"]["retry-after"], "1", "{row:?} {answer}");
        assert!(answer["cookies"].as_array().is_none_or(Vec::is_empty), "{row:?} {answer}");
    }
}

#[test]
fn what_hashes_or_sends_is_throttled_by_itself() {
    let throttled = Template::load().unwrap().throttled;
    for row in Control::Throttle.rows() {
        assert!(throttled.iter().any(|route| route == row.route), "{row:?}");
    }
}

#[tokio::test]
async fn what_was_guessed_elsewhere_counts_here() {
    for row in Control::Guesses.rows() {
        let request = Request::of(&row).await;
        let app = &request.app;
        if row.proof == Proof::Code {
            for _ in 0..5 {
                let body = r#"{"phone":"13900139000","password":"12345678","code":"000000"}"#;
                let body = serde_json::from_str(body).unwrap();
                assert_eq!(app.post("/phone/users", body).await.json()["msg"], "wrong code");
            }
        } else {
            for door in [Door::ApiKey, Door::Cookie].into_iter().cycle().take(10) {
                let wrong = "x".repeat(129);
                let outcome = door.sign_in(&mut app.browser(), "test1234@abc.com", &wrong).await;
                assert_eq!(outcome, SignIn::Refused);
            }
        }
        let before = stored(&request.app).await;
        let hashes = app.directory.hasher().computed();
        let answer = is_refused(&request, &row, &before).await;
        assert_eq!(answer.status, 429, "{row:?} {answer:?}");
        let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&retry_after), "{row:?} {answer:?}");
        assert_eq!(app.directory.hasher().computed(), hashes, "{row:?}");
    }
}

#[tokio::test]
async fn a_banned_account_is_shut_out() {
    for row in Control::Ban.rows() {
        let request = Request::of(&row).await;
        request.app.directory.ban(account()).await.unwrap();
        let before = stored(&request.app).await;
        is_refused(&request, &row, &before).await;
    }
}

#[tokio::test]
async fn a_credential_of_an_earlier_epoch_opens_nothing() {
    for row in Control::Epoch.rows() {
        let request = Request::of(&row).await;
        request.app.directory.sign_out_everywhere(account()).await.unwrap();
        let before = stored(&request.app).await;
        is_refused(&request, &row, &before).await;
    }
}

#[tokio::test]
async fn what_has_expired_opens_nothing_although_it_is_still_stored() {
    for row in Control::Expiry.rows() {
        let request = Request::of(&row).await;
        // The longest life that any of them has in the prepared tables.
        request.app.clock.advance(3600);
        let before = stored(&request.app).await;
        is_refused(&request, &row, &before).await;
    }
}

/// The reasons hold: without what a row says not to need, its request succeeds all the same; and
/// what it says not to do, it does not.
#[tokio::test]
async fn a_control_is_missing_for_a_reason() {
    for row in ROWS {
        let mut request = Request::of(&row).await;
        let before = stored(&request.app).await;
        if row.body == Body::None {
            request.set_header("content-type", "text/plain");
            request.set_body("none of our business");
        }
        if matches!(row.proof, Proof::None | Proof::Password | Proof::Link | Proof::Code) {
            request.event.as_object_mut().unwrap().remove("cookies");
        }
        if let Proof::Ending(_) = row.proof {
            request.app.directory.ban(account()).await.unwrap();
        }
        request.app.meter.take();
        let hashes = request.app.directory.hasher().computed();
        let answer = request.send().await;
        assert!(answer.is_success(), "{row:?} {answer:?}");
        let calls = request.app.meter.take().operations;
        let hashes = request.app.directory.hasher().computed() - hashes;
        let sent = request.app.outbox.messages().len();
        match row.effect {
            Effect::Hashes => {}
            Effect::Sends => assert_eq!((hashes, sent), (0, 1), "{row:?}"),
            Effect::Changes | Effect::ChangesByLink => assert_eq!(hashes, 0, "{row:?}"),
            Effect::Reads | Effect::Tells => {
                assert_eq!((hashes, sent), (0, 0), "{row:?}");
                unchanged(&before, &stored(&request.app).await);
            }
        }
        if row.effect == Effect::Tells {
            assert_eq!(calls, [] as [&str; 0], "{row:?}");
        }
        if let Proof::Ending(_) = row.proof {
            assert!(!answer.gives(), "{row:?} {answer:?}");
        }
    }
}
