//! The contract `tenant`.

use http::Method;
use serde_json::{Value, json};
use shared::{
    envelope::Tenant,
    error::Reason,
    http::{Fault, Refusal},
    password::MAX_CHARACTERS,
};

use super::{Contract, ID, cookie_scheme};
use crate::{
    endpoint::{Endpoint, Pages},
    reply::word,
    schema::{
        constant, cookie_cleared, cookie_set, email, id_text, named, new_password, object,
        object_with, parameters, possible_password, shown, with,
    },
};

/// What a client app shows of its tenant. The header's name is a setting; this is its default.
const HEADER: &str = "starcedu-tenant-authorization";
const TENANT: &str = "tenant";
/// The token of a client app's user.
const TOKEN: &str = "token_of_client_app";

pub(super) fn contract() -> Contract {
    Contract {
        name: "tenant",
        component: "Tenant",
        prefix: "/api/user/",
        description: "For a web app, which keeps a cookie, and for the client apps of partners \
                      (*tenants*), which show the tenant's credentials in a header and hold a \
                      token for each of their users. With the header cookies do not count, and \
                      without it no token does.",
        word: word::<Tenant>,
        schemas: vec![
            ("TenantAccount".to_owned(), account()),
            ("TenantRefusal".to_owned(), refusal()),
        ],
        security_schemes: security_schemes(),
        endpoints: vec![
            sign_in(),
            sign_up(),
            sign_out(),
            change_password(),
            keys(),
            configuration(),
            start(),
            callback(),
        ],
    }
}

fn security_schemes() -> Vec<(String, Value)> {
    let tenant = json!({
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "`basic base64(<tenant id>:<tenant secret>)`",
    });
    let token = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    let cookie = cookie_scheme(Tenant::COOKIE, "The session of the contract `tenant`.");
    vec![
        (TENANT.to_owned(), tenant),
        (TOKEN.to_owned(), token),
        (Tenant::COOKIE.to_owned(), cookie),
    ]
}

fn account() -> Value {
    object(&json!({ "id": id_text(), "username": shown("The email address.") }))
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "code": { "type": "integer", "minimum": 400 },
            "message": { "type": "string" },
        },
        "additionalProperties": false,
    })
}

/// A success: what came of it, and in which words.
fn success(data: &Value, messages: &[&str]) -> Value {
    object(&json!({ "data": data, "message": { "type": "string", "enum": messages } }))
}

/// An endpoint by which accounts are signed in to, with what it says without and with a binding.
fn signing_in(endpoint: Endpoint, [message, bound]: [&str; 2]) -> Endpoint {
    let data = json!({
        "id": id_text(),
        "username": shown("The email address."),
        "token": { "type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$" },
    });
    // The token is for client apps alone.
    let data = object_with(&data, &["id", "username"]);
    let account = json!({ "id": ID.to_string(), "username": "user@test.com" });
    let token = "eyJ0eXAiOiJKV1Qi.eyJpZCI6IjU0MjEz.c2lnbmF0dXJl";
    let web_app = json!({ "data": account, "message": message });
    let client_app = json!({ "data": with(account, "token", token.into()), "message": message });
    let examples = [("to_the_web_app", web_app), ("to_a_client_app", client_app)];
    let sent = json!({ "username": "user@test.com", "password": "testpass" });
    let password = if endpoint.path.ends_with("signup") {
        new_password(MAX_CHARACTERS)
    } else {
        possible_password()
    };
    let body = parameters(&json!({ "username": email(), "password": password }));
    endpoint
        .described(
            "The web app gets the cookie, a client app a token. An identity that waits in the web \
             app's session is bound, and the message says so.",
        )
        .secured([&[], &[TENANT]])
        .takes(&body, &sent)
        .answers(success(&data, &[message, bound]), &examples)
        .may_set(&cookie_set(Tenant::COOKIE))
        .refuses([Reason::TenantUnauthenticated, Reason::Malformed])
        .refuses([
            Tenant::empty("username"),
            Tenant::empty("password"),
            Tenant::illegal("username"),
            Tenant::illegal("password"),
        ])
        .limited()
}

fn sign_in() -> Endpoint {
    let endpoint =
        Endpoint::new(Method::POST, "/api/user/signin", "tenant_sign_in", "Signs a user in");
    let messages = ["authenticate successfully", "authenticate and bind successfully"];
    signing_in(endpoint, messages).refuses([
        Reason::AccountUnknown,
        Reason::PasswordWrong,
        Reason::Banned,
    ])
}

