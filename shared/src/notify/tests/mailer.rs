use std::{collections::BTreeMap, time::Duration};

use data_encoding::BASE64;
use mail_parser::{Address, HeaderName, Message, MessageParser, PartType};
use tokio::time::Instant;

use super::{
    super::{InvalidSender, Mailer, ses},
    LINK, Language, Mail, NOT_ME, every_mail,
    wire::{self, Answer, Wire, cause, logged, refusal, sdk_config},
};
use crate::{clock::Clock, error::Error, identifier::Email};

const FROM: &str = "Atrium <no-reply@atrium.example>";
const RECIPIENT: &str = "ann@example.com";
const ACTIVATION: Mail<'_> = Mail::Activation { link: LINK, not_me: NOT_ME };

/// 2026-03-01T12:00:00Z.
const NOW: i64 = 1_772_366_400;

fn mailer(wire: &Wire, from: &str, set: Option<&str>) -> Mailer {
    let client = ses(&sdk_config(wire));
    let set = set.map(str::to_owned);
    Mailer::new(client, from, set, Clock::fixed(NOW)).expect("a sender")
}

fn taken() -> Answer {
    wire::taken("SendRawEmail")
}

fn email(address: &str) -> Email {
    Email::parse(address).unwrap_or_else(|| panic!("{address} was refused"))
}

/// The mails that were sent, as they went over the wire.
fn sent(wire: &Wire) -> Vec<Vec<u8>> {
    let raw = |form: BTreeMap<String, String>| {
        BASE64.decode(form["RawMessage.Data"].as_bytes()).expect("base64")
    };
    wire.forms().into_iter().map(raw).collect()
}

/// The only mail that was sent.
fn only_mail(wire: &Wire) -> Vec<u8> {
    let [mail] = sent(wire).try_into().expect("one mail");
    mail
}

fn parse(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).expect("a mail")
}

fn addresses<'a>(of: Option<&'a Address<'a>>) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let addresses = of.into_iter().flat_map(Address::iter);
    addresses.map(|address| (address.name(), address.address())).collect()
}

/// Sends the activation mail, and tells what became of it.
async fn send_through(wire: &Wire) -> Result<(), Error> {
    let mailer = mailer(wire, FROM, None);
    mailer.send(&email(RECIPIENT), &ACTIVATION, Language::English).await
}

#[tokio::test]
async fn a_mail_goes_to_its_recipient_alone() {
    for (name, mail, language) in every_mail() {
        let wire = Wire::new([taken()]);
        let mailer = mailer(&wire, FROM, Some("atrium-mail"));
        mailer.send(&email(RECIPIENT), &mail, language).await.expect("sent");

        let mut form = wire.form();
        form.remove("RawMessage.Data").expect("a mail");
        let form: Vec<_> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("Action", "SendRawEmail"),
            ("ConfigurationSetName", "atrium-mail"),
            ("Destinations.member.1", RECIPIENT),
            ("Source", "no-reply@atrium.example"),
            ("Version", "2010-12-01"),
        ];
        assert_eq!(form, expected, "{name}");

        let raw = only_mail(&wire);
        let parsed = parse(&raw);
        let from = [(Some("Atrium"), Some("no-reply@atrium.example"))];
        assert_eq!(addresses(parsed.from()), from, "{name}");
        assert_eq!(addresses(parsed.to()), [(None, Some(RECIPIENT))], "{name}");
        let headers = parsed.headers().iter().map(|header| header.name.as_str());
        let mut headers: Vec<_> = headers.map(str::to_ascii_lowercase).collect();
        headers.sort_unstable();
        let expected = [
            "auto-submitted",
            "content-language",
            "content-type",
            "date",
            "from",
            "message-id",
            "mime-version",
            "subject",
            "to",
            "x-auto-response-suppress",
        ];
        assert_eq!(headers, expected, "{name}");
    }
}

