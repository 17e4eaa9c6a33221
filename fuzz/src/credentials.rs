//! What a client shows: tokens, cookies, credentials in headers. And the texts that keys come in.

use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use shared::{
    credential::{BareToken, Token},
    http::{Cookies, basic, bearer},
    provider::Providers,
    secret::FromSecret as _,
    signed_token::SigningKeys,
};

use crate::text;

/// A token has one spelling, and says nothing of itself in a log.
pub(crate) fn token(data: &[u8]) {
    let given = text(data);
    if let Some(token) = Token::parse(&given) {
        assert_eq!(token.expose(), given);
        assert!(given.len() == 80 && given.bytes().all(is_lower_hex), "{given:?}");
        assert_eq!(format!("{:016x}", token.account_hint().number()), given[..16]);
        assert_ne!(token.digest(), given);
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
    if let Some(token) = BareToken::parse(&given) {
        assert_eq!(token.expose(), given);
        assert!(given.len() == 64 && given.bytes().all(is_lower_hex), "{given:?}");
        assert_eq!(format!("{token:?}"), "BareToken(..)");
    }
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Of two cookies of one name neither counts, unless they are the same. Each line is a header.
pub(crate) fn cookie_header(data: &[u8]) {
    let headers = lines(&header::COOKIE, data);
    let cookies = Cookies::of(&headers);
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<_> = texts
        .flat_map(|text| text.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .collect();
    for (name, value) in &pairs {
        let all = cookies.values(name);
        assert!(all.contains(value), "{name:?} was lost");
        match cookies.value(name) {
            Some(only) => {
                let same = pairs.iter().filter(|(other, _)| other == name);
                assert!(same.into_iter().all(|(_, value)| *value == only), "{name:?} was chosen");
            }
            None => assert!(all.len() > 1),
        }
    }
    for value in cookies.values("sessionid") {
        assert!(!value.contains([';', '\r', '\n', '\0']), "{value:?}");
    }
    assert_eq!(format!("{cookies:?}"), "Cookies(..)");
}

/// Credentials in a header are read only in exactly their form, and only from one header. Each line
/// is a header.
pub(crate) fn credentials_header(data: &[u8]) {
    const NAME: HeaderName = HeaderName::from_static("x-tenant");
    let headers = lines(&NAME, data);
    if let Some((user, password)) = basic(&headers, &NAME) {
        let values: Vec<_> = headers.get_all(&NAME).iter().collect();
        let [value] = values[..] else { panic!("one of {} was believed", values.len()) };
        let value = value.to_str().unwrap().trim();
        let (scheme, encoded) = value.split_once(' ').unwrap();
        assert!(scheme.eq_ignore_ascii_case("basic"), "{value:?}");
        let again = BASE64.encode(format!("{user}:{password}").as_bytes());
        assert_eq!(encoded.trim_start(), again, "one of two spellings");
        assert!(!user.contains(':'));
    }
    let headers = lines(&header::AUTHORIZATION, data);
    if let Some(token) = bearer(&headers) {
        assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
        assert!(!token.is_empty() && !token.contains([' ', '\t', ',']), "{token:?}");
        let value = headers[header::AUTHORIZATION].to_str().unwrap().trim();
        assert!(value.ends_with(token) && value[..6].eq_ignore_ascii_case("bearer"), "{value:?}");
    }
}

/// A header of this name for each line that can be a value.
fn lines(name: &HeaderName, data: &[u8]) -> HeaderMap {
    let lines = data.split(|byte| *byte == b'\n');
    let values = lines.filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.map(|value| (name.clone(), value)).collect()
}

/// What is no secret of ours is an outage that does not quote it.
pub(crate) fn secret(data: &[u8]) {
    let given = text(data);
    let words = given.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = words.max_by_key(|word| word.len()).filter(|word| word.len() > 12);
    let quotes = |said: &str| longest.is_some_and(|word| said.contains(word));
    match SigningKeys::from_secret(&given) {
        Ok(keys) => {
            assert!(keys.iter().next().is_some(), "no keys are no secret");
            let shown: Vec<_> =
                keys.iter().map(|key| format!("SigningKey({}, ..)", key.kid())).collect();
            assert_eq!(format!("{keys:?}"), format!("SigningKeys([{}])", shown.join(", ")));
        }
        Err(outage) => assert!(!quotes(&outage.to_string()), "{outage}"),
    }
    match Providers::from_secret(&given) {
        Ok(providers) => {
            let list: Value = serde_json::from_str(&given).unwrap();
            for one in list["providers"].as_array().into_iter().flatten() {
                let found = one["name"].as_str().and_then(|name| providers.find(name));
                let found = found.expect("a provider that is listed");
                assert_eq!(format!("{found:?}"), format!("Provider({}, ..)", found.name));
            }
        }
        Err(outage) => assert!(!quotes(&outage.to_string()), "{outage}"),
    }
}
