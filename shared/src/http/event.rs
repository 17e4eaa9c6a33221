//! From an event of the API gateway to a request, whatever the event holds.
//!
//! `lambda_http` trusts the gateway: it panics on events that the real one would not send, but that
//! tests, emulators and direct invocations can. What it would trip over is taken out first, and a
//! panic that gets through is answered all the same.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use data_encoding::BASE64;
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderName, header};
use lambda_http::{Adapter, LambdaEvent, request::LambdaRequest, tower::Service};
use serde_json::Value;
use url::Url;

use super::{Contract, Door};

/// A door as Lambda's runtime calls it: an event goes in, the gateway's response comes out.
#[derive(Clone, Debug)]
pub struct Entry<C>(Door<C>);

impl<C: Contract> Entry<C> {
    /// The entry to a door.
    #[must_use]
    pub fn new(door: Door<C>) -> Self {
        Self(door)
    }

    /// Answers an event. The response is JSON in the gateway's payload format 2.0.
    pub async fn answer(&self, event: LambdaEvent<Value>) -> Value {
        let door = self.0.clone();
        // Reading and converting the event are what could panic; the door catches its own.
        let started = catch_unwind(AssertUnwindSafe(|| {
            let request = serde_json::from_value(event.payload).map(without_traps).ok()?;
            let event = LambdaEvent::new(LambdaRequest::ApiGatewayV2(request), event.context);
            Some(Adapter::from(door).call(event))
        }));
        let answered = match started {
            Ok(Some(answer)) => answer.await.ok().and_then(|it| serde_json::to_value(it).ok()),
            Ok(None) | Err(_) => None,
        };
        answered.unwrap_or_else(|| last_resort(&Door::<C>::unreadable()))
    }
}

impl<C: Contract> Service<LambdaEvent<Value>> for Entry<C> {
    type Response = Value;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Value, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Value>) -> Self::Future {
        let entry = Self(self.0.clone());
        async move { Ok(entry.answer(event).await) }.boxed()
    }
}

/// How long a path or a query may be, in bytes. The gateway takes no longer request line
/// ([quotas]), and `http` no longer URI than 64 KiB.
///
/// [quotas]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const MAX_PART_BYTES: usize = 10_240;

/// How long a host with its port may be, in bytes (RFC 1123, section 2.1).
const MAX_HOST_BYTES: usize = 255 + ":65535".len();

/// The event without what `lambda_http` cannot take. Nothing that Atrium reads is lost: the path is
/// taken from the event as it is, with its stage, and these headers say nothing that the gateway
/// does not.
fn without_traps(mut event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpRequest {
    for name in ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"] {
        event.headers.remove(HeaderName::from_static(name));
    }
    let host = event.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_host) {
        event.headers.remove(header::HOST);
        event.request_context.domain_name = None;
    }
    event.request_context.stage = None;
    // What is too long to be a route is too long whole or cut.
    for part in [&mut event.raw_path, &mut event.raw_query_string].into_iter().flatten() {
        let end = part.floor_char_boundary(MAX_PART_BYTES);
        part.truncate(end);
    }
    // Without its first slash a path would be read as a part of the host, or as no URL at all.
    if let Some(path) = event.raw_path.as_mut().filter(|path| !path.starts_with('/')) {
        path.insert(0, '/');
    }
    if let Some(query) = &event.raw_query_string {
        event.raw_query_string = Some(encode_query(query));
    }
    let body = event.body.as_deref().unwrap_or_default();
    if event.is_base64_encoded && BASE64.decode(body.as_bytes()).is_err() {
        // A body that is not what the event says is no body.
        event.body = None;
    }
    event
}

/// Whether a URL can have this host, with or without a port, and keeps it in plain characters.
fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    text.len() <= MAX_HOST_BYTES
        && text.bytes().all(plain)
        && Url::parse(&format!("https://{text}/")).is_ok()
}

/// A query as the client sent it has only characters of a URI; any other one is encoded.
fn encode_query(query: &str) -> String {
    query
        .bytes()
        .map(|byte| match byte {
            b'!' | b'$'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn last_resort(response: &http::Response<String>) -> Value {
    let headers: serde_json::Map<String, Value> = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect();
    serde_json::json!({
        "statusCode": response.status().as_u16(),
        "headers": headers,
        "body": response.body(),
        "isBase64Encoded": false,
        "cookies": [],
    })
}
