//! Parameters that are there twice, and spellings of paths and queries that mean something else, or
//! nothing. Contracts: all.

use http::Method;
use serde_json::json;

use super::{
    endpoints::with_a_body,
    events::{answer, sign_in},
    holder::{Holder, Way, encoded, fresh_code, mailed},
};
use crate::{
    oauth::{Stage, arrives, instead, is_refused, parameter},
    support::{
        PASSWORD, Reply, SignIn, TestApp,
        stored::{everything, unchanged},
    },
};

const NEW_PASSWORD: &str = "7Zq!vB3@mLr";

#[tokio::test]
async fn a83_a_parameter_that_is_there_twice_or_says_two_things_is_none() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let holder = Holder::join(app, "ann", 1).await;
    let other = Holder::join(app, "bob", 2).await;
    app.clock.advance(60);
    let missing = |state: u16| (200, json!({ "state": state, "msg": "message required" }));
    let before = everything(app).await;
    let sent = app.outbox.messages().len();
    for way in [Way::Email, Way::Phone] {
        let name = if way == Way::Email { "email" } else { "phone" };
        let (one, another) = (holder.named(way), other.named(way));
        let value = one.split_once('=').unwrap().1;
        let (first, rest) = name.split_at(1);
        let escaped = format!("%{:02X}{rest}={value}", first.as_bytes()[0]);
        let strange = [
            format!("{one}&{one}"),
            format!("{one}&{another}"),
            format!("{another}&{one}"),
            format!("{one}&{escaped}"),
            format!("{one}&{name}="),
            format!("{one}&{name}"),
            format!("{name}[]={value}"),
            format!("{name}[0]={value}"),
            format!("{}={value}", name.to_uppercase()),
            format!("{name}%00={value}"),
            format!("{one}%ff"),
            format!("{one}%2"),
            format!("{one}%zz"),
            format!("x;{one}"),
        ];
        let password = format!("password={}", encoded(PASSWORD));
        for query in &strange {
            let path = format!("{}?{query}&{password}", way.path());
            let reply = app.get(&path).await;
            let found = (reply.status.as_u16(), reply.json());
            assert_eq!(found, missing(400), "{path}");
            assert_eq!(reply.cookies(), []);
            let mut session = holder.browser(app, way);
            let path = format!("{}?{query}", way.path());
            let reply = session.send(Method::DELETE, &path, None, "").await;
            assert_eq!((reply.status.as_u16(), reply.json()), missing(400), "{path}");
            if way == Way::Phone {
                let reply = app.get(&format!("/phone/users/code?{query}")).await;
                assert_eq!((reply.status.as_u16(), reply.json()), missing(404), "{query}");
            }
        }
        let twice = format!("{}?{one}&{password}&{password}", way.path());
        assert_eq!(app.get(&twice).await.json(), missing(400).1);
        // Query and body.
        let identifier = other.identifier(way);
        for body in [
            json!({ name: identifier }),
            json!({ name: [identifier] }),
            json!({ name: null }),
            json!({ name: "" }),
            json!({ name: 1 }),
        ] {
            let mut session = holder.browser(app, way);
            let reply = session.delete(&format!("{}?{one}", way.path()), body).await;
            assert_eq!((reply.status.as_u16(), reply.json()), missing(400));
        }
        // What a GET says is in its query, what a POST says in its body.
        let said = way.credentials(holder.identifier(way), PASSWORD);
        let reply = app.browser().send_json(Method::GET, way.path(), said).await;
        assert_eq!((reply.status.as_u16(), reply.json()), missing(400));
        let path = format!("{}?{one}&{password}", way.path());
        let reply = app.post(&path, json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.json()), missing(400));
    }
    unchanged(&before, &everything(app).await);
    assert_eq!(app.outbox.messages().len(), sent);
    holder.is_live_at(app, &Way::ALL).await;

    // At the provider's way back.
    let (browser, back) = stage.back("ann").await;
    for name in ["state", "code"] {
        let value = parameter(&back, name);
        for pair in [
            format!("{name}={value}&{name}={value}"),
            format!("{name}={value}&{name}=other"),
            format!("{name}[]={value}"),
            String::new(),
        ] {
            is_refused(&browser.clone().get(&instead(&back, name, &pair)).await);
        }
    }
    let (mut browser, back) = stage.back("ann").await;
    arrives(&browser.get(&back).await);
    // Fields of a body.
    for endpoint in with_a_body(&holder) {
        let body = endpoint.body.as_ref().unwrap();
        let inner = body.get("user").unwrap_or(body).as_object().unwrap();
        for (name, value) in inner {
            let text = body.to_string();
            let pair = format!("\"{name}\":{value}");
            let twice = text.replacen(&pair, &format!("{pair},{pair}"), 1);
            assert_ne!(twice, text);
            let mut browser = endpoint.browser(app, &holder);
            let method = endpoint.method.clone();
            let reply = browser.send(method, &endpoint.path, None, twice).await;
            let told = &reply.text;
            let bad = [
                "lack of",
                "invalid parameters",
                "Bad parameter",
                " empty",
                "message required",
                "wrong code",
            ];
            assert!(bad.iter().any(|bad| told.contains(bad)), "{} {name}: {told}", endpoint.path);
        }
    }
    holder.is_live_at(app, &Way::ALL).await;
}

