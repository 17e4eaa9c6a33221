//! An endpoint, as its contract's document describes it.

use http::Method;
use serde_json::{Map, Value, json};
use shared::http::{Fault, Refusal};

use crate::{contract::Contract, reply::Replies};

/// An endpoint.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// As in `template.yaml`.
    pub(crate) path: &'static str,
    /// By which clients that are generated name it: unique among all contracts.
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    /// It reads a body, of which it wants to be told what it is.
    reads_body: bool,
    security: Vec<Value>,
    pub(crate) success: Success,
    /// What its handler may refuse it for.
    refusals: Vec<Refusal>,
    pub(crate) pages: Pages,
}

/// What it says when it succeeds.
#[derive(Default)]
pub(crate) struct Success {
    /// The schema of the body, if it is JSON.
    pub(crate) schema: Option<Value>,
    /// Bodies, by what they are examples of.
    pub(crate) examples: Vec<(&'static str, Value)>,
    /// Headers by their names.
    pub(crate) headers: Vec<(&'static str, Value)>,
    /// Requests that its reply has the parameters of, by their names.
    pub(crate) links: Vec<(&'static str, Value)>,
    /// The browser is sent elsewhere.
    pub(crate) redirects: bool,
}

/// To whom an endpoint's handler answers with a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// To nobody.
    Never,
    /// To whoever accepts `text/html`.
    OnRequest,
    /// To everybody.
    Always,
}

impl Endpoint {
    /// An endpoint that takes nothing and says nothing so far.
    pub(crate) fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            description: "",
            parameters: Vec::new(),
            body: None,
            reads_body: false,
            security: Vec::new(),
            success: Success::default(),
            refusals: Vec::new(),
            pages: Pages::Never,
        }
    }

    /// What there is to know besides, in Markdown.
    pub(crate) fn described(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// It takes a body: one JSON object.
    pub(crate) fn takes(self, schema: &Value, example: &Value) -> Self {
        let json = json!({ "schema": schema, "example": example });
        let body = json!({ "required": true, "content": { "application/json": json } });
        Self { body: Some(body), reads_body: true, ..self }
    }

    /// It takes a body that may be left out: a JSON object, or a form.
    pub(crate) fn may_take(self, schema: &Value) -> Self {
        let content = json!({
            "application/json": { "schema": schema },
            "application/x-www-form-urlencoded": { "schema": schema },
        });
        let body = json!({ "required": false, "content": content });
        Self { body: Some(body), reads_body: true, ..self }
    }

    /// It takes a parameter in the query.
    pub(crate) fn asks(self, name: &str, schema: &Value, example: &str) -> Self {
        self.parameter("query", name, schema, example, true)
    }

    /// It takes a parameter in the query, which may be left out.
    pub(crate) fn may_ask(self, name: &str, schema: &Value, example: &str) -> Self {
        self.parameter("query", name, schema, example, false)
    }

    /// A segment of its path is a parameter.
    pub(crate) fn at(self, name: &str, schema: &Value, example: &str) -> Self {
        self.parameter("path", name, schema, example, true)
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        schema: &Value,
        example: &str,
        required: bool,
    ) -> Self {
        self.parameters.push(json!({
            "name": name,
            "in": place,
            "required": required,
            "schema": schema,
            "example": example,
        }));
        self
    }

    /// It takes one of these: each is a list of security schemes that have to come together.
    pub(crate) fn secured<const N: usize>(mut self, alternatives: [&[&str]; N]) -> Self {
        self.security = alternatives
            .iter()
            .map(|schemes| schemes.iter().map(|scheme| (*scheme, json!([]))).collect())
            .collect();
        self
    }

    /// It answers with this.
    pub(crate) fn answers(mut self, schema: Value, examples: &[(&'static str, Value)]) -> Self {
        self.success.schema = Some(schema);
        self.success.examples = examples.to_vec();
        self
    }

    /// It sends the browser elsewhere.
    pub(crate) fn redirects(mut self) -> Self {
        self.success.redirects = true;
        let location = json!({
            "required": true,
            "schema": { "type": "string", "format": "uri" },
        });
        self.success.headers.push(("Location", location));
        self
    }

    /// Its success always sets a cookie, with this value.
    pub(crate) fn sets(self, cookie: &Value) -> Self {
        self.cookie(cookie, true)
    }

    /// Some of its successes set a cookie, with this value.
    pub(crate) fn may_set(self, cookie: &Value) -> Self {
        self.cookie(cookie, false)
    }

    fn cookie(mut self, cookie: &Value, required: bool) -> Self {
        self.success
            .headers
            .push(("Set-Cookie", json!({ "required": required, "schema": cookie })));
        self
    }

    /// A success leads to another endpoint: its parameter is in the success's body.
    pub(crate) fn leads_to(
        mut self,
        name: &'static str,
        endpoint: &str,
        (parameter, pointer): (&str, &str),
    ) -> Self {
        let parameters = json!({ parameter: format!("$response.body#{pointer}") });
        let link = json!({ "operationId": endpoint, "parameters": parameters });
        self.success.links.push((name, link));
        self
    }

    /// It may be refused for these.
    pub(crate) fn refuses<R: Into<Refusal>>(
        mut self,
        refusals: impl IntoIterator<Item = R>,
    ) -> Self {
        self.refusals.extend(refusals.into_iter().map(Into::into));
        self
    }

    /// It has budgets.
    pub(crate) fn limited(self) -> Self {
        self.refuses([Fault::TooManyRequests { retry_after: 900 }])
    }

    /// Its handler answers with pages.
    pub(crate) fn shows(self, pages: Pages) -> Self {
        Self { pages, ..self }
    }

    /// What its handler may refuse it for.
    pub(crate) fn handler_refusals(&self) -> Vec<Refusal> {
        let outage = Fault::Unavailable { cause: String::new() };
        self.refusals.iter().cloned().chain([outage.into()]).collect()
    }

    /// What it may be refused for on its way to the handler.
    pub(crate) fn door_refusals(&self) -> Vec<Refusal> {
        let is_guarded = self.method != Method::GET || self.path.ends_with("/token");
        let faults = [
            (is_guarded, Fault::ForeignOrigin),
            (true, Fault::BodyTooLarge),
            // Without its parameters a path may be none, or another one.
            (self.path.contains('{'), Fault::NotFound),
            (true, Fault::MethodNotAllowed),
            (self.reads_body, Fault::UnsupportedMediaType),
            (true, Fault::Internal),
        ];
        faults.into_iter().filter(|(may_be, _)| *may_be).map(|(_, fault)| fault.into()).collect()
    }

    /// The Operation Object.
    pub(crate) fn operation(&self, contract: &Contract) -> Value {
        let mut operation = Map::new();
        let mut set = |name: &str, value: Value| operation.insert(name.to_owned(), value);
        set("tags", json!([contract.name]));
        set("operationId", self.id.into());
        set("summary", self.summary.into());
        if !self.description.is_empty() {
            set("description", self.description.into());
        }
        if !self.security.is_empty() {
            set("security", self.security.clone().into());
        }
        if !self.parameters.is_empty() {
            set("parameters", self.parameters.clone().into());
        }
        if let Some(body) = &self.body {
            set("requestBody", body.clone());
        }
        set("responses", Replies::of(contract, self).responses());
        operation.into()
    }
}
