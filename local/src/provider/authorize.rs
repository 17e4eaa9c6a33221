//! The page on which a developer says who to be, and the codes that it hands out.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use form_urlencoded::Serializer;
use http::{StatusCode, header};
use sha2::{Digest as _, Sha256};
use shared::clock::Seconds;

use super::{CLIENT_ID, Parameters, Provider, random};

/// For so long a code is good.
const CODE_LIFETIME: Seconds = 60;

/// The greatest number of characters of a subject.
const MAX_SUBJECT: usize = 255;

const STYLE: &str = include_str!("page.css");

/// What a code stands for.
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) expires: Seconds,
}

/// What is asked for in a query.
struct Request {
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    challenge: String,
}

#[derive(Template)]
#[template(path = "provider.html")]
struct Page<'a> {
    style: &'static str,
    request: &'a Request,
    problem: bool,
}

impl Request {
    /// Says what is wrong to the developer, instead of sending an error to the client: it is the
    /// API of the same developer.
    fn read(provider: &Provider, parameters: &Parameters) -> Result<Self, &'static str> {
        let get = |name| parameters.get(name);
        let text = |name| get(name).map(str::to_owned);
        if get("client_id") != Some(CLIENT_ID) {
            return Err("client_id is not the client's");
        }
        if get("redirect_uri") != Some(&provider.0.redirect_uri) {
            return Err("redirect_uri is not the client's");
        }
        if get("response_type") != Some("code") {
            return Err("response_type is not code");
        }
        if !get("scope").unwrap_or_default().split(' ').any(|scope| scope == "openid") {
            return Err("scope has no openid");
        }
        if get("code_challenge_method") != Some("S256") {
            return Err("code_challenge_method is not S256");
        }
        Ok(Self {
            redirect_uri: provider.0.redirect_uri.clone(),
            state: text("state"),
            nonce: text("nonce"),
            challenge: text("code_challenge").ok_or("code_challenge is missing")?,
        })
    }

    /// The client's address, with this answer.
    fn answered(&self, provider: &Provider, name: &str, value: &str) -> Response {
        let mut query = Serializer::new(String::new());
        query.append_pair(name, value).append_pair("iss", &provider.0.issuer);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        let location = format!("{}?{}", self.redirect_uri, query.finish());
        let headers = [(header::LOCATION, location.as_str()), (header::CACHE_CONTROL, "no-store")];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    fn page(&self, problem: bool) -> Response {
        let html = Page { style: STYLE, request: self, problem };
        let html = html.render().unwrap_or_default();
        let style = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
        // Nothing on `form-action`: browsers hold to it what the form's reply redirects to, and
        // that is the API, and then the app.
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, policy.as_str()),
            // Otherwise the form's origin would be `null`, and the guard would refuse it.
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let status = if problem { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        (status, headers, html).into_response()
    }
}

/// `GET /authorize`: asks who to be.
pub(super) async fn ask(State(provider): State<Provider>, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    match Request::read(&provider, &parameters) {
        Ok(request) => request.page(false),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

/// `POST /authorize`: hands out a code, or says that the person does not want to.
pub(super) async fn decide(State(provider): State<Provider>, body: Bytes) -> Response {
    let parameters = Parameters::parse(&body);
    let request = match Request::read(&provider, &parameters) {
        Ok(request) => request,
        Err(problem) => return (StatusCode::BAD_REQUEST, problem).into_response(),
    };
    if parameters.get("cancel").is_some() {
        return request.answered(&provider, "error", "access_denied");
    }
    let subject = parameters.get("subject").map(str::trim).unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT {
        return request.page(true);
    }
    let Ok(code) = random() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let now = provider.0.clock.now();
    let grant = Grant {
        subject: subject.to_owned(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        expires: now + CODE_LIFETIME,
    };
    let mut codes = provider.codes();
    codes.retain(|_, grant| now < grant.expires);
    codes.insert(code.clone(), grant);
    request.answered(&provider, "code", &code)
}