#[tokio::test]
async fn a84_no_spelling_of_a_path_is_another_account_or_route() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    let ask = json!({ "email": "a+b@example.com", "password": PASSWORD });
    app.post("/email/users", ask).await.is(200, json!({ "state": 200, "msg": "success" }));
    let link = mailed(&app, "a+b@example.com");
    let token = link.rsplit_once('/').unwrap().1;
    let before = everything(&app).await;
    for email in [
        "a%20b@example.com",
        "a%252Bb@example.com",
        "a%2Bb@example.com%00",
        "a%2Bb@example.com%0d%0a",
        "a%2Bb@example.com%0d%0aBcc:x@example.com",
        "a%2Bb%5c@example.com",
        "x%2Fa%2Bb@example.com",
        "a%2Bb@example.com;x",
        "a%2Bb%C0%80@example.com",
        "a%C0%ABb@example.com",
        "a%ef%bc%8bb@example.com",
        "%61%2Bb@evil.example%40example.com",
        "..%2Fa%2Bb@example.com",
        "b@example.com",
    ] {
        let path = format!("/email/users/active/{email}/{token}");
        let reply = app.get(&path).await;
        let told = reply.json();
        assert!(told["state"] == 404 || told["state"] == 400, "{path}: {reply}");
        assert_eq!(app.post(&path, json!({})).await.json()["state"], told["state"], "{path}");
    }
    unchanged(&before, &everything(&app).await);

    // A path of each function, as the gateway would hand it over.
    let hashes = app.directory.hasher().computed();
    for way in Way::ALL.into_iter().filter(|way| *way != Way::ClientApp) {
        let path = way.path().trim_end_matches('/');
        let (parent, last) = path.rsplit_once('/').unwrap();
        let (first, rest) = last.split_at(1);
        for raw in [
            format!("{parent}/../{}/{last}", parent.rsplit('/').next().unwrap()),
            format!("/x/..{path}"),
            format!("{parent}/./{last}"),
            format!("{parent}/%2e/{last}"),
            format!("{parent}/%{:02x}{rest}", first.as_bytes()[0]),
            format!("{parent}\\{last}"),
            format!("{parent}%2F{last}"),
            format!("{path}?x=1"),
            format!("{path}#x"),
            format!("{path};x"),
            format!("{path}.json"),
            format!("{path}%00"),
            format!("{path}\0"),
            format!("{path}\r\n"),
            format!("{path} "),
            format!("{path}/x"),
            path.to_uppercase(),
            format!("{parent}/{last}\u{2028}"),
            String::new(),
            "/".to_owned(),
            format!("{parent}/{}", "é".repeat(70_000)),
        ] {
            let mut event = sign_in(way, holder.identifier(way), PASSWORD);
            event["rawPath"] = raw.as_str().into();
            event["requestContext"]["http"]["path"] = raw.as_str().into();
            let (status, body) = answer(&app, way, event).await;
            assert!([404, 405].contains(&status), "{raw:.60}: {status} {body:.200}");
            if way == Way::Users && raw.len() < 1000 {
                let slash = if raw.starts_with('/') { "" } else { "/" };
                assert_eq!(body["url"], format!("{slash}{raw}"), "the path as it came");
            }
        }
        for raw in [path.to_owned(), format!("{path}/"), path.replace('/', "//")] {
            let mut event = sign_in(way, holder.identifier(way), NEW_PASSWORD);
            event["rawPath"] = raw.as_str().into();
            let (status, body) = answer(&app, way, event).await;
            assert!(![404, 405].contains(&status) || body["state"] == 404, "{raw}: {body}");
        }
    }
    // The last ones alone were asked about a password.
    assert_eq!(app.directory.hasher().computed(), hashes + 6 * 3);

    // The address to the letter, in each spelling of the path.
    for email in ["a+b@example.com", "A%2BB%40example.com", "a%2bb@EXAMPLE.com"] {
        let reply = app.get(&format!("/email//users/active/{email}/{token}/")).await;
        reply.is(200, json!({ "state": 200, "msg": "success" }));
    }
    assert_eq!(app.account("a+b@example.com").await.email.unwrap().as_str(), "a+b@example.com");
    fresh_code(&app, "+8613700137000").await;
    assert_eq!(app.audited().await, 3);
}

