//! Email addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A canonical email address: an ASCII dot-atom local part ([RFC 5322, section 3.2.3]), `@`, and a
/// domain of two labels or more in its ASCII form ([UTS 46], so internationalised domains are
/// taken in either spelling), all lower-case, at most 254 bytes ([RFC 5321, section 4.5.3.1.3]).
///
/// The local part is compared without regard to case although RFC 5321 lets a host tell cases
/// apart, because no provider that people use does, and two accounts for one mailbox would.
///
/// [RFC 5322, section 3.2.3]: https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3
/// [RFC 5321, section 4.5.3.1.3]: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3
/// [UTS 46]: https://www.unicode.org/reports/tr46/
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

const MAX_BYTES: usize = 254;

impl Email {
    /// Reads an address and makes it canonical. Surrounding space is the caller's to trim.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        if !is_dot_atom(local) {
            return None;
        }
        let domain = canonical_domain(domain)?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        (address.len() <= MAX_BYTES).then_some(Self(address))
    }

    /// The canonical address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

fn is_dot_atom(local: &str) -> bool {
    // An encoded word (RFC 2047): a relay could decode it to another address.
    let is_encoded = local.starts_with("=?") && local.ends_with("?=");
    !is_encoded
        && local.split('.').all(|atom| {
            !atom.is_empty()
                && atom.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
                })
        })
}

fn canonical_domain(domain: &str) -> Option<String> {
    // The strict form refuses empty labels, so a trailing dot too, and over-long ones.
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (_, last) = ascii.rsplit_once('.')?;
    // A last label of digits is an IP address in disguise (RFC 3696, section 2).
    (!last.bytes().all(|byte| byte.is_ascii_digit())).then_some(ascii)
}

/// Addresses are personal data: not for logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn spellings_of_one_address_are_one() {
        for (given, canonical) in [
            ("cc@prophetdigit.com", "cc@prophetdigit.com"),
            ("CC@ProphetDigit.COM", "cc@prophetdigit.com"),
            ("o'hara+tag@mail.example.org", "o'hara+tag@mail.example.org"),
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
            ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
            ("ann@ｅｘａｍｐｌｅ.com", "ann@example.com"),
            ("ann@example。com", "ann@example.com"),
        ] {
            let email = Email::parse(given).unwrap_or_else(|| panic!("{given} was refused"));
            assert_eq!(email.as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for given in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "ann@example.com.",
            "ann@.example.com",
            "ann@exa mple.com",
            "ann @example.com",
            " ann@example.com",
            ".ann@example.com",
            "ann.@example.com",
            "a..n@example.com",
            "a@x,b@y.com",
            "a@x.com,b@y.com",
            "a@x.com;b@y.com",
            "\"a@x\"@y.com",
            "<b@y.com>a@x.com",
            "ann@example.com\r\nbcc: b@y.com",
            "ann@exam\0ple.com",
            "=?utf-8?q?ann=40evil.example=3e?=@example.com",
            "аnn@example.com",
            "ａnn@example.com",
            "ann@127.0.0.1",
            "ann@[127.0.0.1]",
            "ann@-example.com",
            "ann@example_.com",
            "ann@xn--a.example",
            "ann@example.com#",
            "a@b@example.com",
        ] {
            assert_eq!(Email::parse(given), None, "{given:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let address = |local: usize| format!("{}@example.com", "a".repeat(local));
        assert!(Email::parse(&address(242)).is_some());
        assert_eq!(Email::parse(&address(243)), None);
    }
}
