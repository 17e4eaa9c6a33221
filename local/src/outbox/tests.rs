use std::collections::HashMap;

use aws_sdk_ses::{
    error::ProvideErrorMetadata as _,
    primitives::Blob,
    types::{Body as MailBody, Content, Destination, Message as SesMessage, RawMessage},
};
use axum::body::{Body, to_bytes};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    identifier::{Email, Phone},
    notify::{Language, Mail, Mailer, Texter, TexterSettings},
};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::{CAPACITY, Kind, Message, Outbox, SES_PATH};
use crate::{Clients, Secrets};

/// 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

fn outbox() -> Outbox {
    Outbox::new(Clock::fixed(NOW))
}

#[tokio::test]
async fn another_endpoint_in_the_environment_is_taken_instead() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = outbox();
    let url = format!("http://{}{SES_PATH}", listener.local_addr().unwrap());
    let router = elsewhere.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = HashMap::from([("AWS_ENDPOINT_URL_SES".to_owned(), url)]);
    // Nobody listens at the address of this server.
    let clients = Clients::of(([127, 0, 0, 1], 1).into(), &environment);
    let raw = RawMessage::builder().data(Blob::new("To: ann@example.com\r\n\r\nHello")).build();
    let mail = clients.ses.send_raw_email().source("a@example.com").raw_message(raw.unwrap());
    mail.send().await.unwrap();
    assert_eq!(elsewhere.messages()[0].to, "ann@example.com");
}

/// An outbox, and clients that reach it as they would reach AWS.
async fn served() -> (Outbox, Clients) {
    let outbox = outbox();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clients = Clients::of(listener.local_addr().unwrap(), &HashMap::new());
    let router = outbox.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (outbox, clients)
}

/// A mail as it goes over the wire, to these.
async fn send_raw(clients: &Clients, to: &[&str], mail: &str) -> Result<String, String> {
    let mail = Blob::new(mail.replace('\n', "\r\n"));
    let sent = clients
        .ses
        .send_raw_email()
        .set_destinations(Some(to.iter().map(|&to| to.to_owned()).collect()))
        .raw_message(RawMessage::builder().data(mail).build().unwrap())
        .send()
        .await;
    sent.map(|sent| sent.message_id).map_err(|error| error.code().unwrap().to_owned())
}