#[tokio::test]
async fn a85_a_query_is_decoded_once_and_a_bare_plus_is_a_space() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let holder = Holder::join(&app, "a", 1).await;
    let plus = "a+b@example.com";
    app.register("a.plus.b", PASSWORD, plus).await;
    let id = app.account(plus).await.id.number();
    let password = "p+w d%41";
    for id in [id, holder.phone_id] {
        app.import_password(plus, password).await;
        let hash = app.recorded(app.account(plus).await.id.number(), "password").await.unwrap();
        app.record(id, "password", &hash).await;
    }
    let good = "p%2Bw+d%2541";
    let by_email = async |email: &str, password: &str| {
        app.get(&format!("/email/token?email={email}&password={password}")).await
    };
    let by_phone = async |phone: &str, password: &str| {
        app.get(&format!("/phone/token?phone={phone}&password={password}")).await
    };
    let done = |reply: &Reply, way: Way, id: u64, case: &str| {
        assert_eq!(way.outcome(reply), SignIn::Done(id), "{case}");
    };
    let phone = encoded(&holder.phone);
    let national = holder.phone.strip_prefix("+86").unwrap();
    for email in ["a%2Bb@example.com", "a%2Bb%40example.com", "A%2BB%40EXAMPLE.com"] {
        done(&by_email(email, good).await, Way::Email, id, email);
    }
    for phone in [phone.as_str(), national, &format!("%2B86{national}")] {
        done(&by_phone(phone, good).await, Way::Phone, holder.phone_id, phone);
    }
    // A space for a plus, or what is decoded twice, is somebody else, or nobody.
    let not_exists = |name: &str| json!({ "state": 404, "msg": format!("{name} not exists") });
    for email in [
        plus,
        "a%20b@example.com",
        "%20a%2Bb@example.com",
        "a%2Bb@example.com+",
        "a%252Bb@example.com",
        "a%2Bb@example.com%00",
    ] {
        by_email(email, good).await.is(200, not_exists("email"));
    }
    for phone in [&holder.phone, &format!("+{national}"), &format!("{national}%20"), "%252B86"] {
        by_phone(phone, good).await.is(200, not_exists("phone"));
    }
    let wrong = json!({ "state": 404, "msg": "wrong password" });
    for bad in ["p+w+d%2541", "p%2Bw%20d%41", "%20p%2Bw+d%2541", "p%2Bw+d%2541+", "p%252Bw+d%2541"]
    {
        by_email("a%2Bb@example.com", bad).await.is(200, wrong.clone());
        by_phone(&phone, bad).await.is(200, wrong.clone());
    }
    // A body says the same as it stands.
    for (way, identifier, id) in
        [(Way::Email, plus, id), (Way::Phone, &holder.phone, holder.phone_id)]
    {
        let reply = way.ask(&mut app.browser(), identifier, password).await;
        done(&reply, way, id, identifier);
        let reply = way.ask(&mut app.browser(), identifier, good).await;
        reply.is(200, wrong.clone());
    }
}
