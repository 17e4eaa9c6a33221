//! What API Gateway does to a request on its way to a function, and to the response on its way
//! back: an HTTP API with payload format 2.0 ([AWS]).
//!
//! [AWS]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::Result;
use axum::body::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use shared::clock::Clock;

use crate::{Template, cors::CorsRules, functions::Function, template::Route};

/// The greatest body that an HTTP API takes.
pub(crate) const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The routes of the API and the functions behind them.
#[derive(Debug)]
pub struct Gateway {
    routes: Vec<Route>,
    functions: HashMap<String, Function>,
    cors: Option<CorsRules>,
    requests: AtomicU64,
}

impl Gateway {
    /// A gateway as the template says, whose functions `link` finds by name. What is behind `$default`
    /// may call those of the others that its policy names. Pages of `origins` may call it.
    ///
    /// # Errors
    ///
    /// When `link` does not find one.
    pub fn new(
        template: &Template,
        origins: &[String],
        link: impl Fn(&str) -> Result<Function>,
    ) -> Result<Self> {
        let routes = template.routes.clone();
        let linked = routes
            .iter()
            .filter(|route| !route.is_default())
            .map(|route| Ok((route.function.clone(), link(&route.function)?)));
        let mut functions: HashMap<_, _> = linked.collect::<Result<_>>()?;
        if let Some(default) = routes.iter().find(|route| route.is_default()) {
            let policy = template.policies.get(&default.function);
            let may = |name: &str| policy.is_some_and(|policy| policy.may_invoke(name));
            let others = functions.iter().filter(|(name, _)| may(name));
            let others = others.map(|(name, function)| (name.clone(), function.clone()));
            let fallback = Function::fallback(others.collect());
            functions.insert(default.function.clone(), fallback);
        }
        let cors = CorsRules::new(&template.cors, origins);
        Ok(Self { routes, functions, cors, requests: AtomicU64::new(1) })
    }

    /// The function with this name, if it has routes.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    /// Answers a request that comes from `source`.
    pub async fn answer(&self, request: Request<Bytes>, source: IpAddr) -> Response<Bytes> {
        let Some(cors) = &self.cors else { return self.route(request, source).await };
        if let Some(response) = cors.preflight(&request) {
            return response;
        }
        let origin = cors.origin(&request);
        let mut response = self.route(request, source).await;
        cors.apply(response.headers_mut(), origin);
        response
    }

    async fn route(&self, request: Request<Bytes>, source: IpAddr) -> Response<Bytes> {
        let path = decode(request.uri().path());
        let Some((route, parameters)) = self.find(request.method(), &path) else {
            return plain(StatusCode::NOT_FOUND, "Not Found");
        };
        let Some(function) = self.functions.get(&route.function) else {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        };
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let event = event(&request, source, &path, route, &parameters, number);
        to_http(&function.answer(event).await)
            .unwrap_or_else(|| plain(StatusCode::BAD_GATEWAY, "Internal Server Error"))
    }

    /// The most specific route, and the values of its path's parameters; or `$default`.
    fn find(&self, method: &Method, path: &str) -> Option<(&Route, Map<String, Value>)> {
        self.routes
            .iter()
            .filter(|route| route.method == "ANY" || route.method == method.as_str())
            .filter_map(|route| matched(&route.path, path).map(|parameters| (route, parameters)))
            .max_by_key(|(route, _)| specificity(route))
            .or_else(|| Some((self.routes.iter().find(|route| route.is_default())?, Map::new())))
    }
}

/// Of two routes that match, the gateway takes the one without a greedy parameter, then the one
/// with more constant segments, then the one for the very method.
fn specificity(route: &Route) -> (bool, usize, bool) {
    let constant = route.path.split('/').filter(|segment| !segment.starts_with('{')).count();
    (!route.path.contains("+}"), constant, route.method != "ANY")
}

fn matched(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut parameters = Map::new();
    let mut path = path.strip_prefix('/')?;
    let mut pattern = pattern.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = pattern.next() {
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix("+}")) {
            parameters.insert(name.to_owned(), path.into());
            return (!path.is_empty()).then_some(parameters);
        }
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                parameters.insert(name.to_owned(), segment.into());
            }
            None if part == segment => {}
            _ => return None,
        }
        match (pattern.peek(), rest) {
            (None, None) => return Some(parameters),
            (Some(_), Some(rest)) => path = rest,
            _ => return None,
        }
    }
    None
}

fn event(
    request: &Request<Bytes>,
    source: IpAddr,
    path: &str,
    route: &Route,
    parameters: &Map<String, Value>,
    number: u64,
) -> Value {
    let query = request.uri().query().unwrap_or_default();
    let (body, is_base64_encoded) = body(request);
    let host = header_text(request.headers(), &header::HOST).unwrap_or_default();
    let agent = header_text(request.headers(), &header::USER_AGENT).unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key(),
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(request.headers()),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": request.method().as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source.to_string(),
                "userAgent": agent,
            },
            "requestId": format!("local-{number}"),
            "routeKey": route.key(),
            "stage": "$default",
            "timeEpoch": Clock::system().now() * 1000,
        },
        "isBase64Encoded": is_base64_encoded,
    });
    if let Value::Object(event) = &mut event {
        let cookies = cookies(request.headers());
        if !cookies.is_empty() {
            event.insert("cookies".to_owned(), cookies.into());
        }
        if !query.is_empty() {
            event.insert("queryStringParameters".to_owned(), query_parameters(query));
        }
        if !parameters.is_empty() {
            event.insert("pathParameters".to_owned(), parameters.clone().into());
        }
        if let Some(body) = body {
            event.insert("body".to_owned(), body.into());
        }
    }
    event
}

