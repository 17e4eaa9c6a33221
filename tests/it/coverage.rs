//! That the maps are true: what the template routes is what the code answers and the documents
//! describe.

use std::{fs, path::Path};

use http::Method;
use local::{Route, Template};
use serde_json::json;

use crate::support::TestApp;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where a GET does more than a HEAD may.
const GET_ALONE: [&str; 5] = [
    "/email/token",
    "/phone/token",
    "/phone/users/code",
    "/oauth/{provider}/start",
    "/oauth/{provider}/callback",
];

/// The file of the contract that a function serves.
fn contract_document(function: &str) -> String {
    let contract = match function {
        "email" | "phone" => "contact",
        "tenant" | "oauth" => "tenant",
        function => function,
    };
    format!("docs/contracts/{contract}.md")
}

/// What a function says of a path that it does not have.
fn not_found(function: &str) -> &'static str {
    match function {
        "api-key" => r#"{"error_name":"not found"}"#,
        "cookie" => r#""desc":"not found","error_code":111}"#,
        "email" | "phone" => r#"{"state":404,"msg":"not found"}"#,
        "tenant" | "oauth" => r#"{"code":404,"message":"not found"}"#,
        _ => r#""error":{"code":404,"message":"Not Found"}"#,
    }
}

/// A path that belongs to a route.
fn example(path: &str) -> String {
    let token = "0".repeat(64);
    let path = path.replace("{id}", "65213").replace("{email}", "a@b.example");
    path.replace("{token}", &token).replace("{provider}", "example")
}

/// The routes that name an endpoint, not the ones that catch the rest.
fn endpoints() -> Vec<Route> {
    let routes = Template::load().unwrap().routes;
    routes.into_iter().filter(|route| route.method != "ANY").collect()
}

#[tokio::test]
async fn every_route_of_the_template_is_answered_by_the_code() {
    let app = TestApp::with(&[("STAGE", "local")]).await;
    // One that is known, if out of reach.
    let provider = json!({
        "name": "example",
        "issuer": "http://127.0.0.1:9",
        "client_id": "atrium",
        "client_secret": "a secret",
    });
    app.secrets.set("providers", &json!({ "providers": [provider] }).to_string());
    for Route { method, path, function } in endpoints() {
        let path = example(&path);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = app.browser().send_json(method.clone(), &path, json!({})).await;
        assert_ne!(reply.status.as_u16(), 405, "{method} {path}: {}", reply.text);
        let unknown = not_found(&function);
        assert!(!reply.text.contains(unknown), "{method} {path}: {}", reply.text);
    }
    // That is what they say.
    for Route { path, function, .. } in Template::load().unwrap().routes {
        if let Some(prefix) = path.strip_suffix("{proxy+}") {
            let reply = app.get(&format!("{prefix}nope/nope")).await;
            assert!(reply.text.contains(not_found(&function)), "{prefix}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn slashes_too_many_lead_to_the_same_handler() {
    let app = TestApp::new().await;
    for Route { method, path, .. } in endpoints() {
        let path = example(&path);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let plain = app.browser().send_json(method.clone(), &path, json!({})).await;
        let doubled = format!("{}/", path.replace('/', "//"));
        let doubled = app.browser().send_json(method.clone(), &doubled, json!({})).await;
        // Some replies name the path as it came.
        let shown = |text: &str| text.replace("//", "/").replace("/\"", "\"");
        assert_eq!(doubled.status, plain.status, "{method} {path}");
        assert_eq!(shown(&doubled.text), shown(&plain.text), "{method} {path}");
    }
}

#[test]
fn every_endpoint_that_hashes_or_sends_is_throttled_by_itself() {
    let throttled = Template::load().unwrap().throttled;
    let costs = document("docs/costs.md");
    let mut checked = 0;
    for row in costs.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let costly = cells[6..9].iter().any(|count| count.parse::<u64>().unwrap() > 0);
        let endpoint = cells[1].trim_matches('`');
        if costly {
            assert!(throttled.iter().any(|route| route == endpoint), "{endpoint}");
            checked += 1;
        }
    }
    assert!(checked > 20, "docs/costs.md names too few: {checked}");
    // They name routes that there are.
    let routes = Template::load().unwrap().routes;
    for route in throttled {
        assert!(routes.iter().any(|found| found.key() == route), "{route}");
    }
}

#[tokio::test]
async fn the_code_answers_no_other_method_than_those_of_the_template() {
    let app = TestApp::new().await;
    let endpoints = endpoints();
    for Route { path, .. } in &endpoints {
        let mut routed: Vec<_> = endpoints
            .iter()
            .filter(|route| route.path == *path)
            .map(|route| route.method.as_str())
            .collect();
        if routed.contains(&"GET") && !GET_ALONE.contains(&path.as_str()) {
            routed.push("HEAD");
        }
        routed.sort_unstable();
        let path = example(path);
        let reply = app.browser().send_json(Method::TRACE, &path, json!({})).await;
        let mut allowed: Vec<_> = reply.header("allow").unwrap().split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed, routed, "{path}");
    }
}

#[test]
fn every_endpoint_is_on_the_map_and_in_its_contracts_document() {
    let map = document("ARCHITECTURE.md");
    for Route { method, path, function } in endpoints() {
        let endpoint = format!("`{method} {path}`");
        let row = map.lines().find(|line| line.starts_with('|') && line.contains(&endpoint));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {endpoint}"));
        assert!(row.contains(&format!("functions/{function}/src/")), "{row}");
        let name = contract_document(&function);
        assert!(document(&name).contains(&path), "{name} does not speak of {path}");
    }
}

#[test]
fn every_file_and_test_that_the_documents_name_is_there() {
    let mut checked = 0;
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/contracts/api-key.md",
        "docs/contracts/contact.md",
        "docs/contracts/cookie.md",
        "docs/contracts/tenant.md",
        "docs/contracts/users.md",
        "docs/configuration.md",
        "docs/admin.md",
        "docs/authorizer.md",
        "docs/costs.md",
        "docs/reliability.md",
        "docs/security.md",
        "docs/lambda-locally.md",
    ] {
        let text = document(name);
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_test = quoted.contains("::")
                && quoted.starts_with(|c: char| c.is_lowercase())
                && quoted.split("::").last().is_some_and(|test| test.matches('_').count() > 2);
            if is_test {
                assert_test_exists(name, quoted);
                checked += 1;
            }
            let is_file =
                ["shared/src/", "functions/", "local/src/", "admin/src/", "tests/it/", "docs/"]
                    .iter()
                    .any(|folder| quoted.starts_with(folder))
                    && !quoted.contains(['<', '*', '{', ' ', '…']);
            if is_file {
                let path = quoted.split([':', '#']).next().unwrap();
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
                assert!(path.exists(), "{name} names {quoted}, which is not there");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "the documents name nothing to check: {checked}");
}

/// The test `module::name` is there: a function of that name in the file of that module.
fn assert_test_exists(document: &str, test: &str) {
    let path: Vec<_> = test.split("::").collect();
    let (name, modules) = path.split_last().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it").join(modules.join("/"));
    let text = fs::read_to_string(folder.with_extension("rs"))
        .or_else(|_| fs::read_to_string(folder.join("mod.rs")))
        .unwrap_or_else(|_| panic!("{document} names {test}, whose module is not there"));
    let function = format!("fn {name}()");
    assert!(text.contains(&function), "{document} names {test}, which is not there");
}
