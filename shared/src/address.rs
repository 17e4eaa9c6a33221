//! Where a request comes from, as far as limits care.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// A client's network address, in the form that limits count by: an IPv4 address, or the /64 of an
/// IPv6 address, because a single subscriber usually has a whole /64 to choose addresses from.
///
/// It comes from the gateway's `sourceIp` alone; headers such as `X-Forwarded-For` are the
/// client's to write, so they are not read.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientAddress(String);

impl ClientAddress {
    /// Reads the gateway's `sourceIp`.
    ///
    /// What cannot be read is counted as one common address: a strange value must not be a way
    /// around a limit.
    #[must_use]
    pub fn parse(source_ip: &str) -> Self {
        Self(match source_ip.trim().parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => format!("{}/64", network(address)),
            },
            Err(_) => "unknown".to_owned(),
        })
    }

    /// The canonical form, for use in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Client addresses are personal data: not for logs.
impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAddress(..)")
    }
}

fn network(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))
}

#[cfg(test)]
mod tests {
    use super::ClientAddress;

    #[test]
    fn spellings_of_one_address_are_one() {
        for (given, canonical) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::ffff:cb00:7107", "203.0.113.7"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ] {
            assert_eq!(ClientAddress::parse(given).as_str(), canonical, "{given}");
        }
    }

    #[test]
    fn unreadable_addresses_share_one_budget() {
        for given in ["", "localhost", "203.0.113.7, 198.51.100.1", "203.0.113.999"] {
            assert_eq!(ClientAddress::parse(given).as_str(), "unknown", "{given}");
        }
    }
}
