//! Paths: what they lead to, and whom a mailed link is for.

use serde_json::Value;
use shared::{
    credential::{BareToken, digest},
    identifier::Email,
};

use crate::{
    text,
    world::{Request, World},
};

/// Every route of the functions that doors are before, without its first slash. `*` is one segment,
/// `**` one or more.
const ROUTES: [(&str, &[&str]); 7] = [
    ("api-key", &["user/signin", "user/signout"]),
    ("cookie", &["api/v1/user/register", "api/v1/user/login", "api/v1/user/logout"]),
    (
        "email",
        &[
            "email/users",
            "email/users/active",
            "email/users/active/**",
            "email/users/cancel",
            "email/users/cancel/**",
            "email/token",
        ],
    ),
    ("oauth", &["oauth/*/start", "oauth/*/callback"]),
    ("phone", &["phone/users/code", "phone/users", "phone/token"]),
    (
        "tenant",
        &[
            "api/user/signin",
            "api/user/signup",
            "api/user/signout",
            "api/user/update_password",
            ".well-known/jwks.json",
            ".well-known/openid-configuration",
        ],
    ),
    ("users", &["users", "users/sign_in", "users/sign_out", "users/password", "users/*"]),
];

/// More than this a path is cut.
const MAX_BYTES: usize = 10_000;

/// A path leads where its segments say, and nowhere else. No route has the method that is asked for,
/// so the answer tells whether there is one.
pub(crate) fn path(data: &[u8]) {
    let path = text(data);
    if path.len() > MAX_BYTES {
        return;
    }
    let segments = segments(&path);
    for (function, routes) in ROUTES {
        let answer = World::get().answer(&Request::new(function, "PURGE", &path));
        let leads = routes.iter().any(|route| matches(route, &segments));
        assert_eq!(answer.status, if leads { 405 } else { 404 }, "{path:?} at {function}");
        assert_eq!(answer.is_nowhere(), !leads);
        if function == "users" {
            let slash = if path.starts_with('/') { "" } else { "/" };
            assert_eq!(answer.json()["url"], format!("{slash}{path}"));
        }
    }
    let clean: String = segments.iter().map(|segment| format!("/{segment}")).collect();
    assert_eq!(fallback::owner(&clean), None, "{clean:?} is handed around");
    if let Some(owner) = fallback::owner(&path) {
        assert_ne!(path, clean);
        let (_, routes) = ROUTES.iter().find(|(function, _)| *function == owner).unwrap();
        let first = segments[0];
        assert!(routes.iter().any(|route| route.split('/').next() == Some(first)), "{path:?}");
    }
    for (function, routes) in ROUTES {
        if path != clean && routes.iter().any(|route| matches(route, &segments)) {
            assert_eq!(fallback::owner(&path), Some(function), "{path:?}");
        }
    }
}

/// A mailed link is for the address and the token that stand in it. The first byte chooses what is
/// done with it.
pub(crate) fn link(data: &[u8]) {
    let Some((choice, tail)) = data.split_first() else { return };
    let tail = text(tail);
    if tail.len() > MAX_BYTES {
        return;
    }
    let folder = if choice & 1 == 0 { "active" } else { "cancel" };
    let method = ["GET", "POST", "HEAD", "DELETE"][usize::from(choice >> 1) % 4];
    let path = format!("/email/users/{folder}/{tail}");
    let mut request = Request::new("email", method, &path);
    if choice & 8 == 0 {
        request.headers.push(("accept", "text/html"));
    }
    if choice & 16 == 0 && method == "POST" {
        request.body = br#"{"password":"k9#Lw2!pQz"}"#;
    }
    World::get().answer(&request);

    let tail = segments(&tail).join("/");
    let (address, token) = tail.rsplit_once('/').unwrap_or_default();
    let keys = World::get().asked().iter().flat_map(partitions).collect::<Vec<_>>();
    let meant = Email::parse(address).is_some() && BareToken::parse(token).is_some();
    assert_eq!(!keys.is_empty(), meant && method != "DELETE", "{method} {path:?}");
    for key in keys {
        if let Some(asked) = key.strip_prefix("email#") {
            let meant = Email::parse(address).unwrap();
            assert_eq!(asked, meant.as_str(), "{path:?} is somebody else's");
        } else if let Some(asked) = key.strip_prefix("pending#") {
            assert_eq!(asked, digest(token), "{path:?}");
        } else {
            panic!("a link asks for {key}");
        }
    }
}

/// The segments of a path that has been decoded. Empty ones do not count.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn matches(route: &str, segments: &[&str]) -> bool {
    let route: Vec<_> = route.split('/').collect();
    let alike = |(part, segment): (&&str, &&str)| part.starts_with('*') || part == segment;
    let longer = route.last() == Some(&"**") && segments.len() > route.len();
    (longer || segments.len() == route.len()) && route.iter().zip(segments).all(alike)
}

/// The partition keys in a request to the database, wherever they stand in it.
fn partitions(request: &Value) -> Vec<String> {
    match request {
        Value::Object(fields) => {
            let own = fields.get("pk").and_then(|key| key["S"].as_str()).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(partitions)).collect()
        }
        Value::Array(items) => items.iter().flat_map(partitions).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
