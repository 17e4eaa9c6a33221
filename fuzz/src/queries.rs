//! Parameters in a query or a form.

use shared::http::Fields;

use crate::text;

/// A parameter is read as browsers write it, and only if it comes once.
pub(crate) fn parameters(data: &[u8]) {
    let query = text(data);
    let fields = Fields::from_query(&query);
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let twice = Fields::from_query(&query).joined(Fields::from_query(&query));
    let mut contradiction = form_urlencoded::Serializer::new(String::new());
    let mut read_names = Vec::new();
    // Ill-encoded names are none to the product, where browsers make others of them.
    let well_encoded = |name: &str| !name.contains(['%', char::REPLACEMENT_CHARACTER]);
    for (name, _) in pairs.iter().filter(|(name, _)| well_encoded(name)) {
        let values: Vec<_> =
            pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
        let Ok(read) = fields.text(name) else { continue };
        assert_eq!(values, [read], "{name:?} of {query:?}");
        if let Ok(trimmed) = fields.trimmed(name) {
            assert_eq!(trimmed, read.trim());
        }
        if let Ok(Some(unspaced)) = fields.unspaced(name) {
            assert!(unspaced == read && !read.contains(char::is_whitespace));
        }
        assert!(fields.has(name) && fields.object(name).is_err());
        // Two that agree are one.
        assert_eq!(twice.text(name), Ok(read));
        contradiction.append_pair(name, &format!("{read}x"));
        read_names.push(name);
    }
    let contradicted =
        Fields::from_query(&query).joined(Fields::from_query(&contradiction.finish()));
    for name in read_names {
        assert!(contradicted.text(name).is_err(), "one of two {name:?} was believed");
    }
    assert_eq!(format!("{fields:?}"), "Fields(..)");
}