/// Headers with lower-case names, those that came more than once joined by commas. Cookies are
/// handed over apart.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .keys()
        .filter(|name| *name != header::COOKIE)
        .filter_map(|name| Some((name.to_string(), header_text(headers, name)?.into())))
        .collect()
}

fn header_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let texts: Vec<_> =
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter();
    values
        .flat_map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let cookies: Vec<_> = text.split(';').map(|cookie| cookie.trim().to_owned()).collect();
            cookies
        })
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Query parameters, decoded, those that came more than once joined by commas.
fn query_parameters(query: &str) -> Value {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text: &str| decode(&text.replace('+', " "));
        let (name, value) = (decode(name), decode(value));
        let joined = match parameters.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(name, joined.into());
    }
    parameters.into()
}

/// The body, and whether it is in base64: the gateway hands over as text what says to be text.
fn body(request: &Request<Bytes>) -> (Option<String>, bool) {
    if request.body().is_empty() {
        return (None, false);
    }
    let content_type = header_text(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
    let is_text = content_type.is_empty()
        || ["text/", "application/json", "application/xml", "application/javascript"]
            .iter()
            .any(|text| content_type.starts_with(text));
    match String::from_utf8(request.body().to_vec()) {
        Ok(text) if is_text => (Some(text), false),
        _ => (Some(BASE64.encode(request.body())), true),
    }
}

/// A path or query part with its percent-encoding undone. What is no UTF-8 then is replaced, and a
/// `%` that begins no encoding stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.first_chunk::<2>().filter(|_| byte == b'%');
        let value = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (value, tail.get(2..)) {
            (Some(value), Some(after)) => {
                bytes.push(value);
                rest = after;
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn to_http(answer: &Value) -> Option<Response<Bytes>> {
    let status = u16::try_from(answer["statusCode"].as_u64()?).ok()?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true {
        BASE64.decode(text.as_bytes()).ok()?.into()
    } else {
        Bytes::from(text.to_owned())
    };
    let mut response = Response::builder().status(status).body(body).ok()?;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let value = HeaderValue::from_str(value.as_str()?).ok()?;
        response.headers_mut().insert(HeaderName::try_from(name).ok()?, value);
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let cookie = HeaderValue::from_str(cookie.as_str()?).ok()?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Some(response)
}

/// A reply of the gateway's own.
pub(crate) fn plain(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Gateway, decode, matched};
    use crate::template::Template;

    #[test]
    fn a_path_matches_segment_by_segment() {
        for (pattern, path, expected) in [
            ("/users", "/users", Some("{}")),
            ("/users", "/users/", None),
            ("/users/{id}", "/users/1", Some(r#"{"id":"1"}"#)),
            ("/users/{id}", "/users/", None),
            ("/users/{id}", "/users/1/2", None),
            ("/users/{proxy+}", "/users/1/2", Some(r#"{"proxy":"1/2"}"#)),
            ("/users/{proxy+}", "/users/", None),
            ("/users/{proxy+}", "/users", None),
        ] {
            let found = matched(pattern, path).map(|it| serde_json::Value::from(it).to_string());
            assert_eq!(found.as_deref(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_most_specific_route_answers() {
        let template = Template::load().unwrap();
        let app = |_: &str| anyhow::bail!("not asked");
        assert!(Gateway::new(&template, &[], app).is_err());
        let functions = std::collections::HashMap::new();
        let gateway =
            Gateway { routes: template.routes, functions, cors: None, requests: 1.into() };
        for (method, path, expected) in [
            (Method::POST, "/users/sign_in", "POST /users/sign_in"),
            (Method::GET, "/users/sign_in", "GET /users/{id}"),
            (Method::GET, "/users/1", "GET /users/{id}"),
            (Method::PUT, "/users/1", "ANY /users/{proxy+}"),
            (Method::PUT, "/users", "ANY /users"),
            (Method::POST, "/api/v1/user/login/", "ANY /api/v1/user/{proxy+}"),
            (Method::POST, "//user/signin", "$default"),
            (Method::GET, "/user", "$default"),
            (Method::GET, "/", "$default"),
        ] {
            let (route, _) = gateway.find(&method, path).unwrap();
            assert_eq!(route.key(), expected, "{method} {path}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_once() {
        for (given, expected) in [
            ("/a%2Fb", "/a/b"),
            ("/a%252Fb", "/a%2Fb"),
            ("/%E5%AF%86", "/密"),
            ("/%", "/%"),
            ("/%zz%4", "/%zz%4"),
            ("/%+1", "/%+1"),
            ("/%ff", "/\u{fffd}"),
        ] {
            assert_eq!(decode(given), expected);
        }
    }
}
