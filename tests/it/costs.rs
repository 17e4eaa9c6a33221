//! What each endpoint costs, against the table in `docs/costs.md`.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use http::Method;
use local::Kind;
use serde_json::{Value, json};
use shared::{
    directory::{MailMark, MailState},
    identifier::Email,
};

use crate::{
    oauth::{host::Host, know},
    support::{Browser, PUBLIC_URL, Reply, TestApp},
};

const DOCUMENT: &str = include_str!("../../docs/costs.md");

/// What an operation may cost at most: sequential round trips and hashes. A row of the table has
/// one of these ceilings, or says why it has none.
const CEILINGS: [(&str, usize, u64); 5] = [
    ("sign in", 3, 1),
    ("check", 1, 0),
    ("sign out", 2, 0),
    ("sign up", 3, 1),
    ("change password", 3, 2),
];

/// A row of the table: round trips, read units, write units, hashes, mails, text messages.
type Row = (usize, f64, f64, u64, usize, usize);

/// Measures requests one after the other.
struct Measured {
    app: TestApp,
    rows: BTreeMap<String, Row>,
}

impl Measured {
    /// Sends a request and notes what it cost as the row `case`.
    async fn row(
        &mut self,
        browser: &mut Browser,
        case: &str,
        request: (Method, &str, Value),
        ok: bool,
    ) {
        let (method, path, body) = request;
        self.app.meter.take();
        self.app.outbox.clear();
        let hashes = self.app.directory.hasher().computed();
        let reply = browser.send_json(method.clone(), path, body).await;
        assert_eq!(succeeds(&reply), ok, "{case}: {}", reply.text);
        let cost = self.app.meter.take();
        let hashes = self.app.directory.hasher().computed() - hashes;
        let sent = self.app.outbox.messages();
        let sent = |kind| sent.iter().filter(|message| message.kind == kind).count();
        let row = (
            cost.round_trips,
            cost.read_units,
            cost.write_units,
            hashes,
            sent(Kind::Mail),
            sent(Kind::Sms),
        );
        let before = self.rows.insert(format!("{method} {} | {case}", endpoint(path)), row);
        assert_eq!(before, None, "{case} is there twice");
    }
}

fn succeeds(reply: &Reply) -> bool {
    let body = serde_json::from_str::<Value>(&reply.text).unwrap_or_default();
    let state = body["state"].as_u64().unwrap_or(200);
    let is_good = reply.status.is_success() || reply.status.is_redirection();
    is_good && body["status"] != "failed" && state == 200
}

/// The route of a path.
fn endpoint(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    if path.starts_with("/users/") && path.ends_with(char::is_numeric) {
        return "/users/{id}".to_owned();
    }
    for route in ["/email/users/active", "/email/users/cancel"] {
        if path.starts_with(route) {
            return format!("{route}/{{email}}/{{token}}");
        }
    }
    for step in ["start", "callback"] {
        if path == format!("/oauth/local/{step}") {
            return format!("/oauth/{{provider}}/{step}");
        }
    }
    path.to_owned()
}

async fn measure() -> BTreeMap<String, Row> {
    let app = TestApp::new().await;
    let mut it = Measured { app, rows: BTreeMap::new() };
    measure_the_first_doors(&mut it).await;
    measure_registering_by_email(&mut it).await;
    measure_registering_by_phone(&mut it).await;
    measure_sessions_of_contact(&mut it).await;
    measure_tenant(&mut it).await;
    measure_client_apps(&mut it).await;
    measure_identities(&mut it).await;
    it.rows
}

