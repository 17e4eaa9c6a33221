//! The parameters in a request's body.

use std::{collections::HashMap, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use mime::Mime;
use percent_encoding::percent_decode_str;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{Fault, Refusal};
use crate::error::Reason;

/// A JSON object's fields. Unknown ones are there and never asked for.
///
/// A field counts as missing or malformed when it is `null`, `""`, of another type than the one
/// asked for, or there twice: two parsers need not agree on which of two fields counts.
#[derive(Default)]
pub struct Fields(HashMap<String, Field>);

enum Field {
    Text(String),
    Object(Fields),
    /// Of another type.
    Other,
    Twice,
}

impl Fields {
    /// A text that must be there, as it was sent.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`].
    pub fn text(&self, name: &str) -> Result<&str, Reason> {
        match self.0.get(name) {
            Some(Field::Text(text)) if !text.is_empty() => Ok(text),
            _ => Err(Reason::Malformed),
        }
    }

    /// A text that must be there, without the space around it.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`], also when there is nothing but space.
    pub fn trimmed(&self, name: &str) -> Result<&str, Reason> {
        let text = self.text(name)?.trim();
        if text.is_empty() { Err(Reason::Malformed) } else { Ok(text) }
    }

    /// A text that need not be there, without the space around it. One that is there in any wrong
    /// way is malformed rather than missing: its sender meant something by it.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`].
    pub fn optional_trimmed(&self, name: &str) -> Result<Option<&str>, Reason> {
        if self.0.contains_key(name) { self.trimmed(name).map(Some) } else { Ok(None) }
    }

    /// A text that must be there, as it was sent; none if there is a space in it. A bare `+` in a
    /// query is one, so the `+` of a phone number or an address is refused rather than guessed.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`] when it is not there.
    pub fn unspaced(&self, name: &str) -> Result<Option<&str>, Reason> {
        self.text(name).map(|text| (!text.contains(char::is_whitespace)).then_some(text))
    }

    /// Whether there is such a field, in whatever way.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The parameters of a query or a form ([WHATWG]: `+` is a space), decoded once. One that comes
    /// twice, or whose encoding is broken, is malformed.
    ///
    /// [WHATWG]: https://url.spec.whatwg.org/#application/x-www-form-urlencoded
    #[must_use]
    pub fn from_query(query: &str) -> Self {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            let is_broken = text.split('%').skip(1).any(|rest| {
                !rest
                    .as_bytes()
                    .first_chunk::<2>()
                    .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            });
            let decoded = percent_decode_str(&text).decode_utf8().ok().map(String::from);
            decoded.filter(|_| !is_broken)
        };
        let mut fields = HashMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else { continue };
            let field = decode(value).map_or(Field::Other, Field::Text);
            fields.entry(name).and_modify(|seen| *seen = Field::Twice).or_insert(field);
        }
        Self(fields)
    }

    /// These parameters and those of `other`. Where both have one and they differ, it is malformed.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        for (name, field) in other.0 {
            let agrees = match (self.0.get(&name), &field) {
                (None, _) => true,
                (Some(Field::Text(one)), Field::Text(other)) => one == other,
                (Some(_), _) => false,
            };
            self.0.insert(name, if agrees { field } else { Field::Twice });
        }
        self
    }

    /// An object that must be there.
    ///
    /// # Errors
    ///
    /// [`Reason::Malformed`].
    pub fn object(&self, name: &str) -> Result<&Self, Reason> {
        match self.0.get(name) {
            Some(Field::Object(fields)) => Ok(fields),
            _ => Err(Reason::Malformed),
        }
    }
}

/// Bodies hold passwords.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields(..)")
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Refusal::from(Reason::Malformed))?;
        serde_json::from_slice(&body).map_err(|_| Reason::Malformed.into())
    }
}

/// The parameters in a body that need not be there: JSON, or a form of one of our own pages.
#[derive(Debug, Default)]
pub struct OptionalFields(pub Fields);

impl<S: Send + Sync> FromRequest<S> for OptionalFields {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let is_form = request.headers().get(header::CONTENT_TYPE).is_some_and(|content_type| {
            content_type.as_bytes().starts_with(b"application/x-www-form-urlencoded")
        });
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Refusal::from(Reason::Malformed))?;
        if body.is_empty() {
            Ok(Self::default())
        } else if is_form {
            let form = std::str::from_utf8(&body).map_err(|_| Reason::Malformed)?;
            Ok(Self(Fields::from_query(form)))
        } else if is_json {
            let fields = serde_json::from_slice(&body).map_err(|_| Reason::Malformed)?;
            Ok(Self(fields))
        } else {
            Err(Fault::UnsupportedMediaType.into())
        }
    }
}

