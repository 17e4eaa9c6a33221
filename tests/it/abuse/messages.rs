//! What mails, text messages and redirects can be made to do.

use futures::future::join_all;
use serde_json::json;

use super::{
    activation::leads_nowhere,
    scene::{DAY, EMAIL, MINUTE, OTHER, Outcome, PHONE, Scene, Way, change_password},
};
use crate::{
    email::{self, Mailed},
    oauth, phone,
    support::{PASSWORD, PUBLIC_URL, SignUp, TestApp, cookie_error, create, users_error},
};

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
async fn a35_what_is_no_plain_address_is_refused_and_nothing_is_sent() {
    let scene = Scene::unguarded().await;
    create(&mut scene.browser(), "eve@example.com").await.id();
    let eve = scene.sign_in(Way::Users, "eve@example.com").await;
    let (stored, hashes) = (scene.dump("tokens").await.len(), scene.hashes());
    for email in HOSTILE {
        let reply = scene.post("/email/users", email::credentials(email, PASSWORD)).await;
        reply.is(200, email::body(400, "email invalid"));
        for way in Way::SIGN_UPS {
            assert_eq!(scene.sign_up(way, email).await, SignUp::Invalid, "{way:?} {email:?}");
        }
        let change = json!({ "user": { "email": email } });
        let reply = eve.browser(&scene).patch("/users", change).await;
        reply.is(400, users_error("PATCH", "/users", 0, "Bad parameter."));
    }
    for email in [
        json!(["ann@example.com"]),
        json!(["ann@example.com", "bob@example.com"]),
        json!({ "ann@example.com": "bob@example.com" }),
        json!({ "0": "ann@example.com" }),
    ] {
        let request = json!({ "email": email, "password": PASSWORD });
        scene.post("/email/users", request).await.is(200, email::body(400, "message required"));
        let request = json!({ "username": "somebody.1", "email": email, "password": PASSWORD });
        let reply = scene.post("/api/v1/user/register/", request).await;
        reply.is(200, cookie_error(103, "invalid parameters"));
        let user = json!({
            "name": "Ann", "email": email, "password": PASSWORD, "password_confirm": PASSWORD,
        });
        let reply = scene.post("/users", json!({ "user": user })).await;
        reply.is(400, users_error("POST", "/users", 0, "Bad parameter."));
        for way in [Way::Web, Way::ClientApp] {
            let request = json!({ "username": email, "password": PASSWORD });
            let reply = scene.visitor(way).post("/api/user/signup", request).await;
            reply.is(400, json!({ "message": "username empty" }));
        }
    }
    assert_eq!(scene.outbox.messages(), []);
    assert_eq!((scene.dump("tokens").await.len(), scene.hashes()), (stored, hashes));
    assert_eq!(scene.audited().await, 1);
}