#[tokio::test]
async fn a_mail_is_made_of_its_words() {
    for (name, mail, language) in every_mail() {
        let wire = Wire::new([taken()]);
        let mailer = mailer(&wire, FROM, None);
        mailer.send(&email(RECIPIENT), &mail, language).await.expect("sent");

        let raw = only_mail(&wire);
        let parsed = parse(&raw);
        let words = mail.words(language).expect("a mail");
        assert_eq!(parsed.subject(), Some(words.subject.as_str()), "{name}");
        let kinds = parsed.parts.iter().map(|part| {
            let kind = part.headers.iter().find(|header| header.name == HeaderName::ContentType);
            let kind = kind.and_then(|header| header.value.as_content_type()).expect("a type");
            let subtype = kind.c_subtype.as_deref().unwrap_or_default();
            (format!("{}/{subtype}", kind.c_type), kind.attribute("charset").map(str::to_owned))
        });
        let utf8 = || Some("utf-8".to_owned());
        // The better form comes last (RFC 2046, section 5.1.4).
        let expected = [
            ("multipart/alternative".to_owned(), None),
            ("text/plain".to_owned(), utf8()),
            ("text/html".to_owned(), utf8()),
        ];
        assert_eq!(kinds.collect::<Vec<_>>(), expected, "{name}");
        let [_, text, html] = parsed.parts.as_slice() else { panic!("{name}") };
        let (PartType::Text(text), PartType::Html(html)) = (&text.body, &html.body) else {
            panic!("{name}")
        };
        // Also inside of base64, lines end with CRLF (RFC 2046, section 4.1.1).
        assert_eq!(text.as_ref(), words.text.replace('\n', "\r\n"), "{name}");
        assert_eq!(html.as_ref(), words.html.replace('\n', "\r\n"), "{name}");

        let header = |name: &str| parsed.header(name.to_owned()).and_then(|value| value.as_text());
        assert_eq!(header("Content-Language"), Some(language.tag()), "{name}");
        assert_eq!(header("Auto-Submitted"), Some("auto-generated"), "{name}");
        assert_eq!(header("X-Auto-Response-Suppress"), Some("OOF, AutoReply"), "{name}");
        assert_eq!(parsed.date().map(mail_parser::DateTime::to_timestamp), Some(NOW), "{name}");
        let id = parsed.message_id().expect("an id");
        assert!(id.ends_with("@atrium.example"), "{id}");
    }
}

#[tokio::test]
async fn a_mail_survives_every_relay() {
    // The longest address that there is.
    let longest = email(&format!("{}@example.com", "a".repeat(242)));
    for (name, mail, language) in every_mail() {
        let wire = Wire::new([taken()]);
        let from = "Ein Verzeichnis für alle, die nirgends sonst verzeichnet sind, 目录 \
                    <no-reply@atrium.example>";
        let mailer = mailer(&wire, from, None);
        mailer.send(&longest, &mail, language).await.expect("sent");

        let raw = String::from_utf8(only_mail(&wire)).expect("UTF-8");
        assert!(raw.is_ascii(), "{name}");
        let (head, _) = raw.split_once("\r\n\r\n").expect("a body");
        for line in raw.split("\r\n") {
            assert!(!line.contains(['\r', '\n']), "{name}: {line:?}");
            // RFC 5322, section 2.1.1; only the address cannot be folded.
            assert!(line.len() <= 78 || line.contains(longest.as_str()), "{name}: {line:?}");
            assert!(line.len() <= 998, "{name}: {line:?}");
        }
        for word in head.split_whitespace().filter(|word| word.starts_with("=?")) {
            // RFC 2047, section 2.
            assert!(word.len() <= 75 && word.ends_with("?="), "{name}: {word}");
        }
        let parsed = parse(raw.as_bytes());
        assert_eq!(addresses(parsed.to()), [(None, Some(longest.as_str()))], "{name}");
        let (from, _) = from.rsplit_once(" <").expect("a name");
        assert_eq!(addresses(parsed.from())[0].0, Some(from), "{name}");
        let subject = mail.words(language).expect("a mail").subject;
        assert_eq!(parsed.subject(), Some(subject.as_str()), "{name}");
    }
}

