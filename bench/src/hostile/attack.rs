//! The requests.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;
use http::Method;
use serde_json::{Value, json};

/// From how many addresses the requests come.
const SOURCES: u64 = 4;
/// How many people are to be pestered.
const VICTIMS: u64 = 30;

/// A request, and where it comes from.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) source: IpAddr,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// It asks for a text message.
    pub(crate) wants_sms: bool,
}

impl Attack {
    pub(crate) fn random() -> Result<Self> {
        let source = u8::try_from(below(SOURCES)?)?;
        let source = IpAddr::from(Ipv4Addr::new(198, 51, 100, source));
        let post = |path: &str, body| Self {
            source,
            method: Method::POST,
            path: path.to_owned(),
            body: Some(body),
            wants_sms: false,
        };
        Ok(match below(20)? {
            0..8 => Self {
                source,
                method: Method::GET,
                path: format!("/phone/users/code?phone={}", number()?),
                body: None,
                wants_sms: true,
            },
            8..16 => post("/email/users", json!({ "email": address()?, "password": "k9#Lw2!pQz" })),
            16 => post("/email/users", json!({ "email": no_address()?, "password": "k9#Lw2!pQz" })),
            _ => post(
                "/phone/users",
                json!({
                    "phone": format!("+861380013{:04}", below(VICTIMS)?),
                    "password": "k9#Lw2!pQz",
                    "code": format!("{:06}", below(1_000_000)?),
                }),
            ),
        })
    }
}

/// Some time around `mean`, or none at all.
pub(crate) fn pause(mean: i64) -> Result<i64> {
    Ok(i64::try_from(below(u64::try_from(2 * mean)? + 1)?)?)
}

/// A number in one of its spellings, most of them such as messages go to.
fn number() -> Result<String> {
    let victim = below(VICTIMS)?;
    Ok(match below(12)? {
        0..3 => format!("%2B861380013{victim:04}"),
        3..5 => format!("1380013{victim:04}"),
        5 => format!("00861380013{victim:04}"),
        6 => format!("%2B86-138-0013-{victim:04}"),
        7 => format!("%EF%BC%8B861380013{victim:04}"),
        // A bare plus, other countries, a landline, a premium number.
        8 => format!("+861380013{victim:04}"),
        9 => format!("%2B4417009{:05}", below(100_000)?),
        10 => format!("%2B86106552{victim:04}"),
        _ => format!("%2B499001{:06}", below(1_000_000)?),
    })
}

/// An address in one of its spellings.
fn address() -> Result<String> {
    let victim = below(VICTIMS)?;
    Ok(match below(4)? {
        0 => format!("victim{victim}@example.com"),
        1 => format!("VICTIM{victim}@Example.COM"),
        2 => format!(" victim{victim}@example.com "),
        _ => format!("victim{victim}@ｅｘａｍｐｌｅ.com"),
    })
}

/// What is to bring a mail to more than one person, or to a header.
fn no_address() -> Result<String> {
    let victim = below(VICTIMS)?;
    Ok(match below(5)? {
        0 => format!("victim{victim}@example.com,b@example.com"),
        1 => format!("\"victim{victim}@example.com\"@example.org"),
        2 => format!("victim{victim}@example.com\r\nBcc: b@example.com"),
        3 => format!("<b@example.com>victim{victim}@example.com"),
        _ => format!("victim{victim}@example.com;b@example.com"),
    })
}

fn below(bound: u64) -> Result<u64> {
    Ok(getrandom::u64()? % bound)
}