#[tokio::test]
async fn a36_nothing_that_a_stranger_wrote_gets_into_a_mail() {
    let scene = Scene::unguarded().await;
    create(&mut scene.browser(), EMAIL).await.id();
    let mut eve = scene.sign_in(Way::Users, EMAIL).await.browser(&scene);
    for name in [
        "<a href=https://evil.example>win</a>",
        "{{ link }} {% evil %}",
        "https://evil.example",
        "evil\u{202e}moc.elpmaxe",
        "${evil}",
    ] {
        // No username has any of it, and a name is a name.
        let body = json!({ "username": name, "password": PASSWORD, "email": "x@example.com" });
        let reply = scene.post("/api/v1/user/register/", body).await;
        reply.is(200, cookie_error(103, "invalid parameters"));
        let user = json!({ "user": { "name": name } });
        assert_eq!(eve.patch("/users", user).await.status, 200, "{name}");
        // Each mail that there is: to take over, of a change of the address, and of the password.
        scene.outbox.clear();
        email::register(scene.app(), EMAIL, "evil-Pa55word").await;
        for email in ["evil@example.com", EMAIL] {
            let user = json!({ "user": { "email": email, "name": name } });
            assert_eq!(eve.patch("/users", user).await.status, 200);
        }
        for (old, new) in [(PASSWORD, OTHER), (OTHER, PASSWORD)] {
            let reply = change_password(Way::Users, &mut eve, old, new).await;
            assert_eq!(reply.status, 200, "{reply}");
        }
        let mut agent = scene.browser().header("user-agent", "<b>evil</b>");
        let bind = email::credentials("new@example.com", "evil-Pa55word");
        agent.post("/email/users", bind).await.is(200, email::success());
        let messages = scene.outbox.messages();
        assert_eq!(messages.len(), 6);
        for mail in messages {
            let parts = [&mail.text, mail.html.as_ref().unwrap(), mail.subject.as_ref().unwrap()];
            for part in parts {
                assert!(!part.contains("evil") && !part.contains("{{"), "{part}");
            }
            let begins = format!("{}/email/users/", PUBLIC_URL);
            assert!(mail.links.iter().all(|link| link.starts_with(&begins)), "{:?}", mail.links);
        }
        scene.clock.advance(DAY);
    }
    let long = json!({ "user": { "name": "x".repeat(65) } });
    eve.patch("/users", long).await.is(400, users_error("PATCH", "/users", 0, "Bad parameter."));
}

#[tokio::test]
async fn a37_links_begin_with_the_public_url_whatever_the_request_says() {
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-host", "evil.example"),
        ("forwarded", "for=1.2.3.4;host=evil.example;proto=http"),
        ("referer", "https://evil.example/"),
    ] {
        let scene = Scene::unguarded().await;
        create(&mut scene.browser(), EMAIL).await.id();
        for email in [EMAIL, "new@example.com"] {
            let mut browser = scene.browser().header(name, value);
            let reply = browser.post("/email/users", email::credentials(email, PASSWORD)).await;
            reply.is(200, email::success());
            let mail = &email::mails(scene.app(), email)[0];
            // Asserts what the links begin with.
            let mailed = Mailed::of(mail);
            assert!(!mail.text.contains("evil") && !mail.html.as_ref().unwrap().contains("evil"));
            let page = email::person(scene.app()).header(name, value).get(&mailed.open).await;
            assert!(page.status == 200 && !page.text.contains("evil"), "{}", page.text);
        }
    }
    let public = [("PUBLIC_URL", "https://users.example.org/base/")];
    let scene = Scene::unguarded_with(&public).await;
    scene.post("/email/users", email::credentials(EMAIL, PASSWORD)).await.is(200, email::success());
    let [mail] = scene.outbox.messages().try_into().unwrap();
    for link in &mail.links {
        assert!(link.starts_with("https://users.example.org/base/email/users/"), "{link}");
    }
}