async fn measure_the_first_doors(it: &mut Measured) {
    let mut browser = it.app.browser();
    let post = |path, body| (Method::POST, path, body);

    let register = |username: &str| json!({ "username": username, "password": "12345678", "email": format!("{username}@abc.com") });
    let path = "/api/v1/user/register";
    it.row(&mut browser, "success", post(path, register("test1234")), true).await;
    it.row(&mut browser, "a taken name", post(path, register("test1234")), false).await;

    let login = |password: &str| json!({ "username": "test1234", "password": password });
    let path = "/api/v1/user/login";
    it.row(&mut browser, "a new address", post(path, login("12345678")), true).await;
    let mut again = browser.clone();
    it.row(&mut again, "a known address, a session replaced", post(path, login("12345678")), true)
        .await;
    it.row(&mut browser.clone(), "a wrong password", post(path, login("wrong")), false).await;
    let path = "/api/v1/user/logout";
    it.row(&mut again, "success", post(path, json!({})), true).await;
    it.row(&mut again, "no cookie", post(path, json!({})), false).await;

    let sign_in = |email: &str, password: &str| json!({ "email": email, "password": password });
    let path = "/user/signin";
    let right = sign_in("test1234@abc.com", "12345678");
    let mut keys = it.app.browser();
    it.row(&mut keys, "a new address", post(path, right.clone()), true).await;
    it.row(&mut keys, "a known address", post(path, right.clone()), true).await;
    let wrong = sign_in("test1234@abc.com", "wrong");
    it.row(&mut keys, "a wrong password", post(path, wrong), false).await;
    let unknown = sign_in("nobody@abc.com", "12345678");
    it.row(&mut keys, "an unknown account", post(path, unknown), false).await;
    let key = keys.post(path, right).await.json()["api_key"].clone();
    it.row(&mut keys, "success", post("/user/signout", json!({ "api_key": key })), true).await;

    let password = "k9#Lw2!pQz";
    let create = |name: &str| {
        json!({ "user": {
            "name": name, "email": format!("{name}@abc.com"),
            "password": password, "password_confirm": password,
        } })
    };
    it.row(&mut browser, "success", post("/users", create("Annabel")), true).await;
    it.row(&mut browser, "a taken email", post("/users", create("Annabel")), false).await;
    let sign_in =
        |email: &str, password: &str| json!({ "user": { "email": email, "password": password } });
    let path = "/users/sign_in";
    let mut ann = it.app.browser();
    let right = sign_in("annabel@abc.com", password);
    it.row(&mut ann, "a new address", post(path, right.clone()), true).await;
    it.row(
        &mut ann.clone(),
        "a known address, a session replaced",
        post(path, right.clone()),
        true,
    )
    .await;
    ann.post(path, right.clone()).await;
    let wrong = sign_in("annabel@abc.com", "wrong");
    it.row(&mut ann, "a wrong password", post(path, wrong), false).await;
    it.row(&mut ann, "an unknown account", post(path, sign_in("x@abc.com", "wrong")), false).await;

    let patch = |path, user: Value| (Method::PATCH, path, json!({ "user": user }));
    it.row(&mut ann, "the name", patch("/users", json!({ "name": "Ann" })), true).await;
    it.row(&mut ann, "the email", patch("/users", json!({ "email": "ann@abc.com" })), true).await;
    let taken = json!({ "email": "test1234@abc.com" });
    it.row(&mut ann, "a taken email", patch("/users", taken), false).await;
    let change = json!({
        "old_password": password, "new_password": "zP4%tR8?mN", "new_password_confirm": "zP4%tR8?mN",
    });
    it.row(&mut ann, "success", patch("/users/password", change), true).await;
    let id = ann.post("/users/sign_in", sign_in("ann@abc.com", "zP4%tR8?mN")).await.json();
    let profile = format!("/users/{}", id["user"]["id"]);
    it.row(&mut browser, "success", (Method::GET, &profile, json!({})), true).await;
    it.row(&mut browser, "nobody", (Method::GET, "/users/1", json!({})), false).await;
    it.row(&mut ann.clone(), "success", (Method::DELETE, "/users/sign_out", json!({})), true).await;
    let delete = (Method::DELETE, "/users", sign_in("ann@abc.com", "zP4%tR8?mN"));
    it.row(&mut ann, "success, no emoji", delete, true).await;
}

