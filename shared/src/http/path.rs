//! The canonical form of a path.

use std::fmt::Write as _;

/// The path by which routes are found: `//` counts as `/`, one trailing slash is ignored, and what
/// has no place in a URI's path is percent-encoded.
///
/// The gateway hands over paths already decoded, so `%` is just a character here. `.` and `..` are
/// segments like any other: nothing may turn one path into another one's.
pub(super) fn canonical(decoded: &str) -> String {
    let mut path = String::with_capacity(decoded.len() + 1);
    for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        for byte in segment.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => path.push(char::from(byte)),
                _ if b"-._~!$&'()*+,;=:@".contains(&byte) => path.push(char::from(byte)),
                _ => drop(write!(path, "%{byte:02X}")),
            }
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn slashes_too_many_do_not_count() {
        for (given, expected) in [
            ("/users", "/users"),
            ("/users/", "/users"),
            ("//users", "/users"),
            ("/api//user/signup", "/api/user/signup"),
            ("/api/v1/user/login/", "/api/v1/user/login"),
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
        ] {
            assert_eq!(canonical(given), expected);
        }
    }

    #[test]
    fn no_character_changes_the_route() {
        for (given, expected) in [
            ("/users/../user/signin", "/users/../user/signin"),
            ("/users/a?b", "/users/a%3Fb"),
            ("/users/a#b", "/users/a%23b"),
            ("/users/a\\b", "/users/a%5Cb"),
            ("/users/a\r\nb", "/users/a%0D%0Ab"),
            ("/users/%2e", "/users/%252e"),
            ("/users/é", "/users/%C3%A9"),
            ("/users/a+b@c.d", "/users/a+b@c.d"),
        ] {
            assert_eq!(canonical(given), expected);
        }
    }
}