/// Whether the body says to be JSON in UTF-8 ([RFC 8259, section 8.1]), or does not say what it is.
///
/// [RFC 8259, section 8.1]: https://www.rfc-editor.org/rfc/rfc8259#section-8.1
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(content_type) = types.next() else {
        return true;
    };
    let mime = content_type.to_str().ok().and_then(|text| text.parse::<Mime>().ok());
    types.next().is_none()
        && mime.is_some_and(|mime| {
            mime.essence_str() == "application/json"
                && mime.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8)
        })
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fields, A::Error> {
                read_object(map)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

fn read_object<'de, A: MapAccess<'de>>(mut map: A) -> Result<Fields, A::Error> {
    let mut fields = HashMap::new();
    while let Some((name, field)) = map.next_entry::<String, Field>()? {
        fields.entry(name).and_modify(|seen| *seen = Field::Twice).or_insert(field);
    }
    Ok(Fields(fields))
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                read_object(map).map(Field::Object)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }

            fn visit_unit<E>(self) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
                Ok(Field::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

    use super::{Fields, is_json};

    #[test]
    fn a_field_is_a_text_or_it_is_malformed() {
        let body = r#"{
            "good": " x ", "null": null, "empty": "", "blank": "  ", "number": 1, "float": 1.5,
            "negative": -1, "flag": true, "list": ["x", {"y": []}], "object": {"inner": "x"},
            "twice": "x", "twice": "x"
        }"#;
        let fields: Fields = serde_json::from_str(body).unwrap();
        assert_eq!(fields.text("good"), Ok(" x "));
        assert_eq!(fields.trimmed("good"), Ok("x"));
        assert_eq!(fields.text("blank"), Ok("  "));
        for bad in
            ["null", "empty", "number", "float", "negative", "flag", "list", "object", "twice"]
        {
            assert!(fields.text(bad).is_err(), "{bad}");
            assert!(fields.optional_trimmed(bad).is_err(), "{bad}");
        }
        assert!(fields.trimmed("blank").is_err());
        assert!(fields.text("absent").is_err());
        assert_eq!(fields.optional_trimmed("absent"), Ok(None));
        assert_eq!(fields.object("object").unwrap().text("inner"), Ok("x"));
        assert!(fields.object("good").is_err());
    }

    #[test]
    fn a_query_is_decoded_once_and_strictly() {
        let fields =
            Fields::from_query("a=x%2By&b=p+w&c=%25&d=1&d=1&e=%ff&f=%zz&g=%4&h&i=&%6a=z&=v");
        assert_eq!(fields.text("a"), Ok("x+y"));
        assert_eq!(fields.text("b"), Ok("p w"));
        assert_eq!(fields.text("c"), Ok("%"));
        assert_eq!(fields.text("j"), Ok("z"));
        for bad in ["d", "e", "f", "g", "h", "i", "absent"] {
            assert!(fields.text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn query_and_body_must_agree() {
        let body: Fields = serde_json::from_str(r#"{"a":"1","b":"2","c":3}"#).unwrap();
        let fields = Fields::from_query("a=1&b=x&c=3&d=4").joined(body);
        assert_eq!((fields.text("a"), fields.text("d")), (Ok("1"), Ok("4")));
        assert!(fields.text("b").is_err() && fields.text("c").is_err());
    }

    #[test]
    fn a_body_is_one_json_object() {
        let deep = "[".repeat(10_000);
        for bad in [
            "",
            "null",
            "[]",
            "1",
            "\"x\"",
            "{",
            "{}x",
            "{} {}",
            "{'a':1}",
            "{\"a\":1,}",
            "{\"a\":1e400}",
            "\u{feff}{}",
            "// x\n{}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":NaN}",
            &format!("{{\"a\":{deep}"),
        ] {
            assert!(serde_json::from_str::<Fields>(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_slice::<Fields>(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))])
        };
        assert!(is_json(&HeaderMap::new()));
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
        ] {
            assert!(is_json(&headers(good)), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=utf-16",
            "application/json; charset=utf-7",
            "application/problem+json",
            "text/json",
            "application/json,application/json",
        ] {
            assert!(!is_json(&headers(bad)), "{bad}");
        }
    }
}
