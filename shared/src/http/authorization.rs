//! Credentials in headers.

use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, header};

/// The two parts of `basic` credentials in a header ([RFC 7617, section 2]). `None` unless the header
/// comes once, with exactly that form.
///
/// [RFC 7617, section 2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
#[must_use]
pub fn basic(headers: &HeaderMap, name: &HeaderName) -> Option<(String, String)> {
    let encoded = credentials(headers, name, "basic")?;
    let decoded = BASE64.decode(encoded.as_bytes()).ok()?;
    // The library also reads several pieces behind one another, each with a padding of its own.
    if BASE64.encode(&decoded) != encoded {
        return None;
    }
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The token in `authorization: bearer …` ([RFC 6750, section 2.1]). `None` unless the header comes
/// once, with exactly that form.
///
/// [RFC 6750, section 2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    credentials(headers, &header::AUTHORIZATION, "bearer")
}

/// What follows the scheme, whose case does not count ([RFC 9110, section 11.1]).
///
/// [RFC 9110, section 11.1]: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
fn credentials<'a>(headers: &'a HeaderMap, name: &HeaderName, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    // Of two, nothing tells which one counts.
    if values.next().is_some() {
        return None;
    }
    let (word, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim_start();
    let possible = !rest.is_empty() && !rest.contains([' ', '\t', ',']);
    (word.eq_ignore_ascii_case(scheme) && possible).then_some(rest)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::{basic, bearer};

    const NAME: HeaderName = HeaderName::from_static("x-tenant");

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
        values.iter().map(|text| (name.clone(), value(text))).collect()
    }

    fn read(values: &[&str]) -> Option<(String, String)> {
        basic(&headers(&NAME, values), &NAME)
    }

    #[test]
    fn basic_credentials_are_two_parts_in_base64() {
        let encoded = BASE64.encode(b"id:secret");
        let expected = Some(("id".to_owned(), "secret".to_owned()));
        for scheme in ["basic", "Basic", "BASIC"] {
            assert_eq!(read(&[&format!("{scheme} {encoded}")]), expected);
        }
        assert_eq!(read(&[&format!("  basic   {encoded} ")]), expected);
        let colon = BASE64.encode(b"id:sec:ret");
        assert_eq!(read(&[&format!("basic {colon}")]).unwrap().1, "sec:ret");
        let empty = BASE64.encode(b":");
        assert_eq!(read(&[&format!("basic {empty}")]), Some((String::new(), String::new())));
        assert_eq!(read(&["basic Og==aWQ="]), None, "two pieces");
    }

    #[test]
    fn what_has_not_that_form_is_none() {
        // Ten bytes, which need padding.
        let encoded = BASE64.encode(b"id:secrets");
        let good = format!("basic {encoded}");
        let bare = BASE64.encode(b"id");
        let broken = BASE64.encode(b"id:\xff");
        for values in [
            vec![],
            vec![""],
            vec!["basic"],
            vec!["basic "],
            vec![encoded.as_str()],
            vec![&format!("bearer {encoded}")],
            vec![&format!("basic {bare}")],
            vec![&format!("basic {broken}")],
            vec![&format!("basic {}", encoded.trim_end_matches('='))],
            vec![&format!("basic {encoded}=")],
            vec![&format!("basic {}=", encoded.trim_end_matches('='))],
            vec![&format!("basic *{encoded}")],
            vec![&format!("{good},{good}")],
            vec![&format!("{good} x")],
            vec![&good, &good],
        ] {
            assert_eq!(read(&values), None, "{values:?}");
        }
    }

    #[test]
    fn a_bearer_token_comes_once() {
        let read =
            |values: &[&str]| bearer(&headers(&header::AUTHORIZATION, values)).map(str::to_owned);
        assert_eq!(read(&["bearer a.b.c"]), Some("a.b.c".to_owned()));
        assert_eq!(read(&["Bearer a.b.c"]), Some("a.b.c".to_owned()));
        for values in [
            &["a.b.c"][..],
            &["bearer"],
            &["bearer "],
            &["basic a.b.c"],
            &["bearer a.b.c, bearer d.e.f"],
            &["bearer a.b.c", "bearer a.b.c"],
        ] {
            assert_eq!(read(values), None, "{values:?}");
        }
    }
}