async fn measure_registering_by_email(it: &mut Measured) {
    let mut browser = it.app.browser();
    let mut person = it.app.browser().header("accept", "text/html");
    let email = |name: &str| format!("{name}@example.com");
    let register = |name: &str| {
        let body = json!({ "email": email(name), "password": "12345678" });
        (Method::POST, "/email/users", body)
    };
    it.row(&mut browser, "success", register("bob"), true).await;
    let (open, cancel) = mailed(it);
    it.row(&mut browser, "too soon", register("bob"), false).await;
    it.row(&mut person, "the page", get(&open), true).await;
    it.row(&mut browser, "success", get(&open), true).await;
    it.row(&mut browser, "again", get(&open), true).await;
    let (unknown, _) = open.rsplit_once('/').unwrap();
    let unknown = format!("{unknown}/{}", "0".repeat(64));
    it.row(&mut browser, "an unknown link", get(&unknown), false).await;
    it.app.clock.advance(60);
    it.row(&mut browser, "a proven address", register("bob"), false).await;
    it.row(&mut person, "the page", get(&cancel), true).await;
    it.row(&mut browser, "the account too", empty(Method::POST, &cancel), true).await;

    it.app.post("/email/users", register("cy").2).await;
    let (open, cancel) = mailed(it);
    it.row(&mut browser, "the registration alone", empty(Method::POST, &cancel), true).await;
    it.row(&mut browser, "an unknown link", empty(Method::POST, &open), false).await;
    it.app.post("/email/users", register("di").2).await;
    let (open, _) = mailed(it);
    it.row(&mut browser, "success", empty(Method::POST, &open), true).await;

    it.app.register("somebody", "12345678", "somebody@example.com").await;
    it.row(&mut browser, "an address that nobody has proven", register("somebody"), true).await;
    let (open, _) = mailed(it);
    let chosen = (Method::POST, open.as_str(), json!({ "password": "a whole new battery" }));
    it.row(&mut browser, "an account taken over", chosen, true).await;

    let address = Email::parse(&email("gone")).unwrap();
    let mark = MailMark { state: MailState::Bounced, at_ms: 0 };
    it.app.directory.mark_undeliverable(&address, mark).await.unwrap();
    it.row(&mut browser, "an undeliverable address", register("gone"), true).await;
}

async fn measure_registering_by_phone(it: &mut Measured) {
    let (mut browser, path) = (it.app.browser(), "/phone/users/code?phone=13900139000");
    it.row(&mut browser, "the very first", get(path), true).await;
    it.row(&mut browser, "too soon", get(path), false).await;
    it.app.clock.advance(60);
    it.row(&mut browser, "success", get(path), true).await;
    let code = it.app.outbox.messages()[0].code.clone().unwrap();
    let register = |code: &str| {
        let body = json!({ "phone": "13900139000", "password": "12345678", "code": code });
        (Method::POST, "/phone/users", body)
    };
    it.row(&mut browser, "no code", register(""), false).await;
    let wrong = if code == "123456" { "654321" } else { "123456" };
    it.row(&mut browser, "a wrong code", register(wrong), false).await;
    it.row(&mut browser, "success", register(&code), true).await;
    it.row(&mut browser, "a taken number", register(&code), false).await;
}

/// With the accounts that the others have made.
async fn measure_sessions_of_contact(it: &mut Measured) {
    for (path, name, here, nobody) in [
        ("/email/token", "email", "di%40example.com", "nobody%40example.com"),
        ("/phone/token", "phone", "13900139000", "13700137000"),
    ] {
        let mut browser = it.app.browser();
        let query = |value, password| format!("{path}?{name}={value}&password={password}");
        let right = query(here, "12345678");
        it.row(&mut browser, "a new address", get(&right), true).await;
        it.row(&mut browser, "a known address, a session replaced", get(&right), true).await;
        it.row(&mut browser, "a wrong password", get(&query(here, "wrong")), false).await;
        it.row(&mut browser, "an unknown account", get(&query(nobody, "wrong")), false).await;
        let plain = here.replace("%40", "@");
        let body = json!({ name: plain, "password": "12345678" });
        let post = (Method::POST, path, body);
        it.row(&mut browser, "a known address, a session replaced", post, true).await;
        let delete = |value: &str| format!("{path}?{name}={value}");
        let out = delete(nobody);
        it.row(&mut browser, "an unknown account", empty(Method::DELETE, &out), false).await;
        let out = delete(here);
        it.row(&mut browser, "success", empty(Method::DELETE, &out), true).await;
        it.row(&mut browser, "no cookie", empty(Method::DELETE, &out), true).await;
    }
}

