//! The contract `api_key`.

use http::Method;
use serde_json::json;
use shared::{envelope::ApiKey, error::Reason};

use super::{Contract, ID};
use crate::{
    endpoint::Endpoint,
    reply::word,
    schema::{email, given_password, id, object, parameters, token, trimmed},
};

pub(super) fn contract() -> Contract {
    Contract {
        name: "api_key",
        component: "ApiKey",
        prefix: "/user/",
        description: "For apps that sign in with an email address and a password, and then hold a \
                      key. Clients send the key in bodies, so no header or cookie has it.",
        word: word::<ApiKey>,
        schemas: vec![(
            "ApiKeyRefusal".to_owned(),
            object(&json!({ "error_name": { "type": "string" } })),
        )],
        security_schemes: Vec::new(),
        endpoints: vec![sign_in(), sign_out()],
    }
}

fn sign_in() -> Endpoint {
    let body = parameters(&json!({ "email": email(), "password": given_password() }));
    let example = json!({ "email": "cc@prophetdigit.com", "password": "12345678" });
    let success = json!({ "api_key": "001342b9b9b71507".repeat(5), "user_id": ID });
    Endpoint::new(Method::POST, "/user/signin", "api_key_sign_in", "Hands out a key")
        .takes(&body, &example)
        .answers(object(&json!({ "api_key": token(), "user_id": id() })), &[("signed_in", success)])
        .refuses([Reason::Malformed, Reason::AccountUnknown, Reason::PasswordWrong, Reason::Banned])
        .limited()
}

fn sign_out() -> Endpoint {
    let body = parameters(&json!({ "api_key": trimmed("The key.") }));
    let example = json!({ "api_key": "001342b9b9b71507".repeat(5) });
    Endpoint::new(Method::POST, "/user/signout", "api_key_sign_out", "Ends a key")
        .described("A key that is unknown or dead already is signed out all the same.")
        .takes(&body, &example)
        .answers(object(&json!({})), &[("signed_out", json!({}))])
        .refuses([Reason::Malformed])
}
