//! The [OpenAPI 3.1] documents of the contracts.
//!
//! What an endpoint takes, and what it says when it succeeds, is written down here, a module per
//! contract. What it says when it does not is not: an endpoint names the reasons for which it may be
//! refused, and the contract's own [envelope](shared::envelope) words them. So a document cannot print
//! a status or a body that is never sent.
//!
//! Nothing that is deployed depends on this crate.
//!
//! [OpenAPI 3.1]: https://spec.openapis.org/oas/v3.1.1.html

mod contract;
mod document;
mod endpoint;
mod reply;
mod schema;

use serde_json::Value;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The contract that it describes, or `atrium` for the one that describes them all.
    pub name: &'static str,
    /// The document.
    pub content: Value,
}

impl Document {
    /// The document as it is kept in a file.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", self.content)
    }
}

/// The name of the document that describes every contract.
pub const JOINED: &str = "atrium";

/// The document of every contract together.
#[must_use]
pub fn joined() -> Document {
    let contracts = contract::all();
    let content = document::of("Atrium", document::JOINED, &contracts);
    Document { name: JOINED, content }
}

/// Every document: the joined one, and one per contract.
#[must_use]
pub fn documents() -> Vec<Document> {
    let each = contract::all().into_iter().map(|contract| {
        let title = format!("Atrium: {}", contract.name);
        let content = document::of(&title, document::SINGLE, std::slice::from_ref(&contract));
        Document { name: contract.name, content }
    });
    std::iter::once(joined()).chain(each).collect()
}
