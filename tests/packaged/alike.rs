//! Whether two replies, or two items, are the same but for what is drawn at random and what the clock
//! tells. Where they differ, both must have the form of the same random thing.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// For so long one of the two may have come after the other, in seconds.
const APART: u64 = 600;

/// Whether two documents are alike.
pub(crate) fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|it| alike(value, it)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::String(one), Value::String(other)) => texts_alike(one, other),
        (Value::Number(one), Value::Number(other)) => {
            words_alike(&one.to_string(), &other.to_string())
        }
        _ => one == other,
    }
}

/// Whether two replies to the gateway are alike. Each must have the length that it says it has, which
/// is that of ids that are drawn at random, too.
pub(crate) fn replies_alike(one: &Value, other: &Value) -> bool {
    let [mut one, mut other] = [one.clone(), other.clone()];
    for reply in [&mut one, &mut other] {
        let length = reply["body"].as_str().map(|body| body.len().to_string());
        let headers = reply.get_mut("headers").and_then(Value::as_object_mut);
        if let Some(told) = headers.and_then(|headers| headers.get_mut("content-length")) {
            if told.as_str() != length.as_deref() {
                return false;
            }
            *told = Value::Null;
        }
    }
    alike(&one, &other)
}

/// Whether two texts are alike, word by word.
fn texts_alike(one: &str, other: &str) -> bool {
    let (words, between) = (words(one), between(one));
    let (other_words, other_between) = (self::words(other), self::between(other));
    let before = std::iter::once(&"").chain(&words);
    between == other_between
        && words.len() == other_words.len()
        && words.iter().zip(&other_words).zip(before).all(|((one, other), before)| {
            words_alike(one, other) || (*before == "Max-Age" && are_close(one, other))
        })
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c| !is_in_word(c)).filter(|word| !word.is_empty()).collect()
}

fn between(text: &str) -> Vec<&str> {
    text.split(is_in_word).filter(|part| !part.is_empty()).collect()
}

fn words_alike(one: &str, other: &str) -> bool {
    one == other
        || [are_tokens, are_ids, are_codes, are_times, are_claims]
            .iter()
            .any(|are_alike| are_alike(one, other))
}

/// A token, a digest, a nonce, a signature: 128 bits or more, in hexadecimal or Base64.
fn are_tokens(one: &str, other: &str) -> bool {
    let is_hex = |word: &str| word.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let is_base64 =
        |word: &str| word.chars().all(is_in_word) && word.chars().any(char::is_uppercase);
    one.len() == other.len()
        && one.len() >= 32
        && ((is_hex(one) && is_hex(other))
            || (one.len() >= 43 && is_base64(one) && is_base64(other)))
}

/// An account's id. It has 53 bits: one below this comes up once in 90,000 times.
fn are_ids(one: &str, other: &str) -> bool {
    let is_id =
        |word: &str| word.parse().is_ok_and(|id: u64| (100_000_000_000..1 << 53).contains(&id));
    is_id(one) && is_id(other)
}

fn are_codes(one: &str, other: &str) -> bool {
    let is_code = |word: &str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    is_code(one) && is_code(other)
}

/// Seconds since 1970, or the quarters of an hour, by which some things are counted.
fn are_times(one: &str, other: &str) -> bool {
    one.len() > 6 && are_close(one, other)
}

fn are_close(one: &str, other: &str) -> bool {
    let (Ok(one), Ok(other)) = (one.parse::<u64>(), other.parse::<u64>()) else { return false };
    one.abs_diff(other) < APART
}

/// A part of a signed token that is JSON.
fn are_claims(one: &str, other: &str) -> bool {
    let claims = |word: &str| -> Option<Value> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(word.as_bytes()).ok()?).ok()
    };
    match (claims(one), claims(other)) {
        (Some(one @ Value::Object(_)), Some(other @ Value::Object(_))) => alike(&one, &other),
        _ => false,
    }
}

#[test]
fn what_is_random_is_alike_and_nothing_else_is() {
    let hex = ["0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4)];
    for (one, other, expected) in [
        ("a=b; Path=/", "a=b; Path=/", true),
        ("a=b; Path=/", "a=b; Path=/x", false),
        ("a=b; Path=/", "a=c; Path=/", false),
        ("a=b", "a:b", false),
        (
            &*format!("sessionid={}; Path=/", hex[0]),
            &*format!("sessionid={}; Path=/", hex[1]),
            true,
        ),
        (&hex[0], &hex[1][1..], false),
        (r#"{"user_id":5421390009668871}"#, r#"{"user_id":391450087612033}"#, true),
        (r#"{"user_id":65213}"#, r#"{"user_id":65214}"#, false),
        (r#"{"user_id":65213}"#, r#"{"user_id":391450087612033}"#, false),
        ("code 123456", "code 654321", true),
        ("1767225600", "1767225601", true),
        ("1767225600", "1767229200", false),
        ("a=b; Max-Age=3600", "a=b; Max-Age=3599", true),
        ("a=b; Max-Age=3600", "a=b; Max-Age=1209600", false),
        ("id=3600", "id=3599", false),
        // {"id":"1","iat":1767225600} and one of them later, then with another id.
        ("eyJpZCI6IjEiLCJpYXQiOjE3NjcyMjU2MDB9", "eyJpZCI6IjEiLCJpYXQiOjE3NjcyMjU2MDF9", true),
        ("eyJpZCI6IjEiLCJpYXQiOjE3NjcyMjU2MDB9", "eyJpZCI6IjIiLCJpYXQiOjE3NjcyMjU2MDB9", false),
    ] {
        assert_eq!(texts_alike(one, other), expected, "{one} {other}");
    }
}
