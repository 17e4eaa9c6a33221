//! The OpenAPI documents: that those in `docs/openapi/` are of today, that they describe the endpoints
//! that there are, and that they are at one with themselves. That they tell the truth about replies is
//! checked wherever a test gets one, by `support::assert_documented`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use axum::Router;
use http::Method;
use local::Template;
use serde_json::{Value, json};
use shared::app::App;

use crate::support::{TestApp, object, resolved, validator};

/// An endpoint: its method and its path, as `template.yaml` has them.
type Endpoint = (String, String);

fn docs(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(folder)
}

#[test]
fn the_documents_are_those_that_the_code_makes() {
    let mut made = BTreeSet::new();
    for document in openapi::documents() {
        let file = format!("{}.json", document.name);
        let kept = fs::read_to_string(docs("openapi").join(&file)).unwrap_or_default();
        assert!(kept == document.text(), "docs/openapi/{file} is old: run `cargo run -p openapi`");
        made.insert(file);
    }
    let kept = fs::read_dir(docs("openapi")).unwrap();
    let kept: BTreeSet<_> =
        kept.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, made);
}

/// The endpoints of a document.
fn documented(document: &Value) -> BTreeSet<Endpoint> {
    let paths = object(&document["paths"]).iter();
    let endpoints = paths.flat_map(|(path, methods)| {
        object(methods).keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    endpoints.collect()
}

/// The endpoints in the table at the top of a contract's document.
fn tabulated(file: &Path) -> BTreeSet<Endpoint> {
    let text = fs::read_to_string(file).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| [`"));
    let quoted = rows.flat_map(|row| {
        let named = row.split("](").next().unwrap();
        named.split('`').skip(1).step_by(2)
    });
    let endpoints = quoted.map(|endpoint| {
        let (method, path) = endpoint.split_once(' ').unwrap();
        // One contract writes its paths with a slash at their end, which does not count.
        (method.to_owned(), path.trim_end_matches('/').to_owned())
    });
    endpoints.collect()
}

/// The endpoints that the gateway routes by themselves.
fn routed() -> BTreeSet<Endpoint> {
    let routes = Template::load().unwrap().routes.into_iter();
    routes.filter(|route| route.method != "ANY").map(|route| (route.method, route.path)).collect()
}

/// The endpoints that the functions' routers have. What a router is made of, it tells in its `Debug`
/// alone; which methods a path has, it tells whoever asks by another one.
async fn answered() -> BTreeSet<Endpoint> {
    let routers: [Router<App>; 7] = [
        api_key::router(),
        cookie::router(),
        users::router(),
        email::router(),
        phone::router(),
        tenant::router(),
        oauth::router(),
    ];
    let app = TestApp::new().await;
    let mut endpoints = BTreeSet::new();
    for router in routers {
        let shown = format!("{router:?}");
        let paths: BTreeSet<_> =
            shown.split('"').filter(|text| is_path(text)).map(str::to_owned).collect();
        assert!(!paths.is_empty(), "{shown}");
        for path in paths {
            let example = path.replace("{*link}", "a@b.example/0").replace(['{', '}'], "");
            let reply = app.browser().send_json(Method::TRACE, &example, json!({})).await;
            let allowed = reply.header("allow");
            let allowed = allowed.unwrap_or_else(|| panic!("{path}: {}", reply.text));
            let methods = allowed.split(',').filter(|method| *method != "HEAD");
            // A link that has lost its end is known, so that people get a page, and is no endpoint.
            let Some(path) = endpoint_path(&path) else { continue };
            endpoints.extend(methods.map(|method| (method.to_owned(), path.clone())));
        }
    }
    endpoints
}

/// Whether a text in a router's `Debug` is a path, and not what the router has for all others.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && text != "/" && !text.contains("__private")
}

fn endpoint_path(path: &str) -> Option<String> {
    match path {
        "/email/users/active" | "/email/users/cancel" => None,
        _ => Some(path.replace("{*link}", "{email}/{token}")),
    }
}

#[tokio::test]
async fn template_code_documents_and_tables_have_the_same_endpoints() {
    let routed = routed();
    assert!(routed.len() > 30, "{routed:?}");
    assert_eq!(answered().await, routed, "what the functions answer");
    assert_eq!(documented(&openapi::joined().content), routed, "what the OpenAPI document has");
    let tables = fs::read_dir(docs("contracts")).unwrap();
    let tables: BTreeMap<_, _> = tables
        .map(|file| {
            let file = file.unwrap().path();
            let contract = file.file_stem().unwrap().to_str().unwrap().replace('-', "_");
            (contract, tabulated(&file))
        })
        .collect();
    assert_eq!(tables.values().flatten().cloned().collect::<BTreeSet<_>>(), routed, "the tables");
    // And each contract has its own.
    for document in openapi::documents().iter().filter(|it| it.name != openapi::JOINED) {
        assert_eq!(documented(&document.content), tables[document.name], "{}", document.name);
    }
}

#[test]
fn an_operation_is_named_once() {
    let document = openapi::joined().content;
    let paths = object(&document["paths"]).values().flat_map(|methods| object(methods).values());
    let mut names: Vec<_> =
        paths.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_example_is_what_its_schema_says() {
    for document in openapi::documents() {
        let document = document.content;
        let mut checked = 0;
        let mut check = |schema: &Value, example: &Value| {
            let valid = validator(&document, schema).is_valid(example);
            assert!(valid, "{example:#} is not what {schema:#} says");
            checked += 1;
        };
        let operations =
            object(&document["paths"]).values().flat_map(|methods| object(methods).values());
        for operation in operations {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|parameter| parameter["schema"]["type"] == "string")
            {
                check(&parameter["schema"], &parameter["example"]);
            }
            let body = operation.pointer("/requestBody/content/application~1json");
            if let Some(example) = body.and_then(|body| body.get("example")) {
                check(&body.unwrap()["schema"], example);
            }
            for reply in object(&operation["responses"]).values() {
                let reply = resolved(&document, reply);
                let Some(json) = reply.pointer("/content/application~1json") else { continue };
                let examples = object(&json["examples"]);
                assert!(!examples.is_empty(), "{reply:#}");
                for example in examples.values() {
                    check(&json["schema"], &example["value"]);
                }
            }
        }
        assert!(checked > 10, "{checked}");
    }
}

#[tokio::test]
async fn the_tenants_header_is_the_one_that_is_documented() {
    let app = TestApp::new().await;
    let document = openapi::joined().content;
    let scheme = document.pointer("/components/securitySchemes/tenant/name").unwrap();
    assert_eq!(scheme, app.app.config.tenant.header.as_str());
}

#[tokio::test]
async fn what_is_nothing_once_trimmed_is_blank_in_the_documents() {
    let app = TestApp::new().await;
    let document = openapi::joined().content;
    let body =
        "/paths/~1phone~1token/post/requestBody/content/application~1json/schema/properties/phone";
    let phone = validator(&document, document.pointer(body).unwrap());
    assert!(phone.is_valid(&json!(" 13800138000 ")));
    let spaces: Vec<_> = ('\0'..=char::MAX).filter(|c| c.is_whitespace()).collect();
    assert!(spaces.contains(&'\u{85}'));
    for space in spaces {
        let reply =
            app.post("/phone/token", json!({ "phone": space, "password": "12345678" })).await;
        assert_eq!(reply.json()["msg"], "message required", "{space:?}");
        assert!(!phone.is_valid(&json!(space)), "{space:?}");
    }
}
