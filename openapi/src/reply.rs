//! The replies of an endpoint, by their statuses.

use std::collections::BTreeMap;

use axum::response::IntoResponse as _;
use http::Method;
use serde_json::{Map, Value, json};
use shared::{
    address::ClientAddress,
    directory::Client,
    http::{Answer, Call, Contract as Envelope, Fault, Page, Refusal},
    notify::Language,
};

use crate::{
    contract::Contract,
    endpoint::{Endpoint, Pages},
    schema::{named, with},
};

/// What is told in the words of a contract's envelope.
pub(crate) fn word<E: Envelope>(call: &Call, refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Denied(reason) => E::denied(call, *reason),
        Refusal::Answered(answer) => answer.clone(),
        Refusal::Fault(fault) => Answer { status: fault.status(), body: E::fault(call, fault) },
    }
}

/// The faults that no endpoint has to itself: their replies are shared.
pub(crate) fn faults() -> [Fault; 8] {
    [
        Fault::ForeignOrigin,
        Fault::NotFound,
        Fault::MethodNotAllowed,
        Fault::BodyTooLarge,
        Fault::UnsupportedMediaType,
        Fault::TooManyRequests { retry_after: 900 },
        Fault::Internal,
        Fault::Unavailable { cause: String::new() },
    ]
}

/// The reply to a fault, as a component of the document.
pub(crate) fn to_fault(contract: &Contract, fault: &Fault) -> Value {
    let mut reply = Reply::default();
    reply.refuse(contract, &call(&Method::POST, contract.prefix, None), &fault.clone().into());
    reply.response(contract)
}

/// The name of the component that has the reply to a fault.
pub(crate) fn component(contract: &Contract, fault: &Fault) -> String {
    let words = fault.words().split(' ').map(capitalised);
    format!("{}{}", contract.component, words.collect::<String>())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A call of an endpoint, as its envelope wants to see one.
fn call(method: &Method, path: &str, route: Option<&str>) -> Call {
    let client =
        Client { address: ClientAddress::parse(""), language: Language::English, tenant: None };
    let path = (path.to_owned(), String::new());
    let mut call = Call::new(method.clone(), path, client, &http::HeaderMap::new());
    call.route = route.map(str::to_owned);
    call
}

/// The replies of an endpoint, by their statuses.
pub(crate) struct Replies<'a> {
    contract: &'a Contract,
    by_status: BTreeMap<u16, Reply>,
}

/// What comes with one status.
#[derive(Default)]
struct Reply {
    /// What it may mean.
    meanings: Vec<String>,
    /// The fault, if it means one, and nothing else.
    fault: Option<Fault>,
    success: Option<Value>,
    /// Bodies of successes, by what they are examples of.
    successes: Vec<(String, Value)>,
    /// Bodies of refusals, with what they may mean.
    refusals: Vec<(Vec<String>, Value)>,
    is_page: bool,
    headers: Map<String, Value>,
    links: Map<String, Value>,
}

impl<'a> Replies<'a> {
    /// The replies of an endpoint of a contract.
    pub(crate) fn of(contract: &'a Contract, endpoint: &Endpoint) -> Self {
        let mut replies = Self { contract, by_status: BTreeMap::new() };
        replies.succeed(endpoint);
        let call = call(&endpoint.method, endpoint.path, Some(endpoint.path));
        for refusal in endpoint.handler_refusals() {
            if endpoint.pages != Pages::Always {
                replies.refuse(&call, &refusal);
            }
            if endpoint.pages != Pages::Never {
                replies.refuse_by_page(&refusal);
            }
        }
        for refusal in endpoint.door_refusals() {
            replies.refuse(&call, &refusal);
        }
        replies
    }

    /// The Responses Object.
    pub(crate) fn responses(self) -> Value {
        let contract = self.contract;
        let responses = self.by_status.into_iter();
        responses.map(|(status, reply)| (status.to_string(), reply.response_of(contract))).collect()
    }

    fn at(&mut self, status: u16) -> &mut Reply {
        self.by_status.entry(status).or_default()
    }

    fn succeed(&mut self, endpoint: &Endpoint) {
        let success = &endpoint.success;
        let status = if success.redirects { 302 } else { 200 };
        let reply = self.at(status);
        reply.meanings.push("success".to_owned());
        reply.is_page = endpoint.pages != Pages::Never && !success.redirects;
        reply.success.clone_from(&success.schema);
        let owned = |pairs: &[(&str, Value)]| -> Vec<(String, Value)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        reply.successes = owned(&success.examples);
        reply.headers.extend(owned(&success.headers));
        reply.links.extend(owned(&success.links));
    }

    fn refuse(&mut self, call: &Call, refusal: &Refusal) {
        let contract = self.contract;
        let status = (contract.word)(call, refusal).status;
        self.at(status.as_u16()).refuse(contract, call, refusal);
    }

