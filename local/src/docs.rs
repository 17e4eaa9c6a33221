//! The contracts' OpenAPI documents, and a page on which to read and to try them: Swagger UI, which is
//! linked in, and asks nobody else for anything.

use std::sync::LazyLock;

use axum::{Router, body::Bytes, middleware, response::Response, routing::get};
use http::{HeaderValue, header};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use crate::guard::refuse_other_sites;

/// Where the page is.
const PAGE: &str = "/_local/docs";

/// The page runs its own scripts and sends requests to this server. It sets styles by attributes, and
/// draws its symbols from `data:` URLs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A document and where it is found.
struct Served {
    name: &'static str,
    url: String,
    text: Bytes,
}

static DOCUMENTS: LazyLock<Vec<Served>> = LazyLock::new(|| {
    let documents = openapi::documents().into_iter().map(|document| {
        let name = document.name;
        // The one of all contracts is where tools look for it.
        let url = match name {
            openapi::JOINED => "/_local/openapi.json".to_owned(),
            _ => format!("/_local/openapi/{name}.json"),
        };
        Served { name, url, text: document.text().into() }
    });
    documents.collect()
});

/// The page and the documents.
pub(crate) fn router() -> Router {
    let documents = DOCUMENTS.iter().fold(Router::new(), |router, document| {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        router.route(&document.url, get(async move || (kind, document.text.clone())))
    });
    page().merge(documents).layer(middleware::from_fn(refuse_other_sites))
}

fn page() -> Router {
    let urls = DOCUMENTS.iter().map(|document| Url::new(document.name, &document.url));
    let config = Config::new(urls)
        .display_operation_id(true)
        .doc_expansion("list")
        .filter(true)
        .try_it_out_enabled(true)
        // By default a service on the internet would be sent the document.
        .validator_url("none");
    let router = Router::from(SwaggerUi::new(PAGE).config(config));
    router.layer(middleware::map_response(async |mut response: Response| {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    }))
}
