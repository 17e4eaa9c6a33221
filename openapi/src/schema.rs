//! Schemas of parameters, with the limits that the code has.

use serde_json::{Value, json};
use shared::password::{MAX_CHARACTERS, MIN_CHARACTERS};

/// No control character.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Something beside space, which is what Unicode calls so. `\s` has all of it in the dialect of JSON
/// Schema (ECMA-262, `WhiteSpace` and `LineTerminator`) but one.
const NOT_BLANK: &str = r"[^\s\u0085]";

/// The greatest number of an account: the greatest integer that every JSON client reads exactly.
const MAX_ID: u64 = (1 << 53) - 1;

/// An object that has all of these fields, and may have others, which are ignored.
pub(crate) fn parameters(fields: &Value) -> Value {
    some_parameters(fields, &names(fields))
}

/// The same, but of these fields only the `required` ones have to be there.
pub(crate) fn some_parameters(fields: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "required": required, "properties": fields })
}

/// An object of exactly these fields.
pub(crate) fn object(fields: &Value) -> Value {
    object_with(fields, &names(fields))
}

/// An object of these fields and no others, of which only the `required` ones have to be there.
pub(crate) fn object_with(fields: &Value, required: &[&str]) -> Value {
    with(some_parameters(fields, required), "additionalProperties", false.into())
}

/// An object with one field more.
pub(crate) fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_owned(), value);
    }
    object
}

fn names(fields: &Value) -> Vec<&str> {
    fields.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect()
}

/// A schema of the document's own.
pub(crate) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A text that is always the same.
pub(crate) fn constant(text: &str) -> Value {
    json!({ "type": "string", "const": text })
}

/// An account's number.
pub(crate) fn id() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": MAX_ID })
}

/// An account's number as a text.
pub(crate) fn id_text() -> Value {
    json!({ "type": "string", "pattern": "^[1-9][0-9]{0,15}$" })
}

/// An email address that an account may get, and that is looked up. It is trimmed.
pub(crate) fn email() -> Value {
    json!({ "type": "string", "format": "email", "maxLength": 254, "pattern": NOT_BLANK })
}

/// An email address, a username or nothing, as an account shows it.
pub(crate) fn shown(what: &str) -> Value {
    json!({ "type": "string", "description": what })
}

/// A text that is trimmed and must not be empty then.
pub(crate) fn trimmed(what: &str) -> Value {
    json!({ "type": "string", "pattern": NOT_BLANK, "description": what })
}

/// A phone number in any usual spelling.
pub(crate) fn phone() -> Value {
    json!({
        "type": "string",
        "maxLength": 64,
        "pattern": NOT_BLANK,
        "description": "In any usual spelling; without a country code, one of `DEFAULT_PHONE_REGION`.",
    })
}

/// A password that an account shall get, of at most `max` code points. They are counted after
/// Unicode normalisation, of which a schema knows nothing.
pub(crate) fn new_password(max: usize) -> Value {
    json!({
        "type": "string",
        "format": "password",
        "minLength": MIN_CHARACTERS,
        "maxLength": max,
        "pattern": PLAIN,
        "description": "Its length is counted in code points after Unicode normalisation (NFC).",
    })
}

/// A password that somebody claims to have. One that no account can have is wrong, like any other.
pub(crate) fn given_password() -> Value {
    json!({ "type": "string", "format": "password", "minLength": 1 })
}

/// A password that somebody claims to have, where one that no account can have is told apart.
pub(crate) fn possible_password() -> Value {
    json!({
        "type": "string",
        "format": "password",
        "minLength": 1,
        "maxLength": MAX_CHARACTERS,
        "pattern": PLAIN,
    })
}

/// A text of so many code points after trimming, without control characters.
pub(crate) fn name(max: usize) -> Value {
    json!({
        "type": "string",
        "maxLength": max,
        "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
        "description": "It is trimmed, and not empty then.",
    })
}

/// The token of a link: 256 bits in hexadecimal.
pub(crate) fn link_token() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

/// A credential, as it is handed out. Clients take any length.
pub(crate) fn token() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]+$" })
}

/// The value of a `Set-Cookie` that sets the cookie `name` to a token.
pub(crate) fn cookie_set(name: &str) -> Value {
    set_cookie(name, "[0-9a-f]+", "[1-9][0-9]*")
}

/// The value of a `Set-Cookie` that clears the cookie `name`.
pub(crate) fn cookie_cleared(name: &str) -> Value {
    set_cookie(name, "", "0")
}

fn set_cookie(name: &str, value: &str, max_age: &str) -> Value {
    let name = name.replace('.', r"\.");
    json!({
        "type": "string",
        "pattern": format!(
            "^{name}={value}; Max-Age={max_age}; Path=/; HttpOnly; \
             SameSite=(Lax|Strict|None)(; Secure)?$"
        ),
    })
}
