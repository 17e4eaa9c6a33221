//! Keeps other sites' pages away from the stand-ins, which hold links and codes that sign people in,
//! and keys, and from the provider, which signs in whoever asks.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header, uri::Authority};

use crate::gateway::plain;

/// Refuses what a browser sends for another site. A form or a script of any site may post to this
/// machine, which its `Origin` betrays; and a name that an attacker makes resolve to this machine
/// would make his page one of ours, which its `Host` betrays.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    if is_ours(request.headers()) {
        next.run(request).await
    } else {
        plain(StatusCode::FORBIDDEN, "Forbidden").map(Body::from).into_response()
    }
}

fn is_ours(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let Some(host) = host.filter(is_loopback) else {
        return false;
    };
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
        origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()))
    })
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = bare.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::is_ours;

    #[test]
    fn only_this_machine_under_its_own_names_is_ours() {
        for (host, origin, expected) in [
            (Some("127.0.0.1:3000"), None, true),
            (Some("127.8.9.1"), None, true),
            (Some("[::1]:3000"), None, true),
            (Some("LocalHost:3000"), Some("http://localhost:3000"), true),
            (Some("localhost:3000"), Some("http://localhost:3001"), false),
            (Some("localhost:3000"), Some("http://127.0.0.1:3000"), false),
            (Some("localhost:3000"), Some("https://localhost:3000"), false),
            (Some("localhost:3000"), Some("http://evil.example"), false),
            (Some("localhost:3000"), Some("null"), false),
            (Some("evil.example:3000"), Some("http://evil.example:3000"), false),
            (Some("localhost.evil.example"), None, false),
            (Some("127.0.0.1.evil.example"), None, false),
            (Some("localhost@evil.example"), None, false),
            (Some("192.168.0.1:3000"), None, false),
            (Some(""), None, false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
                headers.extend(value.map(|value| (name, HeaderValue::from_static(value))));
            }
            assert_eq!(is_ours(&headers), expected, "{host:?} {origin:?}");
        }
    }
}
