//! What every request passes on its way in and every reply on its way out.

use std::{
    convert::Infallible,
    marker::PhantomData,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use http_body_util::BodyExt as _;
use lambda_http::{
    RequestExt as _,
    request::RequestContext,
    tower::{Service, ServiceExt as _},
};

use super::{
    Call, Contract, Fault, MAX_BODY_BYTES, Refusal, origin, page::Worded, path, reply::json,
};
use crate::{address::ClientAddress, app::App, directory::Client, notify::Language};

/// A contract's router behind everything that all contracts have in common. Clones share it.
pub struct Door<C> {
    router: Router,
    app: App,
    contract: PhantomData<Arc<C>>,
}

impl<C> Clone for Door<C> {
    fn clone(&self) -> Self {
        Self { router: self.router.clone(), app: self.app.clone(), contract: PhantomData }
    }
}

impl<C> std::fmt::Debug for Door<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door(..)")
    }
}

/// For so long a request is worked on. Lambda stops a function after ten seconds, and the gateway
/// would then answer in words of its own. What was not done by then is as good as interrupted.
const PATIENCE: Duration = Duration::from_secs(9);

/// The headers that every reply has: nothing that passes here is for caches, frames or sniffing
/// (ASVS 5.0, chapter 3.4 and requirement 14.3.2).
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

impl<C: Contract> Door<C> {
    /// A door before these routes.
    #[must_use]
    pub fn new(router: Router<App>, app: App) -> Self {
        let router = router
            .fallback(async || Refusal::from(Fault::NotFound))
            .method_not_allowed_fallback(async || Refusal::from(Fault::MethodNotAllowed))
            .layer(from_fn(tell_route))
            .with_state(app.clone());
        Self { router, app, contract: PhantomData }
    }

    async fn answer(self, request: lambda_http::Request) -> http::Response<String> {
        let started = Instant::now();
        let log = Log::of(&request);
        let mut call = call(&request);
        let response = self.ask_router(&call, request).await;
        let (mut parts, body) = response.into_parts();
        call.route = parts.extensions.remove::<Route>().map(|route| route.0);
        let mut response = match parts.extensions.remove::<Refusal>() {
            Some(refusal) => {
                log.line::<C>(&call, Some(&refusal), started.elapsed());
                let mut response = word::<C>(&call, &refusal);
                if let Some(allow) = parts.headers.remove(header::ALLOW) {
                    response.headers_mut().insert(header::ALLOW, allow);
                }
                response
            }
            None => {
                let worded = parts.extensions.remove::<Worded>().map(|worded| worded.0);
                log.line::<C>(&call, worded.as_ref(), started.elapsed());
                if let Some(seconds) = worded.as_ref().and_then(Refusal::retry_after) {
                    parts.headers.insert(header::RETRY_AFTER, seconds.into());
                }
                // A handler's body is a text in memory: there is nothing in it that could fail.
                let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                http::Response::from_parts(parts, String::from_utf8_lossy(&body).into_owned())
            }
        };
        if call.method == Method::HEAD {
            response.body_mut().clear();
        }
        add_headers(&mut response);
        response
    }

    async fn ask_router(&self, call: &Call, request: lambda_http::Request) -> Response {
        use axum::response::IntoResponse as _;
        let refuse = |fault: Fault| Refusal::from(fault).into_response();

        let allowed_origins = &self.app.config.allowed_origins;
        let path = path::canonical(&call.path);
        if origin::is_foreign(&call.method, &path, request.headers(), allowed_origins) {
            return refuse(Fault::ForeignOrigin);
        }
        if request.body().len() > MAX_BODY_BYTES {
            return refuse(Fault::BodyTooLarge);
        }
        let Ok(uri) = Uri::try_from(path) else {
            return refuse(Fault::NotFound);
        };
        let (mut parts, body) = request.into_parts();
        parts.uri = uri;
        parts.extensions.insert(call.clone());
        let request = Request::from_parts(parts, Body::from(body.to_vec()));
        let answered = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind();
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_panic)) => refuse(Fault::Internal),
            Err(_too_late) => refuse(Fault::Unavailable { cause: "out of time".to_owned() }),
        }
    }
}

