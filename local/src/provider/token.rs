//! The endpoint that redeems codes.

use axum::{body::Bytes, extract::State, response::Response};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use shared::clock::Seconds;
use subtle::ConstantTimeEq as _;

use super::{CLIENT_ID, Parameters, Provider, document, random};

/// For so long an ID token is good.
const ID_TOKEN_LIFETIME: Seconds = 5 * 60;

/// `POST /token` ([RFC 6749, section 4.1.3]).
///
/// [RFC 6749, section 4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
pub(super) async fn redeem(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    if !is_client(&provider, &headers, &parameters) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if parameters.get("grant_type") != Some("authorization_code") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let Some(claims) = claims(&provider, &parameters) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let key = &provider.0.key;
    let (Ok(id_token), Ok(access_token)) = (key.sign(&key.header(), &claims), random()) else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    };
    let tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": ID_TOKEN_LIFETIME,
        "id_token": id_token,
    });
    document(StatusCode::OK, &tokens)
}

/// What the code stands for, which is used up by that.
fn claims(provider: &Provider, parameters: &Parameters) -> Option<Value> {
    let grant = provider.codes().remove(parameters.get("code")?)?;
    let now = provider.0.clock.now();
    let verifier = parameters.get("code_verifier").unwrap_or_default();
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()));
    let is_good = now < grant.expires
        && parameters.get("redirect_uri") == Some(&grant.redirect_uri)
        && challenge == grant.challenge;
    is_good.then(|| {
        let mut claims = json!({
            "iss": provider.0.issuer,
            "sub": grant.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + ID_TOKEN_LIFETIME,
        });
        if let (Value::Object(claims), Some(nonce)) = (&mut claims, grant.nonce) {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        claims
    })
}

/// Whether the client shows its secret, in the header or in the form, but not in both.
fn is_client(provider: &Provider, headers: &HeaderMap, parameters: &Parameters) -> bool {
    let in_form = parameters.get("client_secret").map(|secret| {
        (parameters.get("client_id").unwrap_or_default().to_owned(), secret.to_owned())
    });
    let shown = match (headers.get(header::AUTHORIZATION), in_form) {
        (Some(header), None) => header.to_str().ok().and_then(basic),
        (None, in_form) => in_form,
        (Some(_), Some(_)) => None,
    };
    shown.is_some_and(|(id, secret)| {
        let secret = secret.as_bytes().ct_eq(provider.0.client_secret.as_bytes());
        id == CLIENT_ID && secret.into()
    })
}

/// Name and secret, each encoded as in a form before they are joined.
fn basic(header: &str) -> Option<(String, String)> {
    let decoded = BASE64.decode(header.strip_prefix("Basic ")?.as_bytes()).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let decode = |text: &str| {
        form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

fn refuse(status: StatusCode, error: &str) -> Response {
    document(status, &json!({ "error": error }))
}
