//! Methods that are none of an endpoint's, events that nobody should send, and bodies that are too
//! large. Contracts: all.

use std::{fs, path::Path};

use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};

use super::{
    endpoints::{Endpoint, endpoints, with_a_body},
    events::{answer, sign_in},
    holder::{Holder, TENANT_HEADER, Way},
};
use crate::support::{
    MAX_BODY, PASSWORD, SignIn, TestApp, padded,
    stored::{everything, stored, unchanged},
    users_error,
};

#[tokio::test]
async fn a86_a_method_is_the_one_that_was_sent_and_no_other_does_anything() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = everything(&app).await;
    let hashes = app.directory.hasher().computed();
    let sent = app.outbox.messages().len();
    let all = endpoints(&holder);
    for endpoint in &all {
        let path = endpoint.path.as_str();
        let bare = |path: &str| path.split('?').next().unwrap().trim_end_matches('/').to_owned();
        let taken: Vec<&Method> = all
            .iter()
            .filter(|other| bare(&other.path) == bare(path))
            .map(|other| &other.method)
            .collect();
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "BREW"]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            // A link is there to be looked at.
            let is_read = method == Method::GET || method == Method::HEAD;
            let is_link = path.contains("/active/") || path.contains("/cancel/");
            if taken.contains(&&method) || (is_read && is_link) {
                continue;
            }
            let mut browser = endpoint.browser(&app, &holder);
            let body = endpoint.body.clone().unwrap_or_else(|| json!({})).to_string();
            let json = Some("application/json");
            let reply = browser.send(method.clone(), path, json, body).await;
            assert_eq!((reply.status.as_u16(), reply.cookies()), (405, vec![]), "{method} {path}");
            let allow = reply.header("allow").unwrap();
            assert!(allow.split(',').any(|it| it == endpoint.method.as_str()), "{path}: {allow}");
            if method != Method::HEAD {
                endpoint.contract.faults(&reply, 405, &method, path);
            }
        }
    }
    // A method in a header, a query or a body is no method.
    let id = holder.id;
    let session = holder.browser(&app, Way::Users);
    for browser in [
        session.clone().header("x-http-method-override", "DELETE"),
        session.clone().header("x-http-method", "DELETE"),
        session.clone().header("x-method-override", "PATCH"),
        session.clone(),
    ] {
        let url = format!("/users/{id}?_method=DELETE&method=DELETE");
        let reply = browser.clone().get(&url).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["method"]), (200, &"GET".into()));
        let body = json!({ "_method": "DELETE", "method": "DELETE",
            "user": { "email": holder.email, "password": PASSWORD } });
        let reply = browser.clone().post("/users?_method=DELETE", body).await;
        reply.is(400, users_error("POST", "/users", 0, "Bad parameter."));
        let mut plain = browser.clone();
        let reply = plain.send(Method::POST, "/users/sign_out?_method=DELETE", None, "").await;
        assert_eq!(reply.status, 405, "{reply}");
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    assert_eq!(app.outbox.messages().len(), sent);
    unchanged(&before, &everything(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
    // A slash more is no other path.
    for endpoint in with_a_body(&holder).iter().filter(|it| it.path.ends_with("token")) {
        let slashed = Endpoint { path: format!("{}/", endpoint.path), ..endpoint.clone() };
        let reply = slashed.send(&mut app.browser()).await;
        assert_eq!(reply.json()["msg"], "success", "{}", slashed.path);
    }
}

/// Every event in `events/` that goes to a door, and the function that gets it.
fn corpus() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut events = Vec::new();
    for function in ["api-key", "cookie", "email", "oauth", "phone", "tenant", "users"] {
        let mut files: Vec<_> = fs::read_dir(folder.join(function)).unwrap().collect();
        files.sort_by_key(|file| file.as_ref().unwrap().path());
        for file in files {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let event: Value = serde_json::from_str(&text).unwrap();
            if event.get("rawPath").is_some() {
                events.push((function.to_owned(), event));
            }
        }
    }
    events
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// What is put into a text that is otherwise good.
const SPLINTERS: [&str; 24] = [
    "\u{0}",
    "\r\n",
    "%",
    "%00",
    "%ff",
    "%2",
    "+",
    "&",
    "=",
    "?",
    "#",
    ";",
    "\"",
    "\\",
    "{",
    "[",
    "\u{e9}",
    "\u{fffd}",
    "\u{202e}",
    "\u{1f680}",
    "..",
    "//",
    "null",
    "1e400",
];

fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.roll(3) {
        let place = dice.roll(chars.len() + 1);
        match dice.roll(4) {
            0 => chars.truncate(place),
            1 if place < chars.len() => drop(chars.remove(place)),
            2 if place < chars.len() => chars.extend_from_within(..place),
            _ => {
                let splinter = SPLINTERS[dice.roll(SPLINTERS.len())];
                chars.splice(place..place, splinter.chars());
            }
        }
        chars.truncate(4000);
    }
    chars.into_iter().collect()
}