#[tokio::test]
async fn an_odd_address_goes_out_intact() {
    for address in [
        "o'hara+tag@mail.example.org",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "a%b!c@example.com",
        "ann=40evil.example@example.com",
        "ann@bücher.example",
        "1@a.b",
    ] {
        let wire = Wire::new([taken()]);
        let mailer = mailer(&wire, FROM, None);
        let to = email(address);
        mailer.send(&to, &Mail::EmailChanged, Language::Chinese).await.expect("sent");

        let form = wire.form();
        assert_eq!(form["Destinations.member.1"], to.as_str());
        let raw = String::from_utf8(only_mail(&wire)).expect("UTF-8");
        assert_eq!(raw.matches(&format!("\r\nTo: <{}>\r\n", to.as_str())).count(), 1, "{raw}");
    }
}

#[tokio::test]
async fn without_a_configuration_set_none_is_named() {
    let wire = Wire::new([taken()]);
    send_through(&wire).await.expect("sent");
    let form = wire.form();
    assert!(!form.contains_key("ConfigurationSetName"), "{form:?}");
}

#[tokio::test]
async fn no_two_mails_have_one_id() {
    let wire = Wire::new([taken(), taken()]);
    let mailer = mailer(&wire, FROM, None);
    for _ in 0..2 {
        mailer.send(&email(RECIPIENT), &ACTIVATION, Language::English).await.expect("sent");
    }
    let [one, other] = sent(&wire).try_into().expect("two mails");
    assert_ne!(parse(&one).message_id(), parse(&other).message_id());
}

#[tokio::test]
async fn a_sender_arrives_as_it_was_set() {
    for (from, name, address) in [
        ("no-reply@atrium.example", None, "no-reply@atrium.example"),
        ("<no-reply@atrium.example>", None, "no-reply@atrium.example"),
        (" Atrium<a@atrium.example> ", Some("Atrium"), "a@atrium.example"),
        ("Doe, John <a@atrium.example>", Some("Doe, John"), "a@atrium.example"),
        ("\"Doe, John\" <a@atrium.example>", Some("Doe, John"), "a@atrium.example"),
        ("\"\" <a@atrium.example>", None, "a@atrium.example"),
        (
            "O'Hara (Atrium); [x]: @ <a@atrium.example>",
            Some("O'Hara (Atrium); [x]: @"),
            "a@atrium.example",
        ),
        ("前庭 <a@atrium.example>", Some("前庭"), "a@atrium.example"),
        ("Vorhöfe, alle <a@atrium.example>", Some("Vorhöfe, alle"), "a@atrium.example"),
        // SES knows an address by the spelling in which it was verified.
        ("Atrium <No-Reply@Atrium.Example>", Some("Atrium"), "No-Reply@atrium.example"),
        ("Atrium <a@bücher.example>", Some("Atrium"), "a@xn--bcher-kva.example"),
    ] {
        let wire = Wire::new([taken()]);
        let mailer = mailer(&wire, from, None);
        mailer.send(&email(RECIPIENT), &ACTIVATION, Language::English).await.expect("sent");

        let form = wire.form();
        assert_eq!(form["Source"], address, "{from}");
        let raw = only_mail(&wire);
        let parsed = parse(&raw);
        assert_eq!(addresses(parsed.from()), [(name, Some(address))], "{from}");
        let (_, domain) = address.rsplit_once('@').expect("a domain");
        let id = parsed.message_id().expect("an id");
        assert!(id.ends_with(&format!("@{domain}")), "{id}");
    }
}

#[tokio::test]
async fn what_is_no_sender_is_refused() {
    for from in [
        "",
        "Atrium",
        "Atrium <>",
        "Atrium <atrium>",
        "Atrium <a@atrium.example",
        "Atrium a@atrium.example>",
        "Atrium a@atrium.example",
        "a@atrium.example, b@atrium.example",
        "Atrium <a@atrium.example>, <b@atrium.example>",
        "Atrium <b@atrium.example> <a@atrium.example>",
        "Atrium < a@atrium.example >",
        "A\"trium <a@atrium.example>",
        "\"Atrium <a@atrium.example>",
        "At\\rium <a@atrium.example>",
        "Atrium\r\nBcc: b@evil.example <a@atrium.example>",
        "Atrium\nBcc: b@evil.example <a@atrium.example>",
        "Atrium\rX <a@atrium.example>",
        "Atrium\0 <a@atrium.example>",
        "At\u{85}rium <a@atrium.example>",
        "Atrium <a@atrium.example\r\nBcc: b@evil.example>",
        "a@atrium.example\r\nBcc: b@evil.example",
        "ä@atrium.example",
    ] {
        let client = ses(&sdk_config(&Wire::new([])));
        let mailer = Mailer::new(client, from, None, Clock::fixed(NOW));
        assert_eq!(mailer.err(), Some(InvalidSender), "{from:?}");
    }
}

