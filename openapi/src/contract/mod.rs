//! The contracts: their endpoints, and what these have in common.

mod api_key;
mod contact;
mod cookie;
mod tenant;
mod users;

use serde_json::{Value, json};
use shared::http::{Answer, Call, Refusal};

use crate::endpoint::Endpoint;

/// A contract, as its document describes it.
pub(crate) struct Contract {
    /// Its name.
    pub(crate) name: &'static str,
    /// What the names of its components begin with.
    pub(crate) component: &'static str,
    /// What its paths begin with.
    pub(crate) prefix: &'static str,
    /// Whom it is for, in Markdown.
    pub(crate) description: &'static str,
    /// How it words what went wrong.
    pub(crate) word: fn(&Call, &Refusal) -> Answer,
    /// Schemas by their names. `<component>Refusal` has to be among them.
    pub(crate) schemas: Vec<(String, Value)>,
    /// What its clients show, by the names that its endpoints have for it.
    pub(crate) security_schemes: Vec<(String, Value)>,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Every contract.
pub(crate) fn all() -> Vec<Contract> {
    vec![
        api_key::contract(),
        cookie::contract(),
        users::contract(),
        contact::contract(),
        tenant::contract(),
    ]
}

/// A session in a cookie.
fn cookie_scheme(name: &str, description: &str) -> Value {
    json!({ "type": "apiKey", "in": "cookie", "name": name, "description": description })
}

/// The number of an account in examples.
const ID: u64 = 5_421_390_009_668_871;

/// The token of a link in examples.
const LINK_TOKEN: &str = "2717515d83a8dafd2717515d83a8dafd2717515d83a8dafd2717515d83a8dafd";
