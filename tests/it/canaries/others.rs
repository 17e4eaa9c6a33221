//! What is no contract's own: providers, mails that come back, and the authorizer.

use serde_json::{Value, json};
use shared::credential::Token;

use super::{Heard, Journey, Kind, Place, json_of};
use crate::{
    authorizer::{Slot, event},
    oauth::{COOKIE, START, Stage, instead, parameter},
    support::Log,
};

/// A stage as a journey, and the rest of it.
async fn stage() -> (Journey, crate::support::host::Host) {
    let log = Log::begin();
    let Stage { app, host } = Stage::set().await;
    let mut journey = Journey::of(log, app);
    let secret = host.entry()["client_secret"].as_str().unwrap().to_owned();
    journey.heard.learn(Kind::TenantSecret, &secret);
    (journey, host)
}

#[tokio::test]
async fn a_provider_hands_its_code_to_the_browser_and_nobody_reads_it_there() {
    let (mut journey, host) = stage().await;
    let subject = journey.canary(Kind::Subject, 61);
    let mut browser = journey.browser(61);
    for _ in 0..2 {
        let sent = journey.ask(&mut browser, &format!("GET {START}"), Value::Null).await;
        let url = sent.header("location").unwrap().to_owned();
        for name in ["state", "nonce", "code_challenge"] {
            journey.heard.learn(Kind::Visit, &parameter(&url, name));
        }
        let back = host.sign_in(&url, &subject).await;
        journey.heard.learn(Kind::Visit, &parameter(&back, "code"));
        let wrong = journey.canary(Kind::Visit, 62);
        let forged = instead(&back, "state", &format!("state={wrong}"));
        let reply = journey.ask(&mut browser.clone(), &format!("GET {forged}"), Value::Null).await;
        assert_eq!(reply.status, 400);
        let reply = journey.ask(&mut browser, &format!("GET {back}"), Value::Null).await;
        assert_eq!(reply.status, 302, "{}", reply.text);
        journey.look().await;
        // The first time the identity waits for an account; the second time it has one.
        let email = journey.canary(Kind::Email, 61);
        let password = journey.canary(Kind::Password, 61);
        let body = json_of(&[("username", &email), ("password", &password)]);
        let bound = journey.ask(&mut browser, "POST /api/user/signup", body).await;
        assert!(browser.kept(COOKIE).is_some() || bound.status == 400);
    }
    journey
        .ends(&[
            (Kind::Visit, Place::Redirect),
            (Kind::Credential, Place::Success),
            (Kind::Subject, Place::Tokens),
            (Kind::Subject, Place::Accounts),
            (Kind::Email, Place::Success),
            (Kind::Email, Place::Accounts),
            (Kind::Email, Place::Recipient),
        ])
        .await;
}

#[tokio::test]
async fn an_address_from_which_mail_came_back_is_kept_as_a_digest_and_not_logged() {
    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";
    let mut journey = Journey::begin().await;
    let emails = [71, 72, 73].map(|number| journey.canary(Kind::Email, number));
    let stored: Value =
        serde_json::from_str(include_str!("../../../events/bounces/bounce.json")).unwrap();
    for email in &emails {
        for kind in ["Permanent", "Transient", "of no kind"] {
            let message = json!({
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": kind,
                    "bouncedRecipients": [{ "emailAddress": email, "diagnosticCode": email }],
                    "timestamp": "2026-01-01T00:00:00.000Z",
                },
                "mail": { "destination": [email], "source": email },
            });
            // Whole, and broken off in its middle.
            let whole = message.to_string();
            for message in [&whole, &whole[..whole.len() / 2], email.as_str()] {
                let mut event = stored.clone();
                event["Records"][0]["Sns"]["Message"] = message.into();
                drop(bounces::mark(&event, TOPIC, journey.app.directory_of("bounces")).await);
            }
        }
    }
    let password = journey.canary(Kind::Password, 71);
    let mut browser = journey.browser(71);
    let account = json_of(&[("email", &emails[0]), ("password", &password)]);
    let reply = journey.ask(&mut browser, "POST /email/users", account).await;
    assert_eq!(reply.json()["state"], 200);
    assert!(journey.app.outbox.messages().is_empty(), "the address is marked");
    assert!(journey.app.dump("accounts").await.len() >= emails.len());
    journey.ends(&[(Kind::Email, Place::Tokens)]).await;
}

#[tokio::test]
async fn the_authorizer_repeats_no_credential() {
    let mut journey = Journey::begin().await;
    let (email, password) = (journey.canary(Kind::Email, 81), journey.canary(Kind::Password, 81));
    let mut web = journey.browser(81);
    let account = json_of(&[("username", &email), ("password", &password)]);
    journey.ask(&mut web, "POST /api/user/signup", account.clone()).await;
    let mut client_app = journey.client_app(82).await;
    let reply = journey.ask(&mut client_app, "POST /api/user/signin", account).await;
    let token = reply.json()["data"]["token"].as_str().unwrap().to_owned();
    let body = json_of(&[("email", &email), ("password", &password)]);
    let reply = journey.ask(&mut web.clone(), "POST /user/signin", body).await;
    let key = reply.json()["api_key"].as_str().unwrap().to_owned();
    let unknown = format!("{}{}", Token::parse(&key).unwrap().account_hint().number(), key);
    let planted = journey.canary(Kind::Credential, 83);
    let authorizer = journey.app.authorizer();
    let cookie = web.kept("connect.sid").unwrap().to_owned();
    let mut allowed = 0;
    for (slot, text) in [
        (Slot::Web, &cookie),
        (Slot::Bearer, &token),
        (Slot::ApiKey, &key),
        (Slot::ApiKey, &unknown),
        (Slot::Users, &key),
        (Slot::Bearer, &planted),
        (Slot::Cookie, &planted),
    ] {
        let answer = authorizer.answer(event(&[(slot, text)])).await.unwrap();
        allowed += usize::from(answer["isAuthorized"] == true);
        journey.heard.said.push((Place::Refusal, answer.to_string()));
    }
    assert_eq!(allowed, 3);
    journey
        .ends(&[
            (Kind::Credential, Place::Success),
            (Kind::Email, Place::Success),
            (Kind::Email, Place::Accounts),
        ])
        .await;
}

/// What was found by a search in one place.
pub(super) fn found_in(place: Place, kind: Kind, value: &str, text: &str) -> bool {
    let mut heard = Heard::default();
    heard.learn(kind, value);
    heard.said.push((place, text.to_owned()));
    heard.found().contains(&(kind, place))
}
