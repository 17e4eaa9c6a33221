//! A document of one contract or several.

use serde_json::{Map, Value, json};

use crate::{
    contract::Contract,
    reply::{component, faults, to_fault},
};

/// What the joined document says of itself.
pub(crate) const JOINED: &str = "\
One user directory behind several front doors. Each tag is a contract: a wire format of its own, with \
an envelope of its own for everything that goes wrong.";

/// What the document of one contract says of itself.
pub(crate) const SINGLE: &str = "\
One of the front doors of a user directory.";

/// What every document says of what its schemas cannot.
const ALL: &str = "\
A request's body is one JSON object of at most 64 KiB, with `content-type: application/json` or none. \
Unknown parameters are ignored; one that is there twice counts as missing. A trailing slash, or `//` for \
`/`, makes no difference to a path.

Each reply names the reasons for which it is given, in their order. A browser's request for a page of \
another site is refused as `forbidden`. A body of more than 10 MiB, and a path outside of every \
contract's prefix, are answered by the gateway: `{\"message\": …}`.

Every reply comes with `Cache-Control: no-store`, `Strict-Transport-Security`, \
`X-Content-Type-Options: nosniff`, `Referrer-Policy` and `Content-Security-Policy`.";

/// The document of these contracts.
pub(crate) fn of(title: &str, about: &str, contracts: &[Contract]) -> Value {
    let mut paths = Map::new();
    for contract in contracts {
        for endpoint in &contract.endpoints {
            let method = endpoint.method.as_str().to_ascii_lowercase();
            let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            path[method] = endpoint.operation(contract);
        }
    }
    let tags: Vec<_> = contracts
        .iter()
        .map(|contract| json!({ "name": contract.name, "description": contract.description }))
        .collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("{about}\n\n{ALL}"),
            "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document comes from" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": join(contracts, |contract| contract.schemas.clone()),
            "responses": join(contracts, shared_replies),
            "securitySchemes": join(contracts, |contract| contract.security_schemes.clone()),
        },
    })
}

fn join(
    contracts: &[Contract],
    part: impl Fn(&Contract) -> Vec<(String, Value)>,
) -> Map<String, Value> {
    contracts.iter().flat_map(part).collect()
}

fn shared_replies(contract: &Contract) -> Vec<(String, Value)> {
    let replies = faults().into_iter();
    replies.map(|fault| (component(contract, &fault), to_fault(contract, &fault))).collect()
}
