//! Floods, reports that SES did not send, and what the log and the tables hold. Contracts: all.

use std::net::IpAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt as _};
use http::Method;
use serde_json::{Value, json};
use shared::{credential::digest, directory::MailState, identifier::Email};

use super::holder::{Holder, Way, encoded, fresh_code, mailed};
use crate::{
    oauth::{COOKIE, Stage, arrives},
    support::{
        Browser, Log, PASSWORD, SignIn, TestApp, create, crowd, enrol,
        jwt::part,
        register,
        stored::{account_item, everything},
        users_error,
    },
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

/// How many requests are under way at the same time. More would make a slow machine's calls of the
/// database time out, and then it is an outage that is tested.
const UNDER_WAY: usize = 20;

/// Lets all of these run at once, and answers with what came of them.
async fn at_once<F: Future>(requests: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    stream::iter(requests).buffer_unordered(UNDER_WAY).collect().await
}

fn count(outcomes: &[SignIn], wanted: SignIn) -> usize {
    outcomes.iter().filter(|outcome| **outcome == wanted).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a90_a_flood_of_passwords_costs_no_more_hashes_than_its_address_may_try() {
    let app = TestApp::with(&[
        ("LIMIT_GUESSES_PER_ADDRESS", "6"),
        ("LIMIT_SIGN_UPS_PER_ADDRESS", "3"),
        ("LIMIT_GUESSES_PER_TENANT", "6"),
    ])
    .await;
    let holder = Holder::join(&app, "ann", 1).await;
    let flood: IpAddr = [203, 0, 113, 66].into();
    let hashes = app.directory.hasher().computed();
    // People who are there and people who are not, by each way in.
    let guesses = (0..70_usize).map(|number| {
        let way = Way::ALL[number % 6];
        let mut browser = match way {
            Way::ClientApp => holder.tenant.client_app(&app),
            _ => app.browser_at(flood),
        };
        let nobody = match way {
            Way::Phone => format!("+861370013{number:04}"),
            _ => format!("nobody{number}@example.com"),
        };
        let identifier = if number % 4 == 0 { holder.identifier(way).to_owned() } else { nobody };
        async move { (way, way.outcome(&way.ask(&mut browser, &identifier, "a wrong one").await)) }
    });
    // Meanwhile others look at a profile, and at what only a session sees.
    let url = format!("/users/{}", holder.id);
    let session = holder.browser(&app, Way::Users);
    let others = (0..20).map(async |_| {
        let profile = app.get(&url).await.status;
        let session = session.clone().patch("/users", json!({})).await;
        (profile.as_u16(), session.json()["error"]["code"].clone())
    });
    let (guesses, others) = futures::join!(at_once(guesses), at_once(others));
    assert_eq!(others, vec![(200, json!(0)); 20]);
    let of = |tenant: bool| -> Vec<SignIn> {
        let mine = guesses.iter().filter(|(way, _)| (*way == Way::ClientApp) == tenant);
        mine.map(|(_, outcome)| *outcome).collect()
    };
    for (outcomes, limit) in [(of(false), 6), (of(true), 6)] {
        assert_eq!(count(&outcomes, SignIn::Refused), limit);
        assert_eq!(count(&outcomes, SignIn::TooMany), outcomes.len() - limit);
    }
    assert_eq!(app.directory.hasher().computed() - hashes, 12);

    // Sign-ups are hashes, too.
    let hashes = app.directory.hasher().computed();
    let sign_ups = (0..30).map(async |number| {
        let mut browser = app.browser_at(flood);
        let email = format!("new{number}@example.com");
        match number % 3 {
            0 => create(&mut browser, &email).await,
            1 => enrol(&mut browser, &email).await,
            _ => register(&mut browser, &format!("new.one.{number}"), &email).await,
        }
    });
    at_once(sign_ups).await;
    let made = app.directory.hasher().computed() - hashes;
    assert!(made <= 3, "{made} hashes");
    assert!(app.audited().await <= 2 + 3);
    holder.is_live_at(&app, &Way::ALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a91_who_is_asked_for_without_end_is_throttled_alone() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let bystander = Holder::join(&app, "bob", 2).await;
    let hashes = app.directory.hasher().computed();
    // Each request comes from an address of its own, so that none of them has used up anything.
    let guesses =
        (0..300_usize).map(|number| {
            let (holder, way) = (holder.clone(), Way::ALL[number % 6]);
            let mut browser = match way {
                Way::ClientApp => holder.tenant.client_app(&app),
                _ => app.browser_at(crowd(1_000_000 + u32::try_from(number).unwrap())),
            };
            async move {
                way.outcome(&way.ask(&mut browser, holder.identifier(way), "a wrong one").await)
            }
        });
    let (guesses, others) = futures::join!(at_once(guesses), bystander.opened(&app, PASSWORD));
    assert_eq!(others, bystander.done());
    assert_eq!(count(&guesses, SignIn::Refused), 10);
    assert_eq!(count(&guesses, SignIn::TooMany), 290);
    let computed = app.directory.hasher().computed() - hashes;
    assert_eq!(computed, 10 + 7, "those of the bystander are seven");
    // What needs no password goes on, and so does who is at home.
    holder.is_live_at(&app, &Way::ALL).await;
    for way in Way::ALL {
        let expected =
            if way == Way::Phone { SignIn::Done(holder.phone_id) } else { SignIn::TooMany };
        assert_eq!(way.outcome(&holder.ask(&app, way, PASSWORD).await), expected, "{way:?}");
    }
    app.clock.advance(15 * 60);
    assert_eq!(holder.opened(&app, PASSWORD).await, holder.done());
}

#[tokio::test]
async fn a92_who_never_finishes_a_sign_up_fills_no_table() {
    let app = TestApp::with(&[
        ("LIMIT_SIGN_UPS_PER_ADDRESS", "5"),
        ("LIMIT_SMS_PER_ADDRESS", "5"),
        ("LIMIT_OAUTH_STARTS_PER_ADDRESS", "5"),
    ])
    .await;
    let mut browser = app.browser();
    let mut states = Vec::new();
    for number in 0..20 {
        let body = json!({ "email": format!("new{number}@example.com"), "password": PASSWORD });
        states.push(browser.post("/email/users", body).await.json()["state"].clone());
        let phone = format!("%2B861370013{number:04}");
        let reply = browser.get(&format!("/phone/users/code?phone={phone}")).await;
        states.push(reply.json()["state"].clone());
    }
    let done = states.iter().filter(|state| **state == json!(200)).count();
    assert_eq!(done, 10, "{states:?}");
    assert_eq!(states.iter().filter(|state| **state == json!(429)).count(), 30, "{states:?}");

    let items = everything(&app).await;
    let waiting = |kind: &str| items.keys().filter(|key| key.contains(kind)).count();
    assert_eq!((waiting("tokens pending#"), waiting("tokens code#")), (5, 5));
    assert_eq!(waiting("accounts "), 1, "the key of the codes alone: {items:?}");
    // All of it expires by itself, and within a week and a day.
    let now = app.clock.now();
    for item in app.dump("tokens").await {
        let ttl: i64 = item["ttl"].as_n().unwrap().parse().unwrap();
        assert!(ttl > now && ttl <= now + 8 * 24 * 60 * 60, "{:?}", item["pk"]);
    }
    // Nothing of it keeps anybody out, now or later.
    for number in 0..5 {
        let email = format!("new{number}@example.com");
        create(&mut app.browser(), &email).await.id();
        let phone = format!("+861370013{number:04}");
        app.clock.advance(60);
        let code = fresh_code(&app, &phone).await;
        let body = json!({ "phone": phone, "password": PASSWORD, "code": code });
        let reply = app.post("/phone/users", body).await;
        assert_eq!(reply.json()["msg"], "success", "{reply}");
    }
    assert_eq!(app.audited().await, 10);
}

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail-events";
const BOUNCE: &str = include_str!("../../../events/bounces/bounce.json");
const TEMPLATE: &str = include_str!("../../../template.yaml");

#[tokio::test]
async fn a93_a_report_that_ses_did_not_publish_marks_nobody() {
    let app = TestApp::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let good: Value = serde_json::from_str(BOUNCE).unwrap();
    let notification = good["Records"][0]["Sns"].clone();

    // There is no way to it but SNS: no route leads there, and nothing that a client posts is a report.
    let mut wrapped = notification.clone();
    wrapped["SubscribeURL"] = url.as_str().into();
    for path in
        ["/bounces", "/bounces/", "/sns", "/_local/bounces", "/email/bounces", "/email/users"]
    {
        for body in [&good, &wrapped] {
            let browser = app.browser().header("x-amz-sns-message-type", "Notification");
            let mut browser = browser.header("x-amz-sns-topic-arn", TOPIC);
            let reply = browser.post(path, body.clone()).await;
            assert!(reply.status == 404 || reply.json()["state"] == 400, "{path}: {}", reply.text);
        }
    }
    let invokers = TEMPLATE.matches("FunctionName: !Ref BouncesFunction").count();
    assert_eq!(invokers, 0, "no permission but the one that the subscription brings");

    // From another topic, or said to be: that of the event is the one that counts.
    let directory = app.directory_of("bounces");
    let mark = async |event: &Value| bounces::mark(event, TOPIC, directory).await.is_ok();
    for arn in [
        "",
        "arn:aws:sns:us-east-1:999999999999:mail-events",
        "arn:aws:sns:us-east-1:123456789012:mail-events-of-another",
        "arn:aws:sns:us-east-1:123456789012:MAIL-EVENTS",
        "arn:aws:sns:us-east-1:123456789012:mail-events ",
        "mail-events",
        "*",
    ] {
        let mut event = good.clone();
        event["Records"][0]["Sns"]["TopicArn"] = arn.into();
        event["Records"][0]["EventSubscriptionArn"] = format!("{TOPIC}:1").into();
        event["Records"][0]["Sns"]["MessageAttributes"] = json!({ "TopicArn": TOPIC });
        assert!(!mark(&event).await, "{arn}");
    }
    for record in [json!({}), json!({ "body": good.to_string() }), json!({ "Sns": good })] {
        assert!(!mark(&json!({ "Records": [record] })).await);
    }
    // An invitation to fetch something is not taken up.
    let mut invitation = good.clone();
    for (name, value) in [
        ("Type", json!("SubscriptionConfirmation")),
        ("SubscribeURL", json!(url)),
        ("SubscribeUrl", json!(url)),
        ("UnsubscribeUrl", json!(url)),
        ("SigningCertUrl", json!(url)),
        ("Message", json!("You have chosen to subscribe to the topic.")),
    ] {
        invitation["Records"][0]["Sns"][name] = value;
    }
    mark(&invitation).await;
    let invited = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
    invited.await.unwrap_err();
    let ann = Email::parse("ann@example.com").unwrap();
    assert_eq!(app.directory.mail_mark(&ann).await.unwrap(), None);
    assert!(app.dump("accounts").await.is_empty());

    assert!(mark(&good).await);
    let marked = app.directory.mail_mark(&ann).await.unwrap().unwrap();
    assert_eq!(marked.state, MailState::Bounced);
}

#[tokio::test]
async fn a94_a_text_that_looks_like_an_expression_is_a_text() {
    let app = TestApp::new().await;
    let bystander = Holder::join(&app, "bob", 1).await;
    let before = account_item(&app, bystander.id).await;
    for (number, text) in [
        "#pk",
        ":epoch",
        "#password = :new",
        "attribute_not_exists(#pk)",
        ", #status = :status",
        "x REMOVE #password",
        "SET epoch = epoch + 1",
        "') OR (1=1",
        "${jndi:ldap://evil}",
        "{\"S\":\"x\"}",
        "account#1",
        "NULL",
    ]
    .into_iter()
    .enumerate()
    {
        let password = format!("{text} {text} é");
        let email = format!("person{number}@example.com");
        let user = json!({ "name": text, "email": email, "password": password,
            "password_confirm": password, text: text, "#pk": "account#1", ":new": "x" });
        let reply = app.post("/users", json!({ "user": user })).await;
        // One that holds the account's own name is too easy, wherever else it could lead.
        let password = if reply.json()["error"]["code"] == 2 {
            let user = json!({ "name": text, "email": email, "password": NEW_PASSWORD,
                "password_confirm": NEW_PASSWORD, text: text });
            assert_eq!(app.post("/users", json!({ "user": user })).await.status, 200, "{text}");
            NEW_PASSWORD.to_owned()
        } else {
            assert_eq!(reply.status, 200, "{reply}");
            password
        };
        let id = app.account(&email).await.id.number();
        let url = format!("/users/{id}");
        assert_eq!(app.get(&url).await.json()["user"]["name"], text);
        let mut users = app.browser();
        assert_eq!(
            Way::Users.outcome(&Way::Users.ask(&mut users, &email, password).await),
            SignIn::Done(id)
        );
        let renamed = format!("{text}!");
        let body = json!({ "user": { "name": renamed, "#name": "x", ":name": "y" } });
        assert_eq!(users.patch("/users", body).await.json()["user"]["name"], renamed.as_str());
        let wrong = Way::Users.ask(&mut app.browser(), &email, text).await;
        assert_eq!(Way::Users.outcome(&wrong), SignIn::Refused);
        // As an identifier or a secret it is nobody's.
        for way in Way::ALL {
            let reply = way.ask(&mut bystander.stranger(&app, way), text, text).await;
            assert_eq!(way.outcome(&reply), SignIn::Refused, "{way:?} {text}");
        }
        let mut planted =
            app.browser().header("cookie", &format!("_session={}; token={0}", encoded(text)));
        let reply = planted.patch("/users", json!({})).await;
        reply.is(400, users_error("PATCH", "/users", 2, "You have not sign in yet."));
    }
    assert_eq!(account_item(&app, bystander.id).await, before);
    bystander.is_live_at(&app, &Way::ALL).await;
    assert_eq!(app.audited().await, 2 + 12);
}

#[tokio::test]
async fn a95_what_a_client_says_makes_no_line_of_the_log() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let log = Log::begin_as_on_lambda();
    let mut asked = 0;
    for text in [
        "x\r\n{\"level\":\"ERROR\",\"outcome\":\"forged-canary\"}",
        "forged-canary\n\nlevel=ERROR",
        "\u{1b}[2J\u{1b}[31mforged-canary\u{7}",
        "${jndi:ldap://forged-canary/x}",
        "\",\"outcome\":\"forged-canary\",\"x\":\"",
        "forged-canary\u{2028}\u{2029}\u{85}",
        "forged-canary\0%0d%0a%n%s%x",
    ] {
        for way in Way::ALL {
            let mut browser = holder.stranger(&app, way);
            way.ask(&mut browser, text, text).await;
            asked += 1;
        }
        let user =
            json!({ "name": text, "email": text, "password": text, "password_confirm": text });
        app.post("/users", json!({ "user": user })).await;
        let body = json!({ "username": text, "email": "x@example.com", "password": PASSWORD });
        app.post("/api/v1/user/register/", body).await;
        let segment = encoded(text);
        app.get(&format!("/users/{segment}?{segment}={segment}")).await;
        app.get(&format!("/email/users/active/{segment}/{segment}")).await;
        let method = Method::from_bytes(b"FORGED-CANARY").unwrap();
        let printable = text.replace(|c: char| c.is_control() || !c.is_ascii(), "");
        let mut browser = app
            .browser()
            .header("user-agent", &printable)
            .header("x-request-id", &printable)
            .header("x-amzn-trace-id", &printable)
            .header("traceparent", &printable)
            .header("x-forwarded-for", &printable)
            .header("accept-language", &printable)
            .header("referer", &printable)
            .cookie("_session", &encoded(&printable));
        browser.send(method, "/users/sign_in", Some("application/json"), "{}").await;
        browser.patch("/users", json!({})).await;
        asked += 6;
    }
    let text = log.end();
    let mut told = 0;
    for line in text.lines() {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let fields = line["fields"].as_object().unwrap();
        told += usize::from(fields.contains_key("outcome") && fields.contains_key("contract"));
        assert!(
            line.get("level").is_some_and(|level| level == "INFO" || level == "WARN"),
            "{line}"
        );
    }
    assert_eq!(told, asked, "a line for each request");
    let lower = text.to_lowercase();
    for canary in ["forged-canary", "jndi", "\u{1b}", "\\u001b", "\u{2028}"] {
        assert!(!lower.contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn a96_the_tables_hold_no_password_code_token_key_or_secret() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let mut holder = Holder::join(app, "ann", 1).await;
    let mut secrets =
        vec![PASSWORD.to_owned(), NEW_PASSWORD.to_owned(), "a-wrong-Pa55word".to_owned()];
    let mut dumped = Vec::new();
    let credentials = holder.credentials.clone();
    holder.opened(app, "a-wrong-Pa55word").await;
    // What is under way: a registration, a code, a visit, an identity that waits.
    let ask = json!({ "email": "new@example.com", "password": NEW_PASSWORD });
    app.post("/email/users", ask).await;
    secrets.push(mailed(app, "new@example.com").rsplit_once('/').unwrap().1.to_owned());
    app.clock.advance(60);
    secrets.push(fresh_code(app, "+8613700137000").await);
    let (sent, _) = stage.sent().await;
    let (mut arrived, back) = stage.back("ann").await;
    arrives(&arrived.get(&back).await);
    secrets.extend(
        [&sent, &arrived].map(|browser: &Browser| browser.kept(COOKIE).unwrap().to_owned()),
    );
    dumped.push(everything(app).await);
    for way in Way::ALL {
        let token = holder.credential(way);
        // Of each there is the digest, and neither the token nor its secret part.
        let token = match way {
            Way::ClientApp => {
                secrets.push(token.rsplit_once('.').unwrap().1.to_owned());
                part(token, 1)["jti"].as_str().unwrap().to_owned()
            }
            _ => token.to_owned(),
        };
        let of_it = digest(&token);
        assert!(dumped[0].keys().any(|key| key.ends_with(&format!("#{of_it} "))), "{way:?}");
        secrets.push(token[16..].to_owned());
    }
    secrets.extend(credentials);
    secrets.extend([holder.tenant.secret.clone(), holder.tenant.header()]);
    // After a change of the password, and at the end.
    let change = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD,
        "new_password_confirm": NEW_PASSWORD });
    let mut users = holder.browser(app, Way::Users);
    assert_eq!(users.patch("/users/password", json!({ "user": change })).await.status, 200);
    holder.password = NEW_PASSWORD.to_owned();
    holder.sign_in_but_by_phone(app).await;
    let ways = &Way::ALL[..6];
    secrets.extend(ways.iter().map(|way| holder.credential(*way).to_owned()));
    dumped.push(everything(app).await);
    for items in &dumped {
        for (key, item) in items {
            for secret in &secrets {
                // Six digits are in many a number: a code is one as a whole alone.
                let is_there = if secret.len() == 6 {
                    item.contains(&format!("\"{secret}\\\""))
                        || item.contains(&format!("(\"{secret}\")"))
                } else {
                    item.contains(secret.as_str()) || key.contains(secret.as_str())
                };
                assert!(!is_there, "{key} holds {secret}");
            }
        }
    }
    // Passwords are hashed by the book, each with a salt of its own.
    let mut hashes = Vec::new();
    for table in ["accounts", "tokens"] {
        for item in app.dump(table).await {
            if let Some(AttributeValue::S(hash)) = item.get("password") {
                assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
                hashes.push(hash.clone());
            }
        }
    }
    assert_eq!(hashes.len(), 3, "two accounts and a registration");
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 3);
}
