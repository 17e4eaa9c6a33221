//! The function `fallback`, behind the route that the gateway takes when no other one matches.
//!
//! The gateway compares paths to the letter, and clients do not write them so: the documents of the
//! contract `tenant` have `POST /api//user/signup`. A path that is a function's without its empty
//! segments is handed to that function, with the event as it came, and what the function answers is
//! the answer. Everything else gets what the gateway itself says of a path that nobody has.
//!
//! It knows neither contracts nor tables, and calls nobody but the functions that have routes of
//! their own, so that no request can come around to it again.

mod aliases;

use std::future::Future;

use serde_json::{Value, json};

pub use aliases::{Aliases, MissingAlias};

/// What belongs to whom: all below a prefix that ends in a slash, and a path that does not. No prefix
/// begins with another one. A test compares this with the routes of the template.
const OWNERS: [(&str, &str); 9] = [
    ("/user/", "api-key"),
    ("/api/v1/user/", "cookie"),
    ("/users", "users"),
    ("/users/", "users"),
    ("/email/", "email"),
    ("/phone/", "phone"),
    ("/api/user/", "tenant"),
    ("/.well-known/", "tenant"),
    ("/oauth/", "oauth"),
];

/// Calls other functions.
pub trait Invoke {
    /// What the function answers to an event.
    fn invoke(
        &self,
        function: &'static str,
        event: &Value,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// Why a function has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It broke down, or answered with what is no JSON.
    #[error("the function broke down")]
    Broken,
    /// It was not reached, or did not answer in time.
    #[error("the function did not answer")]
    Unavailable,
}

/// Every function that paths belong to.
pub fn owners() -> impl Iterator<Item = &'static str> {
    let first = |&(place, (_, function)): &(usize, &(&str, &str))| {
        !OWNERS.iter().take(place).any(|(_, other)| other == function)
    };
    OWNERS.iter().enumerate().filter(first).map(|(_, (_, function))| *function)
}

/// The function that a path belongs to without its empty segments; none if it has none, because then
/// the gateway has seen that it is nobody's. `.` and `..` are segments like any other.
#[must_use]
pub fn owner(path: &str) -> Option<&'static str> {
    let mut clean = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        clean.push('/');
        clean.push_str(segment);
    }
    if clean == path {
        return None;
    }
    let owns = |prefix: &str| match prefix.strip_suffix('/') {
        Some(_) => clean.starts_with(prefix),
        None => clean == prefix,
    };
    OWNERS.iter().find(|(prefix, _)| owns(prefix)).map(|(_, function)| *function)
}

/// Answers an event of the gateway, whatever it holds.
pub async fn answer(event: &Value, functions: &impl Invoke) -> Value {
    let Some(function) = event["rawPath"].as_str().and_then(owner) else {
        return plain(404, "Not Found");
    };
    match functions.invoke(function, event).await {
        Ok(answer) => answer,
        // In the words of the gateway, which would stand between client and function otherwise.
        Err(Failure::Broken) => plain(502, "Internal Server Error"),
        Err(Failure::Unavailable) => plain(503, "Service Unavailable"),
    }
}

fn plain(status: u16, message: &str) -> Value {
    json!({
        "statusCode": status,
        "headers": { "content-type": "application/json" },
        "body": json!({ "message": message }).to_string(),
        "isBase64Encoded": false,
        // The gateway does without it, Cargo Lambda does not.
        "cookies": [],
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
mod tests {
    use std::sync::Mutex;

    use serde_json::{Value, json};

    use super::{Failure, Invoke, OWNERS, answer, owner, owners};

    #[test]
    fn slashes_too_many_change_no_owner() {
        for (path, expected) in [
            ("/api//user/signup", Some("tenant")),
            ("//api/v1///user/login/", Some("cookie")),
            ("//users", Some("users")),
            ("/users/", Some("users")),
            ("/users//1", Some("users")),
            ("//user//signin", Some("api-key")),
            ("//email/users", Some("email")),
            ("/phone//users/code", Some("phone")),
            ("//.well-known/jwks.json", Some("tenant")),
            ("/oauth//x/start", Some("oauth")),
            ("/users/1", None),
            ("//user", None),
            ("/userssign_in", None),
            ("//usersx/1", None),
            ("/api//user", None),
            ("/nope//users/1", None),
            ("/..//users", None),
            ("//USERS", None),
            ("/", None),
            ("//", None),
            ("", None),
            ("users", Some("users")),
        ] {
            assert_eq!(owner(path), expected, "{path}");
        }
    }

    #[test]
    fn no_prefix_begins_with_another_one_and_functions_are_told_once() {
        for (prefix, _) in OWNERS.iter().filter(|(prefix, _)| prefix.ends_with('/')) {
            let below = OWNERS.iter().filter(|(other, _)| other.starts_with(prefix)).count();
            assert_eq!(below, 1, "{prefix}");
        }
        let found: Vec<_> = owners().collect();
        assert_eq!(found, ["api-key", "cookie", "users", "email", "phone", "tenant", "oauth"]);
    }

    /// What is called answers like this.
    struct Called {
        outcome: Result<Value, Failure>,
        calls: Mutex<Vec<(&'static str, Value)>>,
    }

    impl Invoke for Called {
        async fn invoke(&self, function: &'static str, event: &Value) -> Result<Value, Failure> {
            self.calls.lock().unwrap().push((function, event.clone()));
            self.outcome.clone()
        }
    }

    #[tokio::test]
    async fn the_event_is_handed_over_as_it_came_and_the_answer_is_the_functions() {
        let reply = json!({ "statusCode": 201, "cookies": ["a=b"], "body": "x" });
        let functions = Called { outcome: Ok(reply.clone()), calls: Mutex::default() };
        let event = json!({ "rawPath": "/api//user/signup", "body": "{}", "odd": [1, null] });
        assert_eq!(answer(&event, &functions).await, reply);
        assert_eq!(*functions.calls.lock().unwrap(), [("tenant", event)]);
    }

    #[tokio::test]
    async fn a_function_that_fails_is_told_as_the_gateway_would() {
        for (failure, status, body) in [
            (Failure::Broken, 502, r#"{"message":"Internal Server Error"}"#),
            (Failure::Unavailable, 503, r#"{"message":"Service Unavailable"}"#),
        ] {
            let functions = Called { outcome: Err(failure), calls: Mutex::default() };
            let answer = answer(&json!({ "rawPath": "//users" }), &functions).await;
            assert_eq!(
                (answer["statusCode"].as_u64(), answer["body"].as_str()),
                (Some(status), Some(body))
            );
        }
    }

    #[tokio::test]
    async fn odd_events_and_paths_of_nobody_are_not_found() {
        let functions = Called { outcome: Ok(json!({})), calls: Mutex::default() };
        for event in [
            json!(null),
            json!([]),
            json!("/users"),
            json!({}),
            json!({ "rawPath": 1 }),
            json!({ "rawPath": "" }),
            json!({ "rawPath": "/nope" }),
            json!({ "rawPath": "/".repeat(100_000) }),
        ] {
            let answer = answer(&event, &functions).await;
            assert_eq!(answer["statusCode"], 404);
            assert_eq!(answer["headers"]["content-type"], "application/json");
            assert_eq!(answer["body"], r#"{"message":"Not Found"}"#);
        }
        assert_eq!(functions.calls.lock().unwrap().len(), 0);
    }
}
