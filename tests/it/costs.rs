//! What each endpoint costs, against the table in `docs/costs.md`.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use crate::support::{Browser, TestApp};

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

/// A row of the table: round trips, read units, write units, hashes.
type Row = (usize, f64, f64, u64);

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
        let hashes = self.app.directory.hasher().computed();
        let reply = browser.send_json(method.clone(), path, body).await;
        let failed = !reply.status.is_success() || reply.text.contains("failed");
        assert_eq!(!failed, ok, "{case}: {reply}");
        let cost = self.app.meter.take();
        let hashes = self.app.directory.hasher().computed() - hashes;
        let endpoint = if path.starts_with("/users/") && path.ends_with(char::is_numeric) {
            "/users/{id}"
        } else {
            path
        };
        let row = (cost.round_trips, cost.read_units, cost.write_units, hashes);
        let before = self.rows.insert(format!("{method} {endpoint} | {case}"), row);
        assert_eq!(before, None, "{case} is there twice");
    }
}

async fn measure() -> BTreeMap<String, Row> {
    let app = TestApp::new().await;
    let mut it = Measured { app, rows: BTreeMap::new() };
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
    it.rows
}

/// The rows of the document's table: what they say, and the ceiling or the reason for having none.
fn documented() -> BTreeMap<String, (Row, String)> {
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [endpoint, case, trips, reads, writes, hashes, ceiling] = cells[..] else {
                panic!("a row of docs/costs.md has not seven cells: {line}");
            };
            let number = |cell: &str| cell.parse::<f64>().unwrap();
            let row =
                (trips.parse().unwrap(), number(reads), number(writes), hashes.parse().unwrap());
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
        let (trips, reads, writes, hashes) = row;
        match documented.get(name) {
            Some((said, _)) if said == row => {}
            said => wrong.push(format!(
                "{name} | {trips} | {reads} | {writes} | {hashes} (the table says {said:?})"
            )),
        }
    }
    wrong.extend(documented.keys().filter(|name| !measured.contains_key(*name)).cloned());
    assert!(wrong.is_empty(), "docs/costs.md differs from what is measured:\n{}", wrong.join("\n"));
}

#[test]
fn no_row_is_above_its_ceiling_or_without_a_reason() {
    for (name, ((trips, _, _, hashes), ceiling)) in documented() {
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