async fn measure_tenant(it: &mut Measured) {
    let mut browser = it.app.browser();
    let request = |path, password: &str| {
        let body = json!({ "username": "eve@example.com", "password": password });
        (Method::POST, path, body)
    };
    let path = "/api/user/signup";
    it.row(&mut browser, "success, the web app", request(path, "12345678"), true).await;
    it.row(&mut browser, "a taken address, the web app", request(path, "12345678"), false).await;

    let path = "/api/user/signin";
    let mut elsewhere = it.app.browser();
    let right = || request(path, "12345678");
    it.row(&mut elsewhere, "a new address, the web app", right(), true).await;
    let case = "a known address, a session replaced, the web app";
    it.row(&mut elsewhere, case, right(), true).await;
    let wrong = request(path, "wrong");
    it.row(&mut elsewhere, "a wrong password, the web app", wrong, false).await;
    let body = json!({ "username": "nobody@example.com", "password": "wrong" });
    let unknown = (Method::POST, path, body);
    it.row(&mut elsewhere, "an unknown account, the web app", unknown, false).await;

    let body = json!({ "old_password": "12345678", "new_password": "123456789" });
    let change = (Method::PUT, "/api/user/update_password", body);
    it.row(&mut browser, "success, the web app", change, true).await;
    let path = "/api/user/signout";
    it.row(&mut browser, "success, the web app", empty(Method::POST, path), true).await;
    it.row(&mut browser, "no cookie, the web app", empty(Method::POST, path), false).await;
}

async fn measure_client_apps(it: &mut Measured) {
    let (tenant, secret) = it.app.directory.create_tenant("Star Education").await.unwrap();
    let credentials = format!("{}:{}", tenant.id, secret.expose());
    let credentials = format!("basic {}", BASE64.encode(credentials.as_bytes()));
    let client_app =
        |app: &TestApp| app.browser().header("starcedu-tenant-authorization", &credentials);
    let request = |path, email: &str, password: &str| {
        (Method::POST, path, json!({ "username": email, "password": password }))
    };
    let (email, password) = ("fay@example.com", "12345678");
    // The signing keys are read by then.
    client_app(&it.app).get("/.well-known/jwks.json").await;

    let mut browser = client_app(&it.app);
    let up = "/api/user/signup";
    it.row(&mut browser, "success, a client app", request(up, email, password), true).await;
    let taken = request(up, email, password);
    it.row(&mut browser, "a taken address, a client app", taken, false).await;

    let into = "/api/user/signin";
    let mut elsewhere = client_app(&it.app);
    let right = || request(into, email, password);
    it.row(&mut elsewhere, "a new address, a client app", right(), true).await;
    it.row(&mut elsewhere, "a known address, a client app", right(), true).await;
    let wrong = request(into, email, "wrong");
    it.row(&mut elsewhere, "a wrong password, a client app", wrong, false).await;
    let unknown = request(into, "nobody@example.com", "wrong");
    it.row(&mut elsewhere, "an unknown account, a client app", unknown, false).await;
    let mut stranger = it.app.browser().header("starcedu-tenant-authorization", "basic eDp5");
    it.row(&mut stranger, "no tenant’s credentials", right(), false).await;

    let reply = elsewhere.send_json(Method::POST, into, right().2).await.json();
    let token = reply["data"]["token"].as_str().unwrap();
    let mut browser = client_app(&it.app).header("authorization", &format!("bearer {token}"));
    let body = json!({ "old_password": password, "new_password": "123456789" });
    let change = (Method::PUT, "/api/user/update_password", body);
    it.row(&mut browser, "success, a client app", change, true).await;
    let path = "/api/user/signout";
    it.row(&mut browser, "success, a client app", empty(Method::POST, path), true).await;
    it.row(&mut browser, "no live token, a client app", empty(Method::POST, path), false).await;
    it.row(&mut browser, "success", get("/.well-known/jwks.json"), true).await;
    it.row(&mut browser, "success", get("/.well-known/openid-configuration"), true).await;
}

