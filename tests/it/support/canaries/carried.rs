//! What requests and replies carry that is secret by its place, or says who somebody is.

use std::net::IpAddr;

use axum::body::Bytes;
use data_encoding::BASE64;
use http::{HeaderMap, Request, header};
use local::Message;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::support::{PUBLIC_URL, Reply};

/// What a value is, by where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Password,
    /// Of an SMS, or of a provider; also the state that leads back from there.
    Code,
    /// A session, an API key, a signed token.
    Credential,
    /// The token of a mailed link.
    LinkToken,
    TenantSecret,
    /// An email address, a phone number, a username, a name.
    Identifier,
    /// A client's address.
    Address,
}

/// A value, and what it is.
pub(crate) type Carried = (Sort, String);

/// The header by which a tenant's client apps say whose they are.
const TENANT_HEADER: &str = "starcedu-tenant-authorization";

impl Sort {
    /// What it is in a field of this name.
    fn of_field(name: &str) -> Option<Self> {
        Some(match name {
            "password"
            | "password_confirm"
            | "current_password"
            | "old_password"
            | "new_password"
            | "new_password_confirm" => Self::Password,
            "code" | "state" | "nonce" | "code_verifier" => Self::Code,
            "api_key" | "token" | "id_token" => Self::Credential,
            "email" | "phone" | "username" | "name" | "emailAddress" => Self::Identifier,
            _ => return None,
        })
    }

    /// Whether only its owner may ever see it: no reply repeats it, and no mail holds it.
    pub(crate) const fn is_secret(self) -> bool {
        !matches!(self, Self::Identifier | Self::Address)
    }
}

/// What a request carries.
pub(crate) fn by_request(request: &Request<Bytes>, address: IpAddr) -> Vec<Carried> {
    let mut carried = vec![(Sort::Address, address.to_string())];
    let uri = request.uri();
    by_path(uri.path(), &mut carried);
    by_pairs(uri.query().unwrap_or_default(), &mut carried);
    by_headers(request.headers(), &mut carried);
    match serde_json::from_slice::<Value>(request.body()) {
        Ok(body) => by_json(&body, &mut carried),
        Err(_) => by_pairs(&String::from_utf8_lossy(request.body()), &mut carried),
    }
    carried
}

/// What a reply hands out.
pub(crate) fn by_reply(reply: &Reply) -> Vec<Carried> {
    let cookies = reply.cookies().into_iter().map(|(_, value)| (Sort::Credential, value));
    let mut carried: Vec<_> = cookies.collect();
    // Only of successes: what a refusal says is in the contract's words, and no secret.
    if let Ok(body) = serde_json::from_str::<Value>(&reply.text) {
        for key in [&body["api_key"], &body["data"]["token"]] {
            carried.extend(key.as_str().map(|key| (Sort::Credential, key.to_owned())));
        }
    }
    let location = reply.headers.get(header::LOCATION).and_then(|url| url.to_str().ok());
    if let Some((_, query)) = location.and_then(|url| url.split_once('?')) {
        by_pairs(query, &mut carried);
    }
    carried
}

/// What a message carries by right.
pub(crate) fn by_message(message: &Message) -> Vec<Carried> {
    let mut carried: Vec<_> = message.code.iter().map(|code| (Sort::Code, code.clone())).collect();
    for path in message.links.iter().filter_map(|link| link.strip_prefix(PUBLIC_URL)) {
        by_path(path, &mut carried);
    }
    carried
}

fn by_path(path: &str, carried: &mut Vec<Carried>) {
    let mailed = ["/email/users/active/", "/email/users/cancel/"];
    let Some(tail) = mailed.iter().find_map(|mailed| path.strip_prefix(mailed)) else { return };
    if let Some((email, token)) = tail.rsplit_once('/') {
        carried.push((Sort::Identifier, decoded(email)));
        carried.push((Sort::LinkToken, decoded(token)));
    }
}

fn by_pairs(pairs: &str, carried: &mut Vec<Carried>) {
    for (name, value) in pairs.split('&').filter_map(|pair| pair.split_once('=')) {
        if let Some(sort) = Sort::of_field(name) {
            carried.push((sort, decoded(&value.replace('+', " "))));
        }
    }
}

fn by_headers(headers: &HeaderMap, carried: &mut Vec<Carried>) {
    for (name, value) in headers {
        let Ok(value) = value.to_str() else { continue };
        match name.as_str() {
            "cookie" => {
                for (_, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
                    carried.push((Sort::Credential, value.trim().to_owned()));
                }
            }
            "authorization" | "x-api-key" => {
                carried.push((Sort::Credential, behind_scheme(value).to_owned()));
            }
            TENANT_HEADER => {
                let basic = behind_scheme(value);
                carried.push((Sort::TenantSecret, basic.to_owned()));
                let pair = BASE64.decode(basic.as_bytes()).ok();
                let pair = pair.and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default();
                if let Some((_, secret)) = pair.split_once(':') {
                    carried.push((Sort::TenantSecret, secret.to_owned()));
                }
            }
            _ => {}
        }
    }
}

fn by_json(body: &Value, carried: &mut Vec<Carried>) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (Sort::of_field(name), value) {
                    (Some(sort), Value::String(text)) => carried.push((sort, text.clone())),
                    _ => by_json(value, carried),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| by_json(value, carried)),
        _ => {}
    }
}

fn behind_scheme(value: &str) -> &str {
    value.trim().split_once(' ').map_or(value, |(_, credentials)| credentials.trim())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
