//! What the events in `events/` find when they come: the account, the credentials, the link and the
//! code that they name.

use std::{fs, path::Path};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::{
    credential::{BareToken, Kind, TenantCredentials, Token, digest},
    password::GivenPassword,
    signed_token::Claims,
};

use super::{TestApp, jwt::claims};

/// The token in the events' cookies and bodies. Its account does not exist but here.
fn token() -> String {
    format!("{:016x}{}", 65213, "a1".repeat(32))
}

/// The token in the events' links.
fn link_token() -> String {
    "b2".repeat(32)
}

/// The key of the codes' digests, and with it that of the number and the code in the events:
/// HMAC-SHA-256 of `"+8613900139000\n123456"`.
const CODE_SECRET: &str = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";
const CODE_DIGEST: &str = "f93e34dd734cb171e85186aea2f5ba2ee6a49e391ef3fdf0e6d067c7dc3683c5";

/// The settings under which the events of a function are answered.
pub(crate) fn settings(function: &str) -> &'static [(&'static str, &'static str)] {
    // Only there may a provider be on this machine.
    if function == "oauth" { &[("STAGE", "local")] } else { &[] }
}

/// Makes the account of the events, whose identifiers are proven and whose token is live in
/// each contract; a registration that waits for its link; a number that was sent a code; the tenant
/// that the local server has.
pub(crate) async fn set(app: &TestApp) {
    let tenant = TenantCredentials::new("local", "local-tenant-secret").unwrap();
    app.directory.set_tenant(&tenant, "A tenant to try").await.unwrap();
    let body =
        json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" });
    let id = app.post("/api/v1/user/register/", body).await.json()["user_id"].as_u64().unwrap();
    give_number(app, id).await;
    for kind in [
        Kind::ApiKey,
        Kind::CookieSession,
        Kind::UsersSession,
        Kind::ContactSession,
        Kind::WebSession,
        Kind::TenantToken,
    ] {
        plant(app, kind).await;
    }
    plant_registration(app).await;
    plant_code(app).await;
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Gives the account the number that the events' token carries, and a phone number; proves its email
/// address.
async fn give_number(app: &TestApp, id: u64) {
    let phone = "+8613800138000";
    for mut item in app.dump("accounts").await {
        let old = [("pk", item["pk"].clone()), ("sk", item["sk"].clone())];
        let old = old.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let delete = app.db.delete_item().table_name("accounts").set_key(Some(old));
        delete.send().await.unwrap();
        let proven = AttributeValue::Bool(true);
        if item["pk"] == text(&format!("account#{id}")) {
            item.insert("pk".to_owned(), text("account#65213"));
            item.insert("id".to_owned(), number(65213));
            item.insert("email_verified".to_owned(), proven);
            item.insert("phone".to_owned(), text(phone));
        } else {
            item.insert("account".to_owned(), number(65213));
            item.insert("verified".to_owned(), proven);
        }
        let put = app.db.put_item().table_name("accounts").set_item(Some(item));
        put.send().await.unwrap();
    }
    app.db
        .put_item()
        .table_name("accounts")
        .item("pk", text(&format!("phone#{phone}")))
        .item("sk", text("claim"))
        .item("account", number(65213))
        .item("created", number(app.clock.now()))
        .item("verified", AttributeValue::Bool(true))
        .send()
        .await
        .unwrap();
}

async fn plant(app: &TestApp, kind: Kind) {
    let tenant = (kind == Kind::TenantToken).then(|| text("local"));
    let digest = Token::parse(&token()).unwrap().digest();
    let later = app.clock.now() + 3600;
    let put = app
        .db
        .put_item()
        .table_name("tokens")
        .item("pk", text(&format!("credential#{}#{digest}", kind.as_str())))
        .item("account", number(65213))
        .item("kind", text(kind.as_str()))
        .item("epoch", number(1))
        .item("created", number(app.clock.now()))
        .item("expires", number(later))
        .item("ends", number(later))
        .item("ttl", number(later));
    let put = match tenant {
        Some(tenant) => put.item("tenant", tenant),
        None => put,
    };
    put.send().await.unwrap();
}

async fn plant_registration(app: &TestApp) {
    let digest = BareToken::parse(&link_token()).unwrap().digest();
    let password = app.directory.hasher().rehash(&GivenPassword::new("12345678")).await.unwrap();
    let later = app.clock.now() + 3600;
    app.db
        .put_item()
        .table_name("tokens")
        .item("pk", text(&format!("pending#{digest}")))
        .item("email", text("ann@abc.com"))
        .item("password", text(password.as_phc()))
        .item("created", number(app.clock.now()))
        .item("expires", number(later))
        .item("ttl", number(later))
        .send()
        .await
        .unwrap();
}

async fn plant_code(app: &TestApp) {
    app.db
        .put_item()
        .table_name("accounts")
        .item("pk", text("secret#codes"))
        .item("sk", text("secret"))
        .item("secret", text(CODE_SECRET))
        .send()
        .await
        .unwrap();
    let later = app.clock.now() + 600;
    app.db
        .put_item()
        .table_name("tokens")
        .item("pk", text(&format!("code#{}", digest("+8613900139000"))))
        .item("digest", text(CODE_DIGEST))
        .item("expires", number(later))
        .item("ttl", number(later))
        .send()
        .await
        .unwrap();
}

/// The events of a function, in the order of their names.
pub(crate) fn events(function: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
    let mut events: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

/// The event with its token signed anew: the key that has signed the one that is stored is nobody's.
pub(crate) async fn signed_anew(app: &TestApp, mut event: Value) -> Value {
    let authorization = &mut event["headers"]["authorization"];
    let stored = claims(authorization.as_str().unwrap());
    let issued = app.clock.now();
    let claims = Claims { issued, expires: issued + stored.expires - stored.issued, ..stored };
    let token = app.signing().signed_tokens().unwrap().sign(&claims).await.unwrap();
    *authorization = format!("Bearer {token}").into();
    event
}
