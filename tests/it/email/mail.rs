//! What is mailed, as its reader sees it.

use local::Kind;

use super::{EMAIL, Mailed, body, credentials, join, mails, register, start, start_with, success};
use crate::support::{PASSWORD, PUBLIC_URL, TestApp, create};

#[tokio::test]
async fn a_mail_goes_to_one_recipient_with_two_links_and_nothing_else() {
    let app = start().await;
    app.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, success());
    let [mail] = app.outbox.messages().try_into().unwrap();
    assert_eq!((mail.kind, mail.to.as_str()), (Kind::Mail, EMAIL));
    let Mailed { open, not_me } = Mailed::of(&mail);
    let token = open.strip_prefix("/email/users/active/ann%40example.com/").unwrap();
    assert_eq!(not_me, format!("/email/users/cancel/ann%40example.com/{token}"));
    assert!(token.len() == 64 && token.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
    assert_eq!(mail.subject.as_deref(), Some("Confirm your email address for Atrium"));
    let html = mail.html.unwrap();
    for part in [&mail.text, &html] {
        assert!(!part.contains(PASSWORD));
        for path in [&open, &not_me] {
            assert!(part.contains(&format!("{PUBLIC_URL}{path}")), "{part}");
        }
    }
}

#[tokio::test]
async fn links_begin_with_the_public_url_whatever_the_request_says() {
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-host", "evil.example"),
        ("forwarded", "for=1.2.3.4;host=evil.example;proto=http"),
        ("referer", "https://evil.example/"),
    ] {
        let app = start().await;
        let mut browser = app.browser().header(name, value);
        browser.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, success());
        let mail = &mails(&app, EMAIL)[0];
        // Asserts what the links begin with.
        Mailed::of(mail);
        assert!(!mail.text.contains("evil") && !mail.html.as_ref().unwrap().contains("evil"));
    }
    let app = start_with(&[("PUBLIC_URL", "https://users.example.org/base/")]).await;
    app.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, success());
    let [mail] = app.outbox.messages().try_into().unwrap();
    for link in &mail.links {
        assert!(link.starts_with("https://users.example.org/base/email/users/"), "{link}");
    }
}

#[tokio::test]
async fn mails_are_in_the_language_that_was_asked_for() {
    for (header, subject, words) in [
        ("en", "Confirm your email address for Atrium", "open this page and press the button"),
        ("de-DE,de;q=0.9", "Confirm your email address for Atrium", "open this page"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "请验证您的 Atrium 账号邮箱", "激活"),
    ] {
        let app = start().await;
        let mut browser = app.browser().header("accept-language", header);
        browser.post("/email/users", credentials(EMAIL, PASSWORD)).await.is(200, success());
        let mail = &mails(&app, EMAIL)[0];
        assert_eq!(mail.subject.as_deref(), Some(subject), "{header}");
        assert!(mail.text.contains(words), "{}", mail.text);
        app.get(&Mailed::of(mail).open).await.is(200, success());
    }
}

#[tokio::test]
async fn every_link_has_a_token_of_its_own() {
    let app = start().await;
    let first = register(&app, EMAIL, PASSWORD).await;
    app.clock.advance(60);
    let second = register(&app, EMAIL, PASSWORD).await;
    let third = register(&app, "bob@example.com", PASSWORD).await;
    assert_ne!(first.token(), second.token());
    assert_ne!(second.token(), third.token());
}

/// Strings that a careless mailer would send elsewhere, or to more than one.
const HOSTILE: [&str; 34] = [
    "a@x.com,b@y.com",
    "a@x.com, b@y.com",
    "a@x.com;b@y.com",
    "a@x.com b@y.com",
    "\"a@x.com\"@y.com",
    "\"a\"@y.com",
    "<b@y.com>a@x.com",
    "Ann <ann@example.com>",
    "<ann@example.com>",
    "ann@example.com\r\nBcc: b@y.com",
    "ann@example.com\nBcc: b@y.com",
    "ann@example.com%0d%0aBcc:b@y.com",
    "ann\r\n@example.com",
    "ann@example.com\0",
    "ann@exam\0ple.com",
    "ann(comment)@example.com",
    "ann@(comment)example.com",
    "ann@example.com@evil.example",
    "ann@[127.0.0.1]",
    "ann@127.0.0.1",
    "ann@localhost",
    "ann@example.com.",
    "ann@example..com",
    "ann@-example.com",
    "аnn@example.com",
    "ａnn@example.com",
    "ann\u{212a}@example.com",
    "ann\u{131}@example.com",
    "ann\u{200b}@example.com",
    "ann＠example.com",
    "ann@example.com?x",
    "ann@example.com/x",
    "mailto:ann@example.com",
    "ann@exam\u{202e}ple.com",
];

#[tokio::test]
async fn what_is_no_plain_address_is_refused_and_nothing_is_sent() {
    let app = start().await;
    let stored = app.dump("tokens").await.len();
    for email in HOSTILE {
        let reply = app.post("/email/users", credentials(email, PASSWORD)).await;
        assert_eq!(reply.json(), body(400, "email invalid"), "{email:?}");
    }
    for email in [
        serde_json::json!(["ann@example.com"]),
        serde_json::json!(["ann@example.com", "bob@example.com"]),
        serde_json::json!({ "ann@example.com": "bob@example.com" }),
        serde_json::json!({ "0": "ann@example.com" }),
    ] {
        let request = serde_json::json!({ "email": email, "password": PASSWORD });
        app.post("/email/users", request).await.is(200, body(400, "message required"));
    }
    assert_eq!(app.outbox.messages(), []);
    assert_eq!(app.dump("tokens").await.len(), stored);
    assert_eq!(app.directory.hasher().computed(), 0);
}

#[tokio::test]
async fn a_domain_that_looks_like_another_is_not_that_one() {
    let app = start().await;
    join(&app, EMAIL).await;
    // Its e is Cyrillic.
    app.post("/email/users", credentials("ann@еxample.com", PASSWORD)).await.is(200, success());
    let mail = &app.outbox.messages()[0];
    assert_eq!(mail.to, "ann@xn--xample-2of.com");
    let path = &Mailed::of(mail).open;
    app.get(&path.replace("xn--xample-2of", "example")).await.is(200, super::not_found());
    app.get(path).await.is(200, success());
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn nothing_that_a_stranger_wrote_gets_into_a_mail() {
    let app = TestApp::new().await;
    create(&mut app.browser(), EMAIL).await.id();
    let mut eve = app.browser();
    crate::support::Door::Users.sign_in(&mut eve, EMAIL, PASSWORD).await;
    for name in ["<a href=https://evil.example>win</a>", "{{ link }}", "https://evil.example"] {
        let user = serde_json::json!({ "user": { "name": name } });
        assert_eq!(eve.patch("/users", user).await.status, 200);
        register(&app, EMAIL, PASSWORD).await;
        let mail = &mails(&app, EMAIL)[0];
        assert!(!mail.text.contains(name) && !mail.html.as_ref().unwrap().contains(name));
        assert!(!format!("{mail:?}").contains("evil"));
        app.clock.advance(60);
    }
}
