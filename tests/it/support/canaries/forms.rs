//! The forms in which a value can be written somewhere.

use std::collections::BTreeSet;

use data_encoding::{BASE64, BASE64URL, HEXLOWER};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a URL need not escape is left as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a form in a URL or in a body need not escape, besides.
const ADDRESS: &AsciiSet = &RESERVED.remove(b'@');

/// What is shorter says nothing.
pub(crate) const SHORTEST: usize = 6;

/// The value as it is, and as it may have been written, in small letters: percent-encoded, escaped once
/// and twice for JSON or for a debugger, in Base64 wherever it stands in what was encoded, in
/// hexadecimal, and as a list of bytes.
pub(crate) fn forms(value: &str) -> BTreeSet<String> {
    let quoted = format!("{value:?}");
    let json = serde_json::Value::from(value).to_string();
    let percent = utf8_percent_encode(value, RESERVED).to_string();
    let mut forms = vec![
        value.to_owned(),
        inside(&format!("{quoted:?}"), 3),
        inside(&format!("{json:?}"), 3),
        inside(&quoted, 1),
        inside(&json, 1),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(value, ADDRESS).to_string(),
        percent.replace("%20", "+"),
        percent,
        value.as_bytes().escape_ascii().to_string(),
        HEXLOWER.encode(value.as_bytes()),
        inside(&format!("{:?}", value.as_bytes()), 1),
    ];
    for before in 0..3 {
        for alphabet in [BASE64, BASE64URL] {
            forms.push(certain(&alphabet.encode(&shifted(value, before)), value.len(), before));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST && !begins_with_row(form));
    forms.into_iter().map(|form| form.to_ascii_lowercase()).collect()
}

/// Whether it begins with the same character over and over. So does every place in a long row of it,
/// and to compare each would take minutes.
fn begins_with_row(form: &str) -> bool {
    let mut first = form.bytes().take(SHORTEST);
    let start = first.next();
    first.all(|byte| Some(byte) == start)
}

/// Without that many characters at either end.
fn inside(text: &str, ends: usize) -> String {
    text.get(ends..text.len() - ends).unwrap_or_default().to_owned()
}

/// The value behind as many bytes.
fn shifted(value: &str, before: usize) -> Vec<u8> {
    [&[0; 2][..before], value.as_bytes()].concat()
}

/// What of a value's Base64 does not depend on what stands around it.
fn certain(base64: &str, length: usize, before: usize) -> String {
    let (first, last) = ((before * 8).div_ceil(6), (before + length) * 8 / 6);
    base64.get(first..last).unwrap_or_default().to_owned()
}
