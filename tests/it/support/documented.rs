//! That replies are documented: each that a test gets is looked up in the OpenAPI document.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use http::{Method, header};
use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Reply;

/// Every operation of every contract.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(operations);

struct Operation {
    method: String,
    segments: Vec<String>,
    /// What may come, by its status.
    replies: BTreeMap<u16, Expected>,
}

struct Expected {
    /// What the body has to be, by its type. Nothing, if there is none.
    bodies: BTreeMap<String, Arc<Validator>>,
    headers: Vec<ExpectedHeader>,
}

struct ExpectedHeader {
    name: String,
    required: bool,
    is_number: bool,
    value: Arc<Validator>,
}

/// Reads the document, which takes a while. Read in the middle of a test it would hold up requests that
/// are under way, until they time out.
pub(crate) fn read_document() {
    LazyLock::force(&OPERATIONS);
}

/// Asserts that this reply to a request is one that the document has.
pub(crate) fn assert_documented(method: &Method, uri: &str, reply: &Reply) {
    let path = uri.split('?').next().unwrap();
    let path = percent_decode_str(path).decode_utf8_lossy();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    let matching = OPERATIONS
        .iter()
        .filter(|operation| operation.method == asked.as_str())
        .filter(|operation| matches(&operation.segments, &segments));
    // Of those that match the one with the fewest parameters is meant, as at the gateway.
    let Some(operation) = matching.min_by_key(|operation| operation.parameters()) else {
        let is_refused = reply.status.as_u16() >= 400;
        assert!(is_refused || method == Method::OPTIONS, "{method} {uri} is not documented");
        return;
    };
    let context = format!("{method} {uri}: {} {}", reply.status, reply.text);
    let Some(expected) = operation.replies.get(&reply.status.as_u16()) else {
        panic!("the status is not documented: {context}");
    };
    expected.assert_headers(reply, &context);
    if method != Method::HEAD {
        expected.assert_body(reply, &context);
    }
}

/// Whether a path's segments are those of an operation. An email address may have a slash in it, and
/// parameters at the end may have got lost.
fn matches(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((expected, later)), None) => expected.starts_with('{') && matches(later, path),
        (Some((expected, later)), Some((segment, rest))) => {
            let is_parameter = expected.starts_with('{');
            let here = (is_parameter || expected == segment) && matches(later, rest);
            here || (expected == "{email}" && matches(pattern, rest))
        }
        _ => false,
    }
}

impl Operation {
    fn parameters(&self) -> usize {
        self.segments.iter().filter(|segment| segment.starts_with('{')).count()
    }
}

impl Expected {
    fn assert_headers(&self, reply: &Reply, context: &str) {
        for header in &self.headers {
            let values: Vec<_> = reply.headers.get_all(header.name.as_str()).iter().collect();
            assert!(!header.required || !values.is_empty(), "no {}: {context}", header.name);
            for value in values {
                let text = value.to_str().unwrap();
                let value = if header.is_number {
                    text.parse::<u64>().unwrap().into()
                } else {
                    text.into()
                };
                assert!(header.value.is_valid(&value), "{}: {text}: {context}", header.name);
            }
        }
        // What is not documented does not come.
        for name in [header::SET_COOKIE, header::LOCATION, header::RETRY_AFTER, header::ALLOW] {
            let known = self.headers.iter().any(|header| header.name == name.as_str());
            assert!(known || !reply.headers.contains_key(&name), "{name}: {context}");
        }
    }

    fn assert_body(&self, reply: &Reply, context: &str) {
        if self.bodies.is_empty() {
            assert_eq!(reply.text, "", "{context}");
            return;
        }
        let kind = reply.header("content-type").unwrap();
        let kind = kind.split(';').next().unwrap();
        let Some(validator) = self.bodies.get(kind) else {
            panic!("the type of the body is not documented: {context}");
        };
        let body = match kind {
            "application/json" => serde_json::from_str(&reply.text).unwrap(),
            _ => Value::from(reply.text.as_str()),
        };
        let problems: Vec<_> =
            validator.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "the body is not documented: {problems:?}: {context}");
    }
}

fn operations() -> Vec<Operation> {
    let document = openapi::joined().content;
    let mut validators = Validators { document: &document, by_schema: HashMap::new() };
    let mut operations = Vec::new();
    for (path, methods) in object(&document["paths"]) {
        for (method, operation) in object(methods) {
            let replies = object(&operation["responses"]).iter().map(|(status, reply)| {
                (status.parse().unwrap(), validators.expected(resolved(&document, reply)))
            });
            operations.push(Operation {
                method: method.to_uppercase(),
                replies: replies.collect(),
                segments: path.split('/').skip(1).map(str::to_owned).collect(),
            });
        }
    }
    operations
}

/// The validators of a document, one for each schema however often that is there.
struct Validators<'a> {
    document: &'a Value,
    by_schema: HashMap<String, Arc<Validator>>,
}

impl Validators<'_> {
    fn of(&mut self, schema: &Value) -> Arc<Validator> {
        let made = self.by_schema.entry(schema.to_string());
        Arc::clone(made.or_insert_with(|| Arc::new(validator(self.document, schema))))
    }

    fn expected(&mut self, reply: &Value) -> Expected {
        let bodies = entries(&reply["content"])
            .map(|(kind, media)| (kind.clone(), self.of(&media["schema"])))
            .collect();
        let headers = entries(&reply["headers"])
            .map(|(name, header)| ExpectedHeader {
                name: name.to_lowercase(),
                required: header["required"] == true,
                is_number: header["schema"]["type"] == "integer",
                value: self.of(&header["schema"]),
            })
            .collect();
        Expected { bodies, headers }
    }
}

/// A schema of the document, which may refer to others of it.
pub(crate) fn validator(document: &Value, schema: &Value) -> Validator {
    let mut schema = object(schema).clone();
    let schemas = &document["components"]["schemas"];
    schema.insert("components".to_owned(), json!({ "schemas": schemas }));
    jsonschema::draft202012::new(&schema.into()).unwrap()
}

/// What a reference in the document refers to.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The fields of what has to be an object.
pub(crate) fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{value} is no object"))
}

/// The fields of what may be missing.
fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
