//! The tokens of client apps: what they say, when they live, and when they die.

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use local::Clients;
use serde_json::json;
use shared::{
    credential::Token,
    identifier::AccountId,
    signed_token::{Claims, SignedTokens},
};

use super::{
    EMAIL, NEW, PASSWORD, SIGN_OUT, SIGN_UP, Tenant, WRONG, change, change_password, credentials,
    is_refused, is_signed_in, join, signed_in, start_with_account, start_with_account_and, success,
    tenant_unauthenticated, user_unauthenticated,
};
use crate::support::{
    PUBLIC_URL, TestApp,
    jwt::{claims, part},
};

const DAY: i64 = 24 * 60 * 60;

/// Whether a token is live with a tenant's header.
async fn is_live(app: &TestApp, tenant: &Tenant, token: &str) -> bool {
    is_signed_in(&tenant.bearer(app, token)).await
}

/// What signs tokens by the keys that the product has.
fn signer(app: &TestApp) -> SignedTokens {
    let secrets = Clients::direct(&app.outbox, &app.secrets).secrets;
    app.app.clone().with_signing_keys(secrets).unwrap().signed_tokens().unwrap().clone()
}

#[tokio::test]
async fn a_token_says_who_it_is_for_and_until_when() {
    let (app, id) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let keys = app.get("/.well-known/jwks.json").await.json();
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": keys["keys"][0]["kid"] });
    assert_eq!(part(&token, 0), header);
    let mut said = part(&token, 1);
    let jti = said.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(Token::parse(jti.as_str().unwrap()).is_some());
    let now = app.clock.now();
    let expected = json!({
        "id": id.to_string(), "username": EMAIL, "to": tenant.id, "iss": PUBLIC_URL,
        "aud": tenant.id, "iat": now, "exp": now + 14 * DAY,
    });
    assert_eq!(said, expected);
}