#[tokio::test]
async fn a38_nothing_in_a_request_says_where_a_browser_is_sent() {
    let app_url = "https://app.example";
    let stage = oauth::Stage::with(&[("OAUTH_APP_URL", app_url)]).await;
    let names = [
        "return_to",
        "redirect_uri",
        "redirect",
        "next",
        "url",
        "RelayState",
        "post_logout_redirect_uri",
    ];
    for evil in [
        "https://evil.example",
        "//evil.example",
        "https:evil.example",
        "/\\evil.example",
        "javascript:evil()",
    ] {
        let query = names.map(|name| format!("{name}={}", email::encoded(evil))).join("&");
        // To the provider, and back.
        let mut browser = stage.app.browser().header("referer", evil).header("origin", evil);
        let url = oauth::location(&browser.get(&format!("{}?{query}", oauth::START)).await);
        assert!(url.starts_with(&format!("{}/authorize?", stage.host.issuer())), "{url}");
        let callback = "https%3A%2F%2Fapi.test%2Foauth%2Flocal%2Fcallback";
        assert_eq!(oauth::parameter(&url, "redirect_uri"), callback);
        assert!(!url.contains("evil"), "{url}");
        let back = stage.host.sign_in(&url, "ann").await;
        let reply = browser.get(&format!("{back}&{query}")).await;
        assert_eq!(oauth::location(&reply), app_url);
        assert!(!reply.header("set-cookie").unwrap().contains("evil"));
        // A link's page stays, and so does everything else.
        stage.app.clock.advance(DAY);
        let mailed = email::register(&stage.app, EMAIL, PASSWORD).await;
        for path in [&mailed.open, &mailed.not_me] {
            let page = email::person(&stage.app).get(&format!("{path}?{query}")).await;
            assert_eq!((page.status.as_u16(), page.header("location")), (200, None));
            assert!(!page.text.contains("evil"), "{}", page.text);
        }
    }
    for header in
        ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "origin", "referer"]
    {
        let value = if header == "forwarded" { "host=evil.example" } else { "evil.example" };
        let mut browser = stage.app.browser().header(header, value);
        let url = oauth::location(&browser.get(oauth::START).await);
        assert!(!url.contains("evil"), "{url}");
        let back = stage.host.sign_in(&url, "ann").await;
        assert_eq!(oauth::location(&browser.get(&back).await), app_url, "{header}");
    }
}

#[tokio::test]
async fn a39_text_messages_cannot_be_pumped() {
    let settings = [("LIMIT_SMS_PER_ADDRESS", "8"), ("LIMIT_SMS_PER_DAY", "20")];
    let app = TestApp::with(&settings).await;
    // What costs extra, and what is abroad, is sent nothing and uses nothing up.
    for phone in [
        "+12015550123",
        "+447400123456",
        "+881612345678",
        "+882161234567",
        "+979123456789",
        "+864001234567",
        "+868001234567",
        "+861065529988",
    ] {
        let reply = phone::ask(&mut app.browser(), phone).await;
        let message = reply.json()["msg"].as_str().unwrap().to_owned();
        assert!(["phone invalid", "phone not supported"].contains(&message.as_str()), "{reply}");
        phone::says(&reply, 404, &message, phone);
    }
    assert!(app.dump("tokens").await.is_empty() && app.outbox.messages().is_empty());
    // Five addresses, fifty numbers, two spellings, and headers that say to be elsewhere.
    let mut browsers: Vec<_> = (0..5).map(|_| app.browser()).collect();
    let mut sent = [0; 5];
    for round in 0..3_u32 {
        for (place, browser) in (0..).zip(&mut browsers) {
            for target in 0..10 {
                let phone = phone::number((target * 5 + place + round) % 50);
                let phone = if round % 2 == 0 { phone } else { phone.replace("+86", "0086") };
                let alias = format!("198.51.100.{target}");
                let mut asking = browser.clone().header("x-forwarded-for", &alias);
                let reply = phone::ask(&mut asking, &phone).await;
                match reply.json()["state"].as_u64() {
                    Some(200) => sent[place as usize] += 1,
                    Some(402) => phone::says(&reply, 402, "send too frequently", &phone),
                    _ => drop(phone::too_many(&reply, &phone)),
                }
            }
        }
        app.clock.advance(MINUTE);
    }
    assert_eq!(app.outbox.messages().len(), 20);
    assert!(sent.iter().sum::<u32>() == 20 && sent.iter().all(|count| *count <= 8), "{sent:?}");
    for place in 0..50 {
        assert!(phone::texts_to(&app, &phone::number(place)).len() <= 1);
    }
    assert_eq!(app.audited().await, 0);
}

