use std::time::Duration;

use phonenumber::country::Id;
use tokio::time::Instant;

use super::{
    super::{Language, SmsOutcome, Texter, TexterSettings, sns},
    wire::{self, Answer, Wire, cause, logged, refusal, sdk_config},
};
use crate::{error::Error, identifier::Phone};

const RECIPIENT: &str = "+8613800138000";
const CODE: &str = "012345";

fn texter(wire: &Wire, sender_id: Option<&str>) -> Texter {
    let sender_id = sender_id.map(str::to_owned);
    let settings = TexterSettings { sender_id, max_price_usd: "0.50".to_owned() };
    Texter::new(sns(&sdk_config(wire)), settings)
}

fn taken() -> Answer {
    wire::taken("Publish")
}

async fn send_through(wire: &Wire) -> Result<SmsOutcome, Error> {
    let to = Phone::parse(RECIPIENT, Id::CN).expect("a number");
    texter(wire, None).send_code(&to, CODE, 10, Language::English).await
}

#[tokio::test]
async fn a_code_goes_to_its_number_with_the_settings() {
    let to = Phone::parse(RECIPIENT, Id::CN).expect("a number");
    for (language, text) in [
        (
            Language::English,
            "Atrium: your code is 012345. It is valid for 10 minutes. Do not share it with anyone.",
        ),
        (Language::Chinese, "【Atrium】您的验证码是 012345，10 分钟内有效。请勿告知他人。"),
    ] {
        let wire = Wire::new([taken()]);
        let texter = texter(&wire, Some("Atrium"));
        let outcome = texter.send_code(&to, CODE, 10, language).await.expect("sent");
        assert_eq!(outcome, SmsOutcome::Sent);

        let mut form = wire.form();
        let mut attributes: Vec<_> = (1..=3)
            .map(|number| {
                let mut field = |name: &str| {
                    let name = format!("MessageAttributes.entry.{number}.{name}");
                    form.remove(&name).unwrap_or_else(|| panic!("no {name}"))
                };
                (field("Name"), field("Value.DataType"), field("Value.StringValue"))
            })
            .collect();
        attributes.sort_unstable();
        let expected = [
            ("AWS.SNS.SMS.MaxPrice", "Number", "0.50"),
            ("AWS.SNS.SMS.SMSType", "String", "Transactional"),
            ("AWS.SNS.SMS.SenderID", "String", "Atrium"),
        ];
        let expected = expected.map(|(name, kind, value)| (name.into(), kind.into(), value.into()));
        assert_eq!(attributes, expected);
        let rest: Vec<_> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("Action", "Publish"),
            ("Message", text),
            ("PhoneNumber", RECIPIENT),
            ("Version", "2010-03-31"),
        ];
        assert_eq!(rest, expected);
    }
}

#[tokio::test]
async fn without_a_sender_none_is_named() {
    let wire = Wire::new([taken()]);
    send_through(&wire).await.expect("sent");
    let form = wire.form();
    assert!(!form.values().any(|value| value.contains("SenderID")), "{form:?}");
}

#[tokio::test]
async fn who_opted_out_gets_nothing_and_that_is_no_outage() {
    for (code, message) in [
        ("OptedOut", "the number has opted out".to_owned()),
        ("OptedOut", String::new()),
        ("InvalidParameter", format!("Invalid parameter: {RECIPIENT} is opted out")),
        ("InvalidParameter", "Invalid parameter: Phone number is Opted Out".to_owned()),
    ] {
        let wire = Wire::new([refusal(400, code, &message)]);
        let (outcome, log) = logged(send_through(&wire)).await;
        assert_eq!(outcome.expect("no outage"), SmsOutcome::OptedOut, "{code}: {message}");
        assert!(log.contains("a phone number has opted out"), "{log}");
        assert!(!log.contains("13800138000"), "{log}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_is_an_outage_that_quotes_nobody_and_is_not_sent_again() {
    for (status, code) in [
        (400, "InvalidParameter"),
        (400, "InvalidParameterValue"),
        (400, "Throttled"),
        (400, "Throttling"),
        (403, "AuthorizationError"),
        (403, "KMSOptInRequired"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ] {
        let quoted = format!("{RECIPIENT} is not valid to publish to: {CODE}");
        let wire = Wire::new([refusal(status, code, &quoted)]);
        let outcome = send_through(&wire).await;
        assert_eq!(cause(outcome), format!("Publish: {code}"));
        assert_eq!(wire.attempts(), 1, "{code}");
    }
    for status in [200, 500, 502, 503, 504] {
        let wire = Wire::new([Answer::Reply(status, RECIPIENT.to_owned())]);
        assert_eq!(cause(send_through(&wire).await), "Publish: failed");
        assert_eq!(wire.attempts(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_may_have_been_taken_is_not_sent_again() {
    let wire = Wire::new([Answer::Reset]);
    assert_eq!(cause(send_through(&wire).await), "Publish: no connection");
    assert_eq!(wire.attempts(), 1);
}

#[tokio::test]
async fn no_connection_is_used_twice() {
    let wire = Wire::new([taken()]);
    send_through(&wire).await.expect("sent");
    assert_eq!(wire.header("connection").as_deref(), Some("close"));
    // A proxy may drop the header.
    let signature = wire.header("authorization").expect("a signature");
    assert!(signature.contains("SignedHeaders=") && !signature.contains("connection"));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_an_answer_that_does_not_come() {
    let wire = Wire::new([Answer::Silence]);
    let start = Instant::now();
    assert_eq!(cause(send_through(&wire).await), "Publish: timed out");
    assert!(start.elapsed() <= Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(wire.attempts(), 1);

    let wire = Wire::new([Answer::InAnHour]);
    let start = Instant::now();
    assert_eq!(cause(send_through(&wire).await), "Publish: Throttling");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(wire.attempts(), 1);
}

#[tokio::test]
async fn the_log_knows_neither_number_nor_code() {
    let quoted = refusal(400, "InvalidParameter", &format!("{RECIPIENT} {CODE}"));
    for wire in [Wire::new([taken()]), Wire::new([quoted])] {
        let (_, log) = logged(send_through(&wire)).await;
        assert!(log.contains("Publish"), "{log}");
        for secret in ["13800138000", CODE] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}