async fn send_sms(clients: &Clients, to: &str, text: &str) {
    clients.sns.publish().phone_number(to).message(text).send().await.unwrap();
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: HeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// What a browser gets.
async fn ask(outbox: &Outbox, method: Method, path: &str) -> Reply {
    ask_with(outbox, method, path, &[]).await
}

async fn ask_with(
    outbox: &Outbox,
    method: Method,
    path: &str,
    headers: &[(HeaderName, &str)],
) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| name == header::HOST) {
        request = request.header(header::HOST, "localhost:3000");
    }
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = outbox.router().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn messages_are_listed_newest_first() {
    let (outbox, clients) = served().await;
    assert_eq!(ask(&outbox, Method::GET, "/_local/outbox.json").await.body, "[]");
    let mail = "From: no-reply@atrium.example\n\
        To: Ann <ann@example.com>\n\
        Subject: =?utf-8?B?5r+A5rS7?=\n\
        MIME-Version: 1.0\n\
        Content-Type: multipart/alternative; boundary=b\n\n\
        --b\n\
        Content-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\n\
        Open https://a.example/?t=3D1, =E8=B0=A2=\n=E8=B0=A2\n\
        --b\n\
        Content-Type: text/html; charset=utf-8\n\
        Content-Transfer-Encoding: base64\n\n\
        PGEgaHJlZj0iaHR0cHM6Ly9hLmV4YW1wbGUvP3Q9MSZhbXA7dT0yIj7or7c8L2E+Cg==\n\
        --b--\n";
    assert_eq!(send_raw(&clients, &["ann@example.com"], mail).await.unwrap(), "local-1");
    send_sms(&clients, "+8613800138000", "【Atrium】您的验证码是 004213，10 分钟内有效。").await;

    let list = ask(&outbox, Method::GET, "/_local/outbox.json").await;
    let sms = json!({
        "id": 2,
        "kind": "sms",
        "to": "+8613800138000",
        "subject": null,
        "text": "【Atrium】您的验证码是 004213，10 分钟内有效。",
        "html": null,
        "links": [],
        "code": "004213",
        "sent_at": "2026-01-01T00:00:00Z",
    });
    let mail = json!({
        "id": 1,
        "kind": "mail",
        "to": "ann@example.com",
        "subject": "激活",
        "text": "Open https://a.example/?t=1, 谢谢",
        "html": "<a href=\"https://a.example/?t=1&amp;u=2\">请</a>\n",
        "links": ["https://a.example/?t=1", "https://a.example/?t=1&u=2"],
        "code": null,
        "sent_at": "2026-01-01T00:00:00Z",
    });
    assert_eq!(serde_json::from_str::<Value>(&list.body).unwrap(), json!([sms, mail]));
    assert_eq!(list.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(list.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(list.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(serde_json::to_value(outbox.messages()).unwrap(), json!([sms, mail]));
}

#[tokio::test]
async fn what_the_functions_send_is_readable() {
    let (outbox, clients) = served().await;
    for clients in [&clients, &Clients::direct(&outbox, &Secrets::new())] {
        let from = "Atrium <no-reply@atrium.example>";
        let set = Some("set".to_owned());
        let mailer = Mailer::new(clients.ses.clone(), from, set, Clock::fixed(NOW)).unwrap();
        let links = ["http://127.0.0.1:3000/a%40b/T", "http://127.0.0.1:3000/not-me?a=1&b=2"];
        let mail = Mail::Activation { link: links[0], not_me: links[1] };
        let to = Email::parse("ann@example.com").unwrap();
        for language in [Language::English, Language::Chinese] {
            mailer.send(&to, &mail, language).await.unwrap();
            let Message { kind, to, subject, text, html, links: found, code, .. } =
                outbox.messages().remove(0);
            assert_eq!((kind, to.as_str(), code), (Kind::Mail, "ann@example.com", None));
            assert_eq!(found, links);
            let title = format!("<title>{}</title>", subject.unwrap());
            assert!(html.is_some_and(|html| html.contains(&title)), "{title}");
            let marker = if language == Language::Chinese { "激活账号" } else { "activate" };
            assert!(text.contains(marker) && !text.contains('\r'), "{text}");
        }

        let settings = TexterSettings {
            sender_id: Some("Atrium".to_owned()),
            max_price_usd: "0.50".to_owned(),
        };
        let texter = Texter::new(clients.sns.clone(), settings);
        let phone: Phone = serde_json::from_value("+8613800138000".into()).unwrap();
        texter.send_code(&phone, "012345", 10, Language::English).await.unwrap();
        let sms = outbox.messages().remove(0);
        assert_eq!((sms.kind, sms.to.as_str()), (Kind::Sms, "+8613800138000"));
        assert_eq!(sms.code.as_deref(), Some("012345"), "{}", sms.text);
    }
    assert_eq!(outbox.messages().len(), 6);
}

#[tokio::test]
async fn a_mail_in_parts_is_taken_as_well_as_a_raw_one() {
    let (outbox, clients) = served().await;
    let content = |text: &str| Content::builder().data(text).charset("UTF-8").build().unwrap();
    let body = MailBody::builder().text(content("See https://a.example")).html(content("<b>x</b>"));
    let message = SesMessage::builder().subject(content("Hällo & <hi>")).body(body.build());
    let to = Destination::builder().to_addresses("Ann <ann@example.com>").cc_addresses("b@x.org");
    let sent = clients
        .ses
        .send_email()
        .source("no-reply@atrium.example")
        .destination(to.build())
        .message(message.build())
        .send();
    assert_eq!(sent.await.unwrap().message_id, "local-1");

    let messages = outbox.messages();
    let to: Vec<_> = messages.iter().map(|message| message.to.as_str()).collect();
    assert_eq!(to, ["b@x.org", "ann@example.com"]);
    for message in &messages {
        assert_eq!(message.subject.as_deref(), Some("Hällo & <hi>"));
        assert_eq!(message.text, "See https://a.example");
        assert_eq!(message.html.as_deref(), Some("<b>x</b>"));
        assert_eq!(message.links, ["https://a.example"]);
    }
}

#[tokio::test]
async fn a_raw_mail_goes_to_its_destinations_or_else_to_whom_its_headers_name() {
    let (outbox, clients) = served().await;
    let mail = "From: a@x.org\nTo: Ann <b@x.org>, c@x.org\nCc: d@x.org\nBcc: e@x.org\n\nHi";
    for (destinations, expected) in [
        (&["Zoe <z@x.org>", "y@x.org"][..], &["y@x.org", "z@x.org"][..]),
        (&[], &["e@x.org", "d@x.org", "c@x.org", "b@x.org"]),
    ] {
        send_raw(&clients, destinations, mail).await.unwrap();
        let messages = outbox.messages();
        let to: Vec<_> = messages.iter().map(|message| message.to.as_str()).collect();
        assert_eq!(to, expected);
        outbox.clear();
    }
}

#[tokio::test]
async fn a_part_that_a_mail_lacks_is_not_made_up() {
    let (outbox, clients) = served().await;
    let html = "From: a@x.org\nSubject: s\nContent-Type: text/html\n\n<p>Hi</p>";
    send_raw(&clients, &["b@x.org"], html).await.unwrap();
    let text = "From: a@x.org\n\nHi";
    send_raw(&clients, &["b@x.org"], text).await.unwrap();
    let messages = outbox.messages();
    let parts = messages.iter().map(|mail| (mail.subject.as_deref(), &*mail.text, &mail.html));
    let expected = [(Some(""), "Hi", &None), (Some("s"), "", &Some("<p>Hi</p>".to_owned()))];
    assert_eq!(parts.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_as_aws_does() {
    let (outbox, clients) = served().await;
    for (to, mail, expected) in [
        (&["b@x.org"][..], "", "MessageRejected"),
        (&["b@x.org"], "Subject: from nobody\n\nHi", "InvalidParameterValue"),
        (&[], "From: a@x.org\n\nto nobody", "InvalidParameterValue"),
    ] {
        assert_eq!(send_raw(&clients, to, mail).await.unwrap_err(), expected, "{mail}");
    }
    let publish = clients.sns.publish().topic_arn("arn:aws:sns:us-east-1:0:topic").message("Hi");
    let error = publish.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_parameter_exception(), "{error:?}");
    let publish = clients.sns.publish().phone_number("+8613800138000").message("");
    assert_eq!(publish.send().await.unwrap_err().code(), Some("InvalidParameter"));

    let error = clients.ses.get_send_quota().send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidAction"));
    let message = "the local stand-in has no operation \"GetSendQuota\"";
    assert_eq!(error.message(), Some(message));
    let error = clients.sns.create_topic().name("topic").send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidAction"));
    assert!(outbox.messages().is_empty());
}

#[tokio::test]
async fn deleting_empties_the_outbox_and_numbers_go_on() {
    let (outbox, clients) = served().await;
    send_sms(&clients, "+8613800138000", "one").await;
    let reply = ask(&outbox, Method::DELETE, "/_local/outbox.json").await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(outbox.messages(), []);
    send_sms(&clients, "+8613800138000", "two").await;
    let ids: Vec<_> = outbox.messages().iter().map(|message| message.id).collect();
    assert_eq!(ids, [2]);
}

#[tokio::test]
async fn the_oldest_messages_make_room() {
    let outbox = outbox();
    for number in 1..=CAPACITY + 2 {
        outbox.keep_sms("+8613800138000", &number.to_string());
    }
    let messages = outbox.messages();
    let ids = (messages[0].id, messages[CAPACITY - 1].id, messages.len());
    assert_eq!(ids, (CAPACITY as u64 + 2, 3, CAPACITY));
}

#[tokio::test]
async fn a_list_that_is_known_is_not_sent_again() {
    let outbox = outbox();
    let mut tags = Vec::new();
    for change in [
        |_: &Outbox| {},
        |outbox: &Outbox| {
            outbox.keep_sms("+8613800138000", "one");
        },
        |outbox: &Outbox| {
            outbox.keep_sms("+8613800138000", "two");
        },
        |outbox: &Outbox| outbox.clear(),
        |outbox: &Outbox| {
            outbox.keep_sms("+8613800138000", "three");
        },
    ] {
        let known = tags.last().map_or("", String::as_str).to_owned();
        change(&outbox);
        let known = [(header::IF_NONE_MATCH, known.as_str())];
        let list = ask_with(&outbox, Method::GET, "/_local/outbox.json", &known).await;
        assert_eq!(list.status, StatusCode::OK);
        let tag = list.header(header::ETAG).to_owned();
        let known = [(header::IF_NONE_MATCH, tag.as_str())];
        let again = ask_with(&outbox, Method::GET, "/_local/outbox.json", &known).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        tags.push(tag);
    }
}

#[tokio::test]
async fn other_sites_are_refused_everywhere() {
    let outbox = outbox();
    outbox.keep_sms("+8613800138000", "secret");
    for (method, path) in [
        (Method::GET, "/_local/outbox"),
        (Method::GET, "/_local/outbox.js"),
        (Method::GET, "/_local/outbox.json"),
        (Method::DELETE, "/_local/outbox.json"),
        (Method::GET, "/_local/outbox/1"),
        (Method::GET, "/_local/outbox/1.eml"),
        (Method::POST, "/_local/ses"),
        (Method::POST, "/_local/ses/"),
        (Method::POST, "/_local/sns"),
        (Method::POST, "/_local/sns/"),
    ] {
        for foreign in [
            (header::ORIGIN, "http://evil.example"),
            (header::ORIGIN, "null"),
            (header::HOST, "evil.example:3000"),
        ] {
            let what = format!("{method} {path} {foreign:?}");
            let reply = ask_with(&outbox, method.clone(), path, &[foreign]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{what}");
            assert_eq!(reply.body, r#"{"message":"Forbidden"}"#, "{what}");
        }
    }
    assert_eq!(outbox.messages().len(), 1);
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_own_files() {
    let outbox = outbox();
    let page = ask(&outbox, Method::GET, "/_local/outbox").await;
    assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");

    for (path, kind) in [
        ("/_local/outbox.css", "text/css; charset=utf-8"),
        ("/_local/outbox.js", "text/javascript; charset=utf-8"),
        ("/_local/outbox.svg", "image/svg+xml"),
    ] {
        assert!(page.body.contains(&format!("=\"{path}\"")), "{path}");
        let file = ask(&outbox, Method::GET, path).await;
        assert_eq!((file.status, file.header(header::CONTENT_TYPE)), (StatusCode::OK, kind));
        assert_eq!(file.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
}

#[tokio::test]
async fn a_mail_is_shown_in_a_sandbox() {
    let (outbox, clients) = served().await;
    let mail = "From: a@x.org\nContent-Type: text/html\n\n<script>alert(1)</script>Hi";
    send_raw(&clients, &["b@x.org"], mail).await.unwrap();
    send_sms(&clients, "+8613800138000", "Hi").await;

    let mail = ask(&outbox, Method::GET, "/_local/outbox/1").await;
    let expected = "<!doctype html><base target=\"_blank\"><script>alert(1)</script>Hi";
    assert_eq!((mail.status, mail.body.as_str()), (StatusCode::OK, expected));
    assert_eq!(mail.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(mail.header(header::REFERRER_POLICY), "no-referrer");
    let policy = mail.header(header::CONTENT_SECURITY_POLICY);
    let directives: Vec<_> = policy.split(';').map(str::trim).collect();
    assert!(directives.contains(&"default-src 'none'"), "{policy}");
    assert!(directives.contains(&"frame-ancestors 'self'"), "{policy}");
    let sandbox = "sandbox allow-popups allow-popups-to-escape-sandbox";
    assert!(directives.contains(&sandbox) && !policy.contains("script"), "{policy}");

    // An SMS has no HTML, and the others do not exist.
    for id in ["2", "3", "0", "-1", "x", "18446744073709551616"] {
        let reply = ask(&outbox, Method::GET, &format!("/_local/outbox/{id}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn a_raw_mail_is_served_as_it_was_sent() {
    let (outbox, clients) = served().await;
    let mail = "From: a@x.org\nTo: b@x.org\nSubject: =?utf-8?B?5r+A5rS7?=\n\nHi, =E8\n";
    send_raw(&clients, &["b@x.org", "c@x.org"], mail).await.unwrap();
    send_sms(&clients, "+8613800138000", "Hi").await;
    let content = Content::builder().data("Hi").build().unwrap();
    let message = SesMessage::builder()
        .subject(content.clone())
        .body(MailBody::builder().text(content).build())
        .build();
    let to = Destination::builder().to_addresses("b@x.org").build();
    let parts = clients.ses.send_email().source("a@x.org").destination(to).message(message);
    assert_eq!(parts.send().await.unwrap().message_id, "local-4");

    for id in [1, 2] {
        let reply = ask(&outbox, Method::GET, &format!("/_local/outbox/{id}.eml")).await;
        assert_eq!((reply.status, reply.body), (StatusCode::OK, mail.replace('\n', "\r\n")));
        for (name, expected) in [
            (header::CONTENT_TYPE, "message/rfc822"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{id}.eml\"")),
        ] {
            let given: Vec<_> = reply.headers.get_all(&name).iter().collect();
            assert_eq!(given, [expected], "{name}");
        }
    }
    // An SMS is no mail, a mail in parts was not sent as a whole, and the others do not exist.
    for name in ["3.eml", "4.eml", "5.eml", "0.eml", ".eml", "x.eml", "1.eml.eml", "1.txt"] {
        let reply = ask(&outbox, Method::GET, &format!("/_local/outbox/{name}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name}");
    }
    let list = ask(&outbox, Method::GET, "/_local/outbox.json").await.body;
    assert!(!list.contains("raw") && !list.contains("From:"), "{list}");
    outbox.clear();
    let reply = ask(&outbox, Method::GET, "/_local/outbox/1.eml").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
