//! Whether a browser sent a request for a page that may call us.

use http::{HeaderMap, HeaderValue, Method, header};

/// Whether a request comes from a page of another site that is not allowed to call.
///
/// Checked where something changes or a credential is handed out ([OWASP], "Verifying origin with
/// standard headers" and "Fetch metadata"), with a cookie or without one: a page must not sign its
/// visitor in to an account of its own either. What is no browser sends neither header and passes.
///
/// [OWASP]: https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
pub(super) fn is_foreign(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    allowed_origins: &[String],
) -> bool {
    if !is_guarded(method, path) {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    if origins.peek().is_some() {
        let host = headers.get(header::HOST);
        return !origins.all(|origin| is_own(origin, host) || is_allowed(origin, allowed_origins));
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    sites.any(|site| site == "cross-site")
}

/// Whether the request may change something, or hand out a credential although it is a GET.
fn is_guarded(method: &Method, path: &str) -> bool {
    match *method {
        Method::GET | Method::HEAD => path.ends_with("/token"),
        Method::OPTIONS | Method::TRACE => false,
        _ => true,
    }
}

fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
        return false;
    };
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| !host.is_empty() && authority.eq_ignore_ascii_case(host))
}

fn is_allowed(origin: &HeaderValue, allowed_origins: &[String]) -> bool {
    origin.to_str().is_ok_and(|origin| {
        allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::is_foreign;

    fn foreign(method: &Method, path: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = [("host", "api.example.com")]
            .iter()
            .chain(headers)
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_foreign(method, path, &headers, &["https://app.example.com".to_owned()])
    }

    #[test]
    fn our_own_pages_allowed_pages_and_no_browsers_may_call() {
        for headers in [
            &[] as &[_],
            &[("origin", "https://api.example.com")],
            &[("origin", "https://API.example.com"), ("sec-fetch-site", "same-origin")],
            &[("origin", "https://app.example.com"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!foreign(&Method::POST, "/users", headers), "{headers:?}");
        }
    }

    #[test]
    fn pages_of_other_sites_may_not() {
        for headers in [
            &[("origin", "https://evil.example")] as &[_],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "https://api.example.com.evil.example")],
            &[("origin", "https://api.example.com:8443")],
            &[("origin", "https://evil.example/https://app.example.com")],
            &[("origin", "https://app.example.com"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                assert!(foreign(&method, "/users", headers), "{headers:?}");
            }
            assert!(foreign(&Method::GET, "/email/token", headers), "{headers:?}");
            assert!(!foreign(&Method::GET, "/users/1", headers), "{headers:?}");
        }
    }
}
