//! Bodies as no client should send them.

use serde_json::Value;

/// The greatest size of a body that is taken.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// Bodies that are no JSON object, most of them by one slip in `body`.
pub(crate) fn not_an_object(body: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = body.to_string();
    let cut_off = text[..text.len() - 1].to_owned();
    let mut cases: Vec<(&str, Vec<u8>)> = [
        ("empty", String::new()),
        ("blank", " \r\n".to_owned()),
        ("null", "null".to_owned()),
        ("a number", "1".to_owned()),
        ("a string", Value::String(text.clone()).to_string()),
        ("an array", format!("[{text}]")),
        ("cut off", cut_off.clone()),
        ("with a trailing comma", format!("{cut_off},}}")),
        ("with trailing junk", format!("{text}x")),
        ("twice", format!("{text}{text}")),
        ("after a comment", format!("/**/{text}")),
        ("after a byte order mark", format!("\u{feff}{text}")),
        ("before a NUL", format!("{text}\0")),
        ("in single quotes", text.replace('"', "'")),
        ("without quotes", text.replace('"', "")),
        ("with half a surrogate pair", format!(r#"{cut_off},"x":"\ud800"}}"#)),
        ("with a number beyond all numbers", format!(r#"{cut_off},"x":1e400}}"#)),
        ("nested without end", format!(r#"{cut_off},"x":{}"#, "[".repeat(10_000))),
        ("a form", "email=cc%40prophetdigit.com&password=12345678".to_owned()),
    ]
    .map(|(case, text)| (case, text.into_bytes()))
    .into();
    cases.push(("not in UTF-8", [cut_off.as_bytes(), b",\"x\":\"\xff\"}"].concat()));
    cases
}

/// `body` as JSON texts in which its field `name` is missing in each of the ways in which a field
/// can be.
pub(crate) fn without(body: &Value, name: &str) -> Vec<(String, String)> {
    let fields = body.as_object().unwrap();
    let good = fields[name].to_string();
    let others: String = fields
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(other, value)| format!("\"{other}\":{value},"))
        .collect();
    let (first, rest) = name.split_at(1);
    let escaped = format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]));
    [
        ("is not there", format!(r#""x{name}":{good}"#)),
        ("is there in capitals", format!(r#""{}":{good}"#, name.to_uppercase())),
        ("is null", format!(r#""{name}":null"#)),
        ("is empty", format!(r#""{name}":"""#)),
        ("is a number", format!(r#""{name}":12345678"#)),
        ("is a fraction", format!(r#""{name}":-1.5"#)),
        ("is true", format!(r#""{name}":true"#)),
        ("is false", format!(r#""{name}":false"#)),
        ("is an array", format!(r#""{name}":[{good}]"#)),
        ("is an empty array", format!(r#""{name}":[]"#)),
        ("is an object", format!(r#""{name}":{{"{name}":{good}}}"#)),
        ("is an empty object", format!(r#""{name}":{{}}"#)),
        ("is there twice", format!(r#""{name}":{good},"{name}":{good}"#)),
        ("is there twice, once as null", format!(r#""{name}":null,"{name}":{good}"#)),
        ("is there twice, once escaped", format!(r#""{name}":{good},"{escaped}":{good}"#)),
    ]
    .map(|(case, field)| (format!("{name} {case}"), format!("{{{others}{field}}}")))
    .into()
}

/// `body` with a field that nobody knows, `bytes` long as a whole.
pub(crate) fn padded(body: &Value, bytes: usize) -> String {
    let mut body = body.clone();
    body["padding"] = "".into();
    let missing = bytes - body.to_string().len();
    body["padding"] = "x".repeat(missing).into();
    body.to_string()
}