/// `lambda_http` parses the path as a URL, which changes some paths into others; the gateway's own
/// text decides.
fn call(request: &lambda_http::Request) -> Call {
    let source_ip = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    };
    let address = ClientAddress::parse(source_ip.unwrap_or_default());
    Call::new(
        request.method().clone(),
        (request.raw_http_path().to_owned(), request.uri().query().unwrap_or_default().to_owned()),
        Client { address, language: language(request.headers()), tenant: None },
        request.headers(),
    )
}

fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE);
    Language::from_accept_language(header.and_then(|header| header.to_str().ok()))
}

/// Adds the headers that every reply has. A page has a content policy of its own.
fn add_headers(response: &mut http::Response<String>) {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
}

fn word<C: Contract>(call: &Call, refusal: &Refusal) -> http::Response<String> {
    match refusal {
        Refusal::Denied(reason) => {
            let answer = C::denied(call, *reason);
            json(answer.status, &answer.body)
        }
        Refusal::Answered(answer) => json(answer.status, &answer.body),
        Refusal::Fault(fault) => {
            let mut response = json(fault.status(), &C::fault(call, fault));
            if let Some(seconds) = refusal.retry_after() {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
    }
}

/// The route that a path belongs to, on its way from the router to the door.
#[derive(Clone)]
struct Route(String);

async fn tell_route(route: Option<MatchedPath>, mut request: Request, next: Next) -> Response {
    let route = route.map(|route| Route(route.as_str().to_owned()));
    if let (Some(route), Some(call)) = (&route, request.extensions_mut().get_mut::<Call>()) {
        call.route = Some(route.0.clone());
    }
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// The line that every request leaves. It names what the product knows of itself (contract, route,
/// outcome), and nothing that came with the request but the gateway's own id for it.
struct Log {
    request_id: String,
}

impl Log {
    fn of(request: &lambda_http::Request) -> Self {
        let request_id = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
            _ => None,
        };
        Self { request_id: request_id.unwrap_or_default() }
    }

    fn line<C: Contract>(&self, call: &Call, refusal: Option<&Refusal>, took: Duration) {
        let request_id = self.request_id.as_str();
        let (contract, method) = (C::NAME, method_name(&call.method));
        let route = call.route.as_deref().unwrap_or("none");
        let milliseconds = took.as_millis();
        match refusal {
            Some(Refusal::Fault(Fault::Unavailable { cause })) => {
                tracing::error!(
                    request_id,
                    contract,
                    method,
                    route,
                    milliseconds,
                    cause,
                    outcome = "unavailable"
                );
            }
            Some(Refusal::Fault(Fault::Internal)) => {
                tracing::error!(
                    request_id,
                    contract,
                    method,
                    route,
                    milliseconds,
                    outcome = "panicked"
                );
            }
            Some(Refusal::Fault(fault)) => {
                let status = fault.status().as_u16();
                tracing::info!(
                    request_id,
                    contract,
                    method,
                    route,
                    milliseconds,
                    status,
                    outcome = "refused"
                );
            }
            Some(Refusal::Denied(reason)) => {
                let outcome = reason.to_string();
                tracing::info!(request_id, contract, method, route, milliseconds, outcome);
            }
            Some(Refusal::Answered(_)) => {
                let outcome = "parameter refused";
                tracing::info!(request_id, contract, method, route, milliseconds, outcome);
            }
            None => {
                tracing::info!(request_id, contract, method, route, milliseconds, outcome = "done");
            }
        }
    }
}

/// A method's name for the log; one that a client made up is not repeated there.
fn method_name(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

impl<C: Contract> Service<lambda_http::Request> for Door<C> {
    type Response = http::Response<String>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: lambda_http::Request) -> Self::Future {
        let door = self.clone();
        async move { Ok(door.answer(request).await) }.boxed()
    }
}

impl<C: Contract> Door<C> {
    /// The answer to a request that could not even be read.
    pub(super) fn unreadable() -> http::Response<String> {
        let client =
            Client { address: ClientAddress::parse(""), language: Language::English, tenant: None };
        let call = Call::new(Method::GET, Default::default(), client, &HeaderMap::new());
        let mut response = word::<C>(&call, &Fault::Internal.into());
        add_headers(&mut response);
        response
    }
}