#[tokio::test]
async fn a87_no_damaged_event_breaks_a_function_down() {
    // Wrong passwords are not what is looked for, so few of them are looked at.
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ADDRESS", "2"), ("STAGE", "local")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    app.secrets.set("providers", r#"{"providers":[]}"#);
    let corpus = corpus();
    assert!(corpus.len() >= 80, "{}", corpus.len());
    let mut dice = Dice(0x5eed_0fa7_2120);
    for round in 0..8 {
        for (function, event) in &corpus {
            let mut event = event.clone();
            for pointer in ["/rawPath", "/rawQueryString", "/body"] {
                let Some(part) = event.pointer_mut(pointer) else { continue };
                if dice.roll(2) == 0
                    && let Some(text) = part.as_str()
                {
                    *part = damaged(text, &mut dice).into();
                }
            }
            if dice.roll(4) == 0 {
                let cookie = damaged(holder.credential(Way::Users), &mut dice);
                event["cookies"] = json!([format!("_session={cookie}"), cookie, "token="]);
            }
            if dice.roll(4) == 0 {
                event["isBase64Encoded"] = (dice.roll(2) == 0).into();
            }
            let headers = event["headers"].as_object_mut().unwrap();
            for (_, value) in headers.iter_mut() {
                if dice.roll(6) == 0 {
                    // Controls cannot come in a header.
                    let text = damaged(value.as_str().unwrap(), &mut dice);
                    *value = text.replace(|c: char| c.is_control(), "").into();
                }
            }
            let answer = app.function(function).answer(event.clone()).await;
            let status = answer["statusCode"].as_u64().unwrap();
            assert!(status < 500, "round {round}, {function}: {status} {answer}\n{event}");
        }
    }
    holder.is_live_at(&app, &Way::ALL).await;
    // Some were not damaged enough to make no account.
    assert!(app.audited().await >= 2);
}

#[tokio::test]
async fn a88_what_is_too_large_costs_no_hash_and_no_call() {
    let app = TestApp::new().await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = stored(&app).await;
    let hashes = app.directory.hasher().computed();
    app.meter.take();
    for endpoint in with_a_body(&holder) {
        let body = endpoint.body.clone().unwrap();
        let (method, path) = (endpoint.method.clone(), endpoint.path.as_str());
        let keys: String = (0..100_000).map(|key| format!("\"{key}\":0,")).collect();
        let mut password = body.clone();
        let place = if password.get("user").is_some() { "user" } else { "" };
        let long = json!("x".repeat(1 << 20));
        match place {
            "" => password["password"] = long,
            place => password[place]["password"] = long,
        }
        for (case, text) in [
            ("a byte more", padded(&body, MAX_BODY + 1)),
            ("5 MB", padded(&body, 5_000_000)),
            ("100,000 fields", body.to_string().replacen('{', &format!("{{{keys}"), 1)),
            ("a password of 1 MiB", password.to_string()),
            ("nothing but space", " ".repeat(5_000_000)),
            ("depth", "[".repeat(1_000_000)),
        ] {
            let mut browser = endpoint.browser(&app, &holder);
            let reply = browser.send(method.clone(), path, None, text).await;
            assert_eq!(reply.status, 413, "{method} {path} {case}");
            endpoint.contract.faults(&reply, 413, &method, path);
        }
    }
    assert_eq!(app.meter.take().operations, [""; 0]);
    // A header of 10 KB, or a hundred cookies, is no credential and no error.
    for way in Way::ALL {
        let long = "0".repeat(10_000);
        let many: Vec<_> =
            (0..100).map(|at| format!("{}={at:080}", way.cookie().unwrap_or("x"))).collect();
        let mut browser = holder.show(&app, way, &long).header("cookie", &many.join("; "));
        if way == Way::WebApp {
            browser = browser.header(TENANT_HEADER, &long);
        }
        let reply = browser.send_json(Method::PATCH, "/users", json!({})).await;
        let message = "You have not sign in yet.";
        reply.is(400, users_error("PATCH", "/users", 2, message));
        let reply = browser.post("/api/user/signout", json!({})).await;
        assert!([400, 401].contains(&reply.status.as_u16()), "{reply}");
    }
    assert_eq!(app.directory.hasher().computed(), hashes);
    unchanged(&before, &stored(&app).await);
    holder.is_live_at(&app, &Way::ALL).await;
    // One of just 64 KiB is read.
    for way in Way::ALL {
        let body = padded(&way.credentials(holder.identifier(way), PASSWORD), MAX_BODY);
        let mut browser = holder.stranger(&app, way);
        let reply = browser.send(Method::POST, way.path(), None, body).await;
        assert_eq!(way.outcome(&reply), SignIn::Done(holder.account(way)));
    }
}