fn sign_up() -> Endpoint {
    let summary = "Makes an account and signs in to it";
    let endpoint = Endpoint::new(Method::POST, "/api/user/signup", "tenant_sign_up", summary);
    let messages = ["register successfully", "bind and register successfully"];
    signing_in(endpoint, messages).refuses([Reason::EmailTaken])
}

/// An endpoint for who is signed in.
fn signed_in(endpoint: Endpoint) -> Endpoint {
    endpoint
        .secured([&[Tenant::COOKIE], &[TENANT, TOKEN]])
        .refuses([Reason::TenantUnauthenticated, Reason::NotSignedIn])
}

fn sign_out() -> Endpoint {
    let message = "sign out successfully";
    let summary = "Ends the session or the token";
    signed_in(Endpoint::new(Method::POST, "/api/user/signout", "tenant_sign_out", summary))
        .answers(
            success(&object(&json!({})), &[message]),
            &[("signed_out", json!({ "data": {}, "message": message }))],
        )
        .may_set(&cookie_cleared(Tenant::COOKIE))
        // The header is one that is guessed.
        .limited()
}

fn change_password() -> Endpoint {
    let body = parameters(&json!({
        "old_password": possible_password(),
        "new_password": new_password(MAX_CHARACTERS),
    }));
    let sent = json!({ "old_password": "oldpassword", "new_password": "newpassword" });
    let message = "authenticate successfully";
    let data = json!({ "id": ID.to_string(), "username": "user@test.com" });
    let path = "/api/user/update_password";
    signed_in(Endpoint::new(Method::PUT, path, "tenant_change_password", "Changes the password"))
        .described(
            "Every other credential of the account, of any contract, is dead. The web app gets its \
         cookie again.",
        )
        .takes(&body, &sent)
        .answers(
            success(&named("TenantAccount"), &[message]),
            &[("changed", json!({ "data": data, "message": message }))],
        )
        .may_set(&cookie_set(Tenant::COOKIE))
        .refuses([Reason::Malformed])
        .refuses([
            Tenant::empty("old_password"),
            Tenant::empty("new_password"),
            Tenant::illegal("old_password"),
            Tenant::illegal("new_password"),
        ])
        .limited()
        .refuses([Reason::PasswordWrong])
}

fn keys() -> Endpoint {
    let base64url = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" });
    let key = object(&json!({
        "kty": constant("RSA"),
        "use": constant("sig"),
        "alg": constant("RS256"),
        "kid": base64url,
        "n": base64url,
        "e": base64url,
    }));
    let success = object(&json!({ "keys": { "type": "array", "items": key } }));
    let shown = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "0a1b", "n": "0vx7", "e": "AQAB",
    });
    let path = "/.well-known/jwks.json";
    Endpoint::new(Method::GET, path, "tenant_keys", "Shows the keys that tokens are verified with")
        .described("During a rotation there are two.")
        .answers(success, &[("keys", json!({ "keys": [shown] }))])
}

fn configuration() -> Endpoint {
    let uri = json!({ "type": "string", "format": "uri" });
    let success = object(&json!({ "issuer": uri, "jwks_uri": uri }));
    let shown = json!({
        "issuer": "https://api.example.com",
        "jwks_uri": "https://api.example.com/.well-known/jwks.json",
    });
    let path = "/.well-known/openid-configuration";
    Endpoint::new(Method::GET, path, "tenant_configuration", "Tells where those keys are")
        .answers(success, &[("configuration", shown)])
}

/// An endpoint of a browser on its way to a provider, or back.
fn on_the_way(endpoint: Endpoint) -> Endpoint {
    endpoint
        .at("provider", &json!({ "type": "string", "minLength": 1 }), "local")
        .redirects()
        .sets(&cookie_set(Tenant::COOKIE))
        .refuses([Refusal::from(Fault::NotFound)])
        .shows(Pages::OnRequest)
}

fn start() -> Endpoint {
    let summary = "Sends a browser to an identity provider";
    on_the_way(Endpoint::new(Method::GET, "/oauth/{provider}/start", "oauth_start", summary))
        .limited()
}

fn callback() -> Endpoint {
    let text = json!({ "type": "string" });
    let summary = "Receives a browser that comes back from an identity provider";
    on_the_way(Endpoint::new(Method::GET, "/oauth/{provider}/callback", "oauth_callback", summary))
        .described("The cookie that `start` has set says which browser it is.")
        .secured([&[Tenant::COOKIE]])
        .may_ask("state", &text, "of-this-visit")
        .may_ask("code", &text, "of-the-provider")
        .may_ask("iss", &text, "https://id.example.com")
        .may_ask("error", &text, "access_denied")
        .refuses([Reason::ArrivalInvalid, Reason::Banned])
}