#[tokio::test]
async fn a_refused_mail_is_an_outage_that_quotes_nobody() {
    for (status, code) in [
        (400, "MessageRejected"),
        (400, "MailFromDomainNotVerifiedException"),
        (400, "ConfigurationSetDoesNotExist"),
        (400, "AccountSendingPausedException"),
        (400, "InvalidParameterValue"),
        (403, "AccessDenied"),
        (403, "SignatureDoesNotMatch"),
    ] {
        let quoted = format!("Email address is not verified: {RECIPIENT}, {LINK}");
        let wire = Wire::new([refusal(status, code, &quoted)]);
        let outcome = send_through(&wire).await;
        assert_eq!(cause(outcome), format!("SendRawEmail: {code}"));
        assert_eq!(wire.attempts(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_mail_is_tried_again_once() {
    let refused = || refusal(400, "Throttling", "Maximum sending rate exceeded.");

    let wire = Wire::new([refused(), taken()]);
    send_through(&wire).await.expect("sent");
    let [first, second] = sent(&wire).try_into().expect("two attempts");
    // The very same one, should both arrive.
    assert_eq!(first, second);

    let wire = Wire::new([refused(), refused()]);
    assert_eq!(cause(send_through(&wire).await), "SendRawEmail: Throttling");
    assert_eq!(wire.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_out_of_order_is_tried_again_once() {
    for status in [500, 502, 503, 504] {
        for (answer, expected) in [
            (refusal(status, "ServiceUnavailable", RECIPIENT), "ServiceUnavailable"),
            (Answer::Reply(status, format!("<html>{RECIPIENT}</html>")), "failed"),
            (Answer::Reply(status, String::new()), "failed"),
        ] {
            let wire = Wire::new([answer.clone(), answer]);
            let cause = cause(send_through(&wire).await);
            assert_eq!(cause, format!("SendRawEmail: {expected}"), "{status}");
            assert_eq!(wire.attempts(), 2, "{status}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_an_outage() {
    for body in ["", "taken", "<html></html>"] {
        let wire = Wire::new([Answer::Reply(200, format!("{body}{RECIPIENT}"))]);
        assert_eq!(cause(send_through(&wire).await), "SendRawEmail: failed");
        assert_eq!(wire.attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_replaced() {
    let wire = Wire::new([Answer::Reset, taken()]);
    send_through(&wire).await.expect("sent");
    assert_eq!(wire.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_may_have_been_taken_is_not_sent_again() {
    let wire = Wire::new([Answer::Silence]);
    let start = Instant::now();
    assert_eq!(cause(send_through(&wire).await), "SendRawEmail: timed out");
    assert!(start.elapsed() <= Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(wire.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_attempts_take_no_longer_than_the_operation_may() {
    let wire = Wire::new([Answer::Reset, Answer::Silence]);
    let start = Instant::now();
    assert_eq!(cause(send_through(&wire).await), "SendRawEmail: timed out");
    assert!(start.elapsed() <= Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(wire.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_is_not_put_off_for_as_long_as_ses_asks() {
    let wire = Wire::new([Answer::InAnHour, Answer::InAnHour]);
    let start = Instant::now();
    assert_eq!(cause(send_through(&wire).await), "SendRawEmail: Throttling");
    assert!(start.elapsed() <= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(wire.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_log_knows_nobody_who_is_written_to() {
    let secrets = [RECIPIENT, "ann%40example.com", "dG9rZW4tb25l"];
    let quoted = || refusal(400, "Throttling", &format!("{RECIPIENT} {LINK}"));
    for wire in [Wire::new([taken()]), Wire::new([quoted(), quoted()])] {
        let (_, log) = logged(send_through(&wire)).await;
        assert!(log.contains("SendRawEmail"), "{log}");
        for secret in secrets {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}