#[tokio::test]
async fn the_keys_are_published_and_nothing_private_with_them() {
    let (app, _) = start_with_account().await;
    let reply = app.get("/.well-known/openid-configuration").await;
    let jwks_uri = format!("{PUBLIC_URL}/.well-known/jwks.json");
    reply.is(200, json!({ "issuer": PUBLIC_URL, "jwks_uri": jwks_uri }));
    let reply = app.get("/.well-known/jwks.json").await;
    assert_eq!(reply.status, 200, "{reply}");
    let body = reply.json();
    let [key] = body["keys"].as_array().unwrap().as_slice() else { panic!("{body}") };
    let names: Vec<_> = key.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kty", "use", "alg", "kid", "n", "e"]);
    assert_eq!(body.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_changes_the_password_and_signs_out() {
    let (app, id) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let mut client_app = tenant.bearer(&app, &token);
    let reply = change_password(&mut client_app, change(WRONG, NEW)).await;
    is_refused(&reply, "credentials invalid", "a wrong password");
    let reply = change_password(&mut client_app, change(PASSWORD, NEW)).await;
    assert_eq!(reply.cookies(), []);
    reply.is(200, success(id, EMAIL, "authenticate successfully"));
    assert!(is_live(&app, &tenant, &token).await);
    let reply = client_app.post(SIGN_OUT, json!({})).await;
    assert_eq!(reply.cookies(), []);
    reply.is(200, json!({ "data": {}, "message": "sign out successfully" }));
    for _ in 0..2 {
        client_app.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    }
    assert!(!is_live(&app, &tenant, &token).await);
}

#[tokio::test]
async fn one_token_of_a_secret_pair_is_as_good_as_the_other() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let one = tenant.token(&app, EMAIL, PASSWORD).await;
    let other = tenant.token(&app, EMAIL, PASSWORD).await;
    assert_ne!(one, other);
    tenant.bearer(&app, &one).post(SIGN_OUT, json!({})).await;
    assert!(!is_live(&app, &tenant, &one).await);
    assert!(is_live(&app, &tenant, &other).await);
}

#[tokio::test]
async fn a_token_dies_with_what_it_stands_on() {
    for what in ["password", "ban", "sign out everywhere", "deletion", "tenant deleted"] {
        let (app, id) = start_with_account().await;
        let tenant = Tenant::create(&app).await;
        let token = tenant.token(&app, EMAIL, PASSWORD).await;
        assert!(is_live(&app, &tenant, &token).await, "{what}");
        let id = AccountId::new(id).unwrap();
        match what {
            "password" => {
                let mut web_app = signed_in(&app, EMAIL).await;
                let reply = change_password(&mut web_app, change(PASSWORD, NEW)).await;
                assert_eq!(reply.status, 200, "{reply}");
                assert!(is_signed_in(&web_app).await);
            }
            "ban" => app.directory.ban(id).await.unwrap(),
            "sign out everywhere" => app.directory.sign_out_everywhere(id).await.unwrap(),
            "deletion" => app.directory.delete_account(id).await.unwrap(),
            _ => {
                assert!(app.directory.delete_tenant(&tenant.id()).await.unwrap());
                let mut client_app = tenant.bearer(&app, &token);
                client_app.post(SIGN_OUT, json!({})).await.is(401, tenant_unauthenticated());
                continue;
            }
        }
        assert!(!is_live(&app, &tenant, &token).await, "{what}");
    }
}

#[tokio::test]
async fn a_password_change_by_a_token_ends_everything_else() {
    let (app, _) = start_with_account().await;
    let (tenant, other) = (Tenant::create(&app).await, Tenant::create(&app).await);
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let again = tenant.token(&app, EMAIL, PASSWORD).await;
    let elsewhere = other.token(&app, EMAIL, PASSWORD).await;
    let web_app = signed_in(&app, EMAIL).await;
    change_password(&mut tenant.bearer(&app, &token), change(PASSWORD, NEW)).await;
    assert!(is_live(&app, &tenant, &token).await);
    assert!(!is_live(&app, &tenant, &again).await);
    assert!(!is_live(&app, &other, &elsewhere).await);
    assert!(!is_signed_in(&web_app).await);
}

#[tokio::test]
async fn a_token_ends_to_the_second_however_much_it_is_used() {
    let (app, _) = start_with_account_and(&[("TENANT_TOKEN_DAYS", "2")]).await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let end = claims(&token).expires;
    assert_eq!(end, app.clock.now() + 2 * DAY);
    app.clock.advance(DAY);
    change_password(&mut tenant.bearer(&app, &token), change(PASSWORD, NEW)).await;
    app.clock.advance(DAY - 1);
    assert!(is_live(&app, &tenant, &token).await);
    app.clock.advance(1);
    assert!(!is_live(&app, &tenant, &token).await);
}

#[tokio::test]
async fn a_good_signature_is_not_enough() {
    let (app, _) = start_with_account().await;
    let other = join(&app, "other@test.com").await;
    let (tenant, elsewhere) = (Tenant::create(&app).await, Tenant::create(&app).await);
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let signer = signer(&app);
    let said = claims(&token);
    let same = signer.sign(&said).await.unwrap();
    assert!(is_live(&app, &tenant, &same).await);
    let stranger = AccountId::new(other).unwrap();
    let beyond = app.clock.now() + 8000 * 365 * DAY;
    for (case, claims) in [
        ("another account", Claims { account: stranger, ..said.clone() }),
        (
            "a credential that is none",
            Claims { token: Token::random(said.account).unwrap(), ..said.clone() },
        ),
        ("a second more", Claims { expires: said.expires + 1, ..said.clone() }),
        ("a second less", Claims { expires: said.expires - 1, ..said.clone() }),
        ("the year 9999", Claims { expires: beyond, ..said.clone() }),
        ("another beginning", Claims { issued: said.issued - 1, ..said.clone() }),
    ] {
        let token = signer.sign(&claims).await.unwrap();
        assert!(!is_live(&app, &tenant, &token).await, "{case}");
    }
    let moved = signer.sign(&Claims { tenant: elsewhere.id(), ..said.clone() }).await.unwrap();
    assert!(!is_live(&app, &elsewhere, &moved).await);
    assert!(!is_live(&app, &tenant, &moved).await);
    assert!(is_live(&app, &tenant, &token).await);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_nobodys() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let none = BASE64URL_NOPAD.encode(br#"{"typ":"JWT","alg":"none"}"#);
    for authorization in [
        String::new(),
        "bearer".to_owned(),
        "bearer ".to_owned(),
        token.clone(),
        format!("basic {token}"),
        format!("bearer {token} {token}"),
        format!("bearer {token}, bearer {token}"),
        format!("bearer {header}.{claims}."),
        format!("bearer {header}.{claims}"),
        format!("bearer {none}.{claims}."),
        format!("bearer {none}.{claims}.{signature}"),
        format!("bearer {claims}.{header}.{signature}"),
        format!("bearer {header}.{claims}.{}", signature.chars().rev().collect::<String>()),
        format!("bearer {}", "a".repeat(9000)),
        "bearer ..".to_owned(),
        "bearer a.b.c".to_owned(),
        "bearer \u{fffd}.é.c".to_owned(),
    ] {
        let client_app = tenant.client_app(&app).header("authorization", &authorization);
        assert!(!is_signed_in(&client_app).await, "{authorization}");
    }
    let twice = tenant.bearer(&app, &token).header("authorization", "bearer x");
    assert!(!is_signed_in(&twice).await);
    assert!(is_live(&app, &tenant, &token).await);
}

#[tokio::test]
async fn the_tenant_is_asked_for_before_the_user() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    let stranger = Tenant { secret: "another".to_owned(), ..tenant.clone() };
    for token in [token.as_str(), "none"] {
        let mut client_app = stranger.bearer(&app, token);
        let reply = change_password(&mut client_app, json!([])).await;
        reply.is(401, tenant_unauthenticated());
    }
    let mut client_app = tenant.bearer(&app, "none");
    change_password(&mut client_app, json!([])).await.is(401, user_unauthenticated());
    let reply = change_password(&mut tenant.bearer(&app, &token), json!([])).await;
    is_refused(&reply, "request illigal", "a body that is no object");
}

#[tokio::test]
async fn a_token_is_checked_in_one_trip() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let token = tenant.token(&app, EMAIL, PASSWORD).await;
    app.meter.take();
    assert!(is_live(&app, &tenant, &token).await);
    assert_eq!(app.meter.take().round_trips, 1);
    assert!(!is_live(&app, &tenant, "a.b.c").await);
    assert_eq!(app.meter.take().round_trips, 1);
}

#[tokio::test]
async fn signing_up_by_a_client_app_hands_out_a_live_token() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let mut client_app = tenant.client_app(&app);
    let reply = client_app.post(SIGN_UP, credentials("new@test.com", PASSWORD)).await;
    let token = reply.json()["data"]["token"].as_str().unwrap().to_owned();
    assert!(is_live(&app, &tenant, &token).await);
    let reply = tenant
        .bearer(&app, &token)
        .send_json(Method::PUT, "/api/user/update_password/", change(PASSWORD, NEW))
        .await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(app.audited().await, 2);
}