#[tokio::test]
async fn a40_of_fifty_requests_for_a_code_at_once_one_sends_a_message() {
    let app = TestApp::new().await;
    let spellings = [PHONE, "13800138000", "008613800138000", "+86-138-0013-8000"];
    let asked = (0..50).map(async |number: usize| {
        phone::ask(&mut app.browser(), spellings[number % spellings.len()]).await
    });
    let replies = phone::at_once(asked).await;
    let (sent, refused): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.json()["state"] == 200);
    assert_eq!((sent.len(), refused.len()), (1, 49));
    phone::says(sent[0], 200, "success", "sent");
    for reply in refused {
        phone::says(reply, 402, "send too frequently", "refused");
    }
    let messages = app.outbox.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(phone::counted(&app, "sms_day", "everybody").await, 1);
    let code = messages[0].code.as_deref().unwrap();
    phone::id_of(&phone::register(&mut app.browser(), PHONE, code).await, PHONE);
}

#[tokio::test]
async fn a41_a_code_is_good_for_its_number_and_its_purpose_alone() {
    let scene = Scene::unguarded().await;
    let number = "+8613900139000";
    let (one, other) =
        (phone::fresh_code(scene.app(), PHONE).await, phone::fresh_code(scene.app(), number).await);
    // Once in a million times they are the same one.
    if one != other {
        let reply = phone::register(&mut scene.browser(), number, &one).await;
        phone::says(&reply, 404, "wrong code", "of another");
    }
    let third = phone::number(1);
    let reply = phone::register(&mut scene.browser(), &third, &one).await;
    phone::says(&reply, 404, "wrong code", "asked for none");
    for (phone, code) in [(number, &other), (PHONE, &one)] {
        phone::id_of(&phone::register(&mut scene.browser(), phone, code).await, phone);
    }
    // A code signs nobody in, changes nothing, and is no token.
    scene.clock.advance(MINUTE);
    let code = phone::fresh_code(scene.app(), PHONE).await;
    for way in Way::BY_PHONE {
        let outcome = scene.try_sign_in(way, PHONE, &code).await;
        assert_eq!(outcome, Outcome::Refused, "{way:?}");
        let path = format!("/phone/token?phone=%2B8613800138000&code={code}&password=x");
        assert_eq!(scene.get(&path).await.json()["msg"], "wrong password");
        let body = json!({ "phone": PHONE, "code": code });
        let reply = scene.post(phone::TOKEN, body).await;
        phone::says(&reply, 400, "message required", "without a password");
    }
    // Nor is a link's token a code, or the other way round.
    let mailed = email::register(scene.app(), EMAIL, PASSWORD).await;
    leads_nowhere(&scene, EMAIL, &code).await;
    let reply = phone::register(&mut scene.browser(), &third, mailed.token()).await;
    phone::says(&reply, 404, "wrong code", "a link's token");
    assert_eq!(scene.audited().await, 2);
}

#[tokio::test]
async fn a42_a_thousand_sign_ups_with_a_victims_address_are_5_mails_a_day() {
    for replies in ["documented", "uniform"] {
        let scene = Scene::with(&[("REPLIES", replies)]).await;
        // Only the contract that proves addresses writes to them.
        for way in Way::SIGN_UPS {
            scene.sign_up(way, EMAIL).await;
            scene.sign_up(way, EMAIL).await;
        }
        assert_eq!(scene.outbox.messages(), []);
        let ask = async || {
            let body = email::credentials(EMAIL, PASSWORD);
            scene.post("/email/users", body).await
        };
        let (hashes, mut sent) = (scene.hashes(), 0);
        for _ in 0..100 {
            for reply in join_all((0..10).map(async |_| ask().await)).await {
                if reply.json() == email::success() {
                    sent += 1;
                } else {
                    reply.is(200, email::body(402, "send too frequently"));
                }
            }
            scene.clock.advance(61);
        }
        let mails = email::mails(scene.app(), EMAIL).len();
        assert_eq!((sent, mails, scene.hashes_since(hashes)), (5, 5, 5), "{replies}");
        assert_eq!(scene.stored("pending#").await, 5);
        scene.clock.advance(DAY - 100 * 61);
        ask().await.is(200, email::success());
        assert_eq!(scene.audited().await, 1);
    }
}