/// The beginning of something packed, in base64. Nobody unpacks it, so it need not be whole.
fn packed() -> String {
    let mut bytes = vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff];
    bytes.extend([0xed; 1024]);
    BASE64.encode(&bytes)
}

#[tokio::test]
async fn a89_a_body_that_is_not_what_the_event_says_is_no_json() {
    let app = TestApp::with(&[("LIMIT_GUESSES_PER_ACCOUNT", "1000")]).await;
    let holder = Holder::join(&app, "ann", 1).await;
    let before = stored(&app).await;
    let hashes = app.directory.hasher().computed();
    for way in Way::ALL.into_iter().filter(|way| *way != Way::ClientApp) {
        let good = way.credentials(holder.identifier(way), PASSWORD).to_string();
        let in_base64 = BASE64.encode(good.as_bytes());
        let event = |body: &Value, is_base64: bool, encoding: Option<&str>| {
            let mut event = sign_in(way, holder.identifier(way), PASSWORD);
            event["body"] = body.clone();
            event["isBase64Encoded"] = is_base64.into();
            if let Some(encoding) = encoding {
                event["headers"]["content-encoding"] = encoding.into();
            }
            event
        };
        for (case, body, is_base64, encoding) in [
            ("plain, said to be base64", json!(good), true, None),
            ("base64, said to be plain", json!(in_base64), false, None),
            ("no base64", json!("%%%"), true, None),
            (
                "base64 without its padding",
                json!(in_base64.trim_end_matches('=').to_owned() + "A"),
                true,
                None,
            ),
            ("base64 twice", json!(BASE64.encode(in_base64.as_bytes())), true, None),
            ("no UTF-8", json!("/w=="), true, None),
            ("none", Value::Null, true, None),
            ("gzip", json!(packed()), true, Some("gzip")),
            ("gzip that does not say so", json!(packed()), true, None),
            ("deflate", json!(packed()), true, Some("deflate, gzip")),
        ] {
            let (_, told) = answer(&app, way, event(&body, is_base64, encoding)).await;
            let told = told.to_string();
            let bad = [
                "lack of",
                "invalid parameters",
                "Bad parameter",
                "request illigal",
                "message required",
            ];
            assert!(bad.iter().any(|bad| told.contains(bad)), "{way:?} {case}: {told}");
        }
        for (body, is_base64) in [(json!(good), false), (json!(in_base64), true)] {
            let (status, told) = answer(&app, way, event(&body, is_base64, None)).await;
            assert_eq!(status, 200, "{way:?} {told}");
        }
    }
    // Of these, the good ones alone were looked at, and handed something out.
    assert_eq!(app.directory.hasher().computed(), hashes + 6 * 2);
    let new = stored(&app).await.len() - before.len();
    assert!(new >= 6 * 2, "{new}");
    holder.is_live_at(&app, &Way::ALL).await;
}
