//! What is mailed, as its reader sees it.

use local::Kind;

use super::{EMAIL, Mailed, credentials, join, mails, register, start, success};
use crate::support::{PASSWORD, PUBLIC_URL};

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
