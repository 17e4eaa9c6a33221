//! Queries, cookies and headers of whole requests.

use shared::{
    credential::TenantCredentials,
    http::Fields,
    identifier::{Email, Phone},
};

use crate::{
    text,
    world::{ALLOWED_ORIGIN, Request, TENANT_HEADER, World},
};

/// A query asks for what its parameters say, wherever it is sent. The first byte chooses where.
pub(crate) fn query(data: &[u8]) {
    let Some((choice, query)) = data.split_first() else { return };
    let query = text(query);
    let (function, method, path) = [
        ("phone", "GET", "/phone/users/code"),
        ("phone", "GET", "/phone/token"),
        ("phone", "DELETE", "/phone/token"),
        ("email", "GET", "/email/token"),
        ("email", "DELETE", "/email/token"),
        ("oauth", "GET", "/oauth/example/start"),
        ("oauth", "GET", "/oauth/example/callback"),
    ][usize::from(*choice) % 7];
    let mut request = Request::new(function, method, path);
    request.query = &query;
    let visit = format!("connect.sid={}", "0f".repeat(32));
    request.cookies = vec![&visit, "token=0"];
    let answer = World::get().answer(&request);

    // Whatever the gateway cuts or encodes, what goes on to the directory was in the query.
    if query.len() < 10_000 && answer.status == 503 && path.ends_with("/token") {
        let fields = Fields::from_query(&query);
        let named = match function {
            "email" => fields.unspaced("email").ok().flatten().and_then(Email::parse).is_some(),
            _ => {
                let region = World::get().app.config.default_phone_region;
                let phone = fields.unspaced("phone").ok().flatten();
                phone.and_then(|phone| Phone::parse(phone, region)).is_some()
            }
        };
        assert!(named, "{query:?} names nobody, and somebody was looked up");
    }
}

/// However many cookies a browser has, and whatever is in them: nobody is signed in by them. Each line
/// is a cookie; the first byte chooses the request.
pub(crate) fn cookies(data: &[u8]) {
    let Some((choice, cookies)) = data.split_first() else { return };
    let cookies = text(cookies);
    let (function, method, path, body): (_, _, _, &[u8]) = [
        ("cookie", "POST", "/api/v1/user/logout", &b""[..]),
        ("users", "DELETE", "/users/sign_out", b""),
        ("users", "PATCH", "/users", br#"{"user":{"name":"Ann"}}"#),
        ("email", "DELETE", "/email/token", br#"{"email":"ann@example.com"}"#),
        ("phone", "DELETE", "/phone/token", br#"{"phone":"13800138000"}"#),
        ("tenant", "POST", "/api/user/signout", b""),
        ("oauth", "GET", "/oauth/example/callback", b""),
        (
            "tenant",
            "POST",
            "/api/user/signin",
            br#"{"username":"ann@example.com","password":"12345678"}"#,
        ),
    ][usize::from(*choice) % 8];
    let mut request = Request::new(function, method, path);
    request.cookies = cookies.split('\n').collect();
    request.body = body;
    World::get().answer(&request);
}

/// What headers say changes who is let in only where they are meant to. Each line is a header, its
/// name before its value.
pub(crate) fn headers(data: &[u8]) {
    let lines = text(data);
    let pairs: Vec<_> = lines.lines().filter_map(|line| line.split_once(':')).collect();
    let is_header = |(name, value): &(&str, &str)| {
        http::HeaderName::try_from(*name).is_ok() && http::HeaderValue::try_from(*value).is_ok()
    };
    // The gateway sends no other ones, and an event with such is none.
    let pairs: Vec<_> = pairs.into_iter().filter(is_header).collect();
    let mut request = Request::new("api-key", "POST", "/user/signout");
    request.headers.extend(pairs.iter().map(|(name, value)| (*name, value.trim())));
    request.body = br#"{"api_key":""}"#;
    let answer = World::get().answer(&request);

    let of = |wanted: &str| {
        let mut values =
            request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        values.next_back().map(|(_, value)| *value)
    };
    if let Some(origin) = of("origin") {
        let host = of("host").unwrap_or("api.test");
        let bare = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let own = bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host));
        let allowed = origin.eq_ignore_ascii_case(ALLOWED_ORIGIN);
        let foreign = answer.json()["error_name"] == "forbidden";
        assert!(own || allowed || foreign, "{origin:?} called {host:?}");
    }
}

/// Nobody is a tenant because of what stands in its header. Each line is a header; the first byte
/// chooses the request.
pub(crate) fn tenant_header(data: &[u8]) {
    let Some((choice, value)) = data.split_first() else { return };
    let value = text(value);
    let (method, path, body): (_, _, &[u8]) = [
        (
            "POST",
            "/api/user/signin",
            &br#"{"username":"ann@example.com","password":"12345678"}"#[..],
        ),
        ("POST", "/api/user/signup", br#"{"username":"ann@example.com","password":"12345678"}"#),
        ("POST", "/api/user/signout", b""),
        ("PUT", "/api/user/update_password", br#"{"password":"12345678","newpass":"12345679"}"#),
    ][usize::from(*choice) % 4];
    let lines: Vec<_> =
        value.split('\n').filter(|line| http::HeaderValue::try_from(*line).is_ok()).collect();
    let mut request = Request::new("tenant", method, path);
    request.headers.extend(lines.iter().map(|line| (TENANT_HEADER, *line)));
    request.headers.push(("authorization", "Bearer a.b.c"));
    request.body = body;
    let answer = World::get().answer(&request);
    if lines.is_empty() {
        return;
    }
    // A tenant that cannot be is counted, and that fails here; one that could be is not found.
    assert!(matches!(answer.status, 401 | 503), "{} {}", answer.status, answer.body);
    for request in World::get().asked() {
        let request = request.to_string();
        if let Some((_, rest)) = request.split_once("\"tenant#") {
            let (id, _) = rest.split_once('"').unwrap();
            assert!(TenantCredentials::new(id, "secret").is_some(), "{id:?} is no tenant");
        }
    }
}