/// On a product of its own: only there a provider may be on this machine.
async fn measure_identities(it: &mut Measured) {
    let app = TestApp::with(&[("STAGE", "local")]).await;
    let host = Host::start(&app.clock).await;
    know(&app, &[host.entry()]);
    let mut local = Measured { app, rows: std::mem::take(&mut it.rows) };
    let mut browser = local.app.browser();
    local.row(&mut browser, "success", get("/oauth/local/start"), true).await;
    let back = async |browser: &mut Browser| {
        let sent = browser.get("/oauth/local/start").await;
        host.sign_in(sent.header("location").unwrap(), "gus").await
    };
    let path = back(&mut browser).await;
    local.row(&mut browser, "an identity that nobody has", get(&path), true).await;
    local.row(&mut browser, "again", get(&path), false).await;
    let body = json!({ "username": "gus@example.com", "password": "12345678" });
    let request = |path, body: &Value| (Method::POST, path, body.clone());
    local.row(&mut browser, "an identity bound", request("/api/user/signup", &body), true).await;
    let path = back(&mut browser).await;
    local.row(&mut browser, "an identity that is bound", get(&path), true).await;

    let other = json!({ "username": "hal@example.com", "password": "12345678" });
    local.app.post("/api/user/signup", other.clone()).await;
    let mut browser = local.app.browser();
    let sent = browser.get("/oauth/local/start").await;
    let path = host.sign_in(sent.header("location").unwrap(), "hal").await;
    browser.get(&path).await;
    local.row(&mut browser, "an identity bound", request("/api/user/signin", &other), true).await;
    it.rows = local.rows;
}

fn empty(method: Method, path: &str) -> (Method, &str, Value) {
    (method, path, json!({}))
}

fn get(path: &str) -> (Method, &str, Value) {
    empty(Method::GET, path)
}

/// The paths of the two links in the last mail.
fn mailed(it: &Measured) -> (String, String) {
    let message = it.app.outbox.messages().swap_remove(0);
    let [open, cancel] = &message.links[..] else { panic!("{message:?}") };
    let path = |link: &String| link.strip_prefix(PUBLIC_URL).unwrap().to_owned();
    (path(open), path(cancel))
}

/// The rows of the document's table: what they say, and the ceiling or the reason for having none.
fn documented() -> BTreeMap<String, (Row, String)> {
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [endpoint, case, trips, reads, writes, hashes, mails, sms, ceiling] = cells[..]
            else {
                panic!("a row of docs/costs.md has not nine cells: {line}");
            };
            let units = |cell: &str| cell.parse::<f64>().unwrap();
            let number = |cell: &str| cell.parse::<usize>().unwrap();
            let hashes = hashes.parse().unwrap();
            let (mails, sms) = (number(mails), number(sms));
            let row = (number(trips), units(reads), units(writes), hashes, mails, sms);
            (format!("{} | {case}", endpoint.trim_matches('`')), (row, ceiling.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn every_endpoint_costs_what_the_table_says() {
    let measured = measure().await;
    let documented = documented();
    let mut wrong = Vec::new();
    for (name, row) in &measured {
        let (trips, reads, writes, hashes, mails, sms) = row;
        match documented.get(name) {
            Some((said, _)) if said == row => {}
            said => wrong.push(format!(
                "{name} | {trips} | {reads} | {writes} | {hashes} | {mails} | {sms} (the table \
                 says {said:?})"
            )),
        }
    }
    wrong.extend(documented.keys().filter(|name| !measured.contains_key(*name)).cloned());
    assert!(wrong.is_empty(), "docs/costs.md differs from what is measured:\n{}", wrong.join("\n"));
}

#[test]
fn no_row_is_above_its_ceiling_or_without_a_reason() {
    for (name, ((trips, _, _, hashes, ..), ceiling)) in documented() {
        match CEILINGS.iter().find(|(operation, ..)| *operation == ceiling) {
            Some((_, most_trips, most_hashes)) => {
                assert!(trips <= *most_trips && hashes <= *most_hashes, "{name}");
            }
            None => assert!(ceiling.len() > 20, "{name} needs a ceiling or a reason"),
        }
    }
}

#[test]
fn every_route_has_a_row() {
    let documented = documented();
    for route in local::Template::load().unwrap().routes {
        let name = format!("{} {} |", route.method, route.path);
        let greedy = route.method == "ANY";
        assert!(
            greedy || documented.keys().any(|key| key.starts_with(&name)),
            "docs/costs.md has no row for {name}"
        );
    }
}