    fn refuse_by_page(&mut self, refusal: &Refusal) {
        let page = Page::new(Language::English, "", "").refusing(refusal.clone());
        let reply = self.at(page.into_response().status().as_u16());
        reply.is_page = true;
        reply.mean(&meaning(refusal));
        reply.tell_headers(refusal);
        reply.fault = None;
    }
}

/// What a refusal means, whatever a contract says to it.
fn meaning(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Denied(reason) => reason.to_string(),
        Refusal::Fault(fault) => fault.words().to_owned(),
        Refusal::Answered(answer) => {
            let message = answer.body.get("message").and_then(Value::as_str);
            message.unwrap_or("refused").to_owned()
        }
    }
}

impl Reply {
    fn mean(&mut self, meaning: &str) {
        if !self.meanings.iter().any(|known| known == meaning) {
            self.meanings.push(meaning.to_owned());
        }
    }

    fn refuse(&mut self, contract: &Contract, call: &Call, refusal: &Refusal) {
        let meaning = meaning(refusal);
        self.fault = match refusal {
            Refusal::Fault(fault) if self.meanings.is_empty() => Some(fault.clone()),
            _ => None,
        };
        self.mean(&meaning);
        self.tell_headers(refusal);
        let body = (contract.word)(call, refusal).body;
        match self.refusals.iter_mut().find(|(_, known)| *known == body) {
            Some((meanings, _)) => meanings.push(meaning),
            None => self.refusals.push((vec![meaning], body)),
        }
    }

    fn tell_headers(&mut self, refusal: &Refusal) {
        let (name, schema) = match refusal {
            Refusal::Fault(Fault::TooManyRequests { .. } | Fault::Unavailable { .. }) => {
                let seconds = json!({
                    "type": "integer",
                    "minimum": 1,
                    "description": "In how many seconds to try again.",
                });
                ("Retry-After", seconds)
            }
            Refusal::Fault(Fault::MethodNotAllowed) => {
                let methods = json!({
                    "type": "string",
                    "pattern": "^[A-Z]+(, ?[A-Z]+)*$",
                    "description": "The methods that the path has.",
                });
                ("Allow", methods)
            }
            _ => return,
        };
        self.headers.insert(name.to_owned(), json!({ "required": true, "schema": schema }));
    }

    /// The Response Object, or a reference to the one that all endpoints of the contract share.
    fn response_of(self, contract: &Contract) -> Value {
        match &self.fault {
            Some(fault) => {
                let name = component(contract, fault);
                json!({ "$ref": format!("#/components/responses/{name}") })
            }
            None => self.response(contract),
        }
    }

    fn response(self, contract: &Contract) -> Value {
        let mut content = Map::new();
        if self.success.is_some() || !self.refusals.is_empty() {
            let json = json!({ "schema": self.schema(contract), "examples": self.examples() });
            content.insert("application/json".to_owned(), json);
        }
        if self.is_page {
            let page = json!({ "schema": { "type": "string" } });
            content.insert("text/html".to_owned(), page);
        }
        let mut response = Map::new();
        response.insert("description".to_owned(), self.meanings.join("; ").into());
        for (name, value) in
            [("headers", self.headers), ("content", content), ("links", self.links)]
        {
            if !value.is_empty() {
                response.insert(name.to_owned(), value.into());
            }
        }
        response.into()
    }

    fn schema(&self, contract: &Contract) -> Value {
        let said = |bodies: Vec<&Value>| -> Value {
            let schema = named(&format!("{}Refusal", contract.component));
            // A body that shows the request's own path is another one each time; the rest is said here.
            let errors: Vec<_> = bodies.iter().filter_map(|body| body.get("error")).collect();
            if errors.is_empty() {
                with(schema, "enum", json!(bodies))
            } else {
                with(schema, "properties", json!({ "error": { "enum": errors } }))
            }
        };
        let bodies: Vec<_> = self.refusals.iter().map(|(_, body)| body).collect();
        match &self.success {
            None => said(bodies),
            Some(success) if bodies.is_empty() => success.clone(),
            Some(success) => json!({ "oneOf": [success, said(bodies)] }),
        }
    }

    fn examples(&self) -> Map<String, Value> {
        let successes = self.successes.iter().map(|(name, body)| {
            let example = json!({ "value": body });
            (slug(name), example)
        });
        let refusals = self.refusals.iter().filter_map(|(meanings, body)| {
            let example = json!({ "summary": meanings.join("; "), "value": body });
            Some((slug(meanings.first()?), example))
        });
        successes.chain(refusals).collect()
    }
}

/// The name of an example: letters, digits and `_` alone.
fn slug(words: &str) -> String {
    words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
