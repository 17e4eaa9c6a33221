//! Client apps: how they show their tenant's credentials, and what is said to them.

use insta::assert_snapshot;
use serde_json::json;
use shared::credential::{TenantCredentials, digest};

use super::{
    COOKIE, EMAIL, HEADER, NEW, PASSWORD, SIGN_IN, SIGN_OUT, SIGN_UP, Tenant, WRONG, basic, change,
    change_password, client_app, credentials, is_authenticated, is_refused, is_signed_in, join,
    signed_in, start, start_with, start_with_account, success, tenant_unauthenticated,
    user_unauthenticated,
};
use crate::support::{Browser, TestApp, tenant_error};

/// A client app that shows these headers.
fn showing(app: &TestApp, headers: &[&str]) -> Browser {
    headers.iter().fold(app.browser(), |browser, value| browser.header(HEADER, value))
}

#[tokio::test]
async fn refusals_are_to_the_letter() {
    let (app, _) = start_with_account().await;
    let mut nobody = app.browser().header(HEADER, "basic eDp5");
    assert_snapshot!(nobody.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await, @r#"
    401 Unauthorized

    {"code":401,"message":"tenant unauthenticated"}
    "#);
    let mut somebody = client_app(&app).await;
    let fields = change(PASSWORD, NEW);
    assert_snapshot!(change_password(&mut somebody, fields).await, @r#"
    401 Unauthorized

    {"code":401,"message":"user unauthenticated"}
    "#);
}

#[tokio::test]
async fn a_client_app_gets_a_token_and_no_cookie() {
    let app = start().await;
    let mut browser = client_app(&app).await;
    let up = browser.post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
    let id = app.account(EMAIL).await.id.number();
    let into = browser.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    for (reply, message) in [(up, "register successfully"), (into, "authenticate successfully")] {
        let mut body = reply.json();
        let token = body["data"].as_object_mut().unwrap().remove("token").unwrap();
        assert_eq!(token.as_str().unwrap().split('.').count(), 3, "{token}");
        assert_eq!((reply.status.as_u16(), body), (200, success(id, EMAIL, message)));
        assert_eq!(reply.cookies(), []);
    }
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn a_client_app_is_refused_in_the_words_of_the_web_app() {
    let (app, _) = start_with_account().await;
    join(&app, "banned@test.com").await;
    app.ban("banned@test.com").await;
    let mut browser = client_app(&app).await;
    for (path, email, password, message) in [
        (SIGN_IN, EMAIL, WRONG, "credentials invalid"),
        (SIGN_IN, "nobody@test.com", PASSWORD, "credentials invalid"),
        (SIGN_IN, "banned@test.com", WRONG, "credentials invalid"),
        (SIGN_IN, "banned@test.com", PASSWORD, "user banned"),
        (SIGN_UP, EMAIL, PASSWORD, "user with this username already existed"),
    ] {
        let reply = browser.post(path, credentials(email, password)).await;
        is_refused(&reply, message, email);
    }
}

#[tokio::test]
async fn the_header_is_basic_and_its_credentials_in_base64() {
    let app = start().await;
    let tenant = Tenant::create(&app).await;
    let good = tenant.header();
    let (_, encoded) = good.split_once(' ').unwrap();
    for header in [
        good.clone(),
        format!("Basic {encoded}"),
        format!("BASIC {encoded}"),
        format!("basic   {encoded}"),
        format!(" basic {encoded} "),
    ] {
        assert!(is_authenticated(&mut showing(&app, &[&header])).await, "{header}");
    }
}

#[tokio::test]
async fn what_is_not_that_is_nobodys() {
    let app = start().await;
    let tenant = Tenant::create(&app).await;
    let Tenant { id, secret } = &tenant;
    let good = tenant.header();
    let (_, encoded) = good.split_once(' ').unwrap();
    let plain = format!("{id}:{secret}");
    for (case, headers) in [
        ("nothing", vec![String::new()]),
        ("blank", vec!["  ".to_owned()]),
        ("the scheme alone", vec!["basic".to_owned()]),
        ("the scheme and a space", vec!["basic ".to_owned()]),
        ("without a scheme", vec![encoded.to_owned()]),
        ("another scheme", vec![format!("bearer {encoded}")]),
        ("the scheme twice", vec![format!("basic basic {encoded}")]),
        ("without a space", vec![format!("basic{encoded}")]),
        ("with a colon", vec![format!("basic: {encoded}")]),
        ("in plain text", vec![format!("basic {plain}")]),
        (
            "in hexadecimal",
            vec![format!("basic {}", data_encoding::HEXLOWER.encode(plain.as_bytes()))],
        ),
        ("in base64 twice", vec![basic(encoded)]),
        ("with too much padding", vec![format!("{good}=")]),
        ("cut off", vec![good[..good.len() - 1].to_owned()]),
        ("with something after it", vec![format!("{good} x")]),
        ("with a character that is none", vec![format!("basic *{encoded}")]),
        ("with a parameter", vec![format!("{good}, charset=\"UTF-8\"")]),
        ("joined by a comma", vec![format!("{good}, {good}")]),
        ("joined without a space", vec![format!("{good},{good}")]),
        ("twice", vec![good.clone(), good.clone()]),
        ("twice, once as nothing", vec![good.clone(), String::new()]),
        ("twice, the good one last", vec![basic("x:y"), good.clone()]),
        ("without a colon", vec![basic(&format!("{id}{secret}"))]),
        ("without an id", vec![basic(&format!(":{secret}"))]),
        ("without a secret", vec![basic(&format!("{id}:"))]),
        ("a colon alone", vec![basic(":")]),
        ("a colon more", vec![basic(&format!("{id}::{secret}"))]),
        ("a colon after it", vec![basic(&format!("{plain}:"))]),
        ("the other way round", vec![basic(&format!("{secret}:{id}"))]),
        ("an unknown tenant", vec![basic(&format!("{id}0:{secret}"))]),
        ("another id", vec![basic(&format!("nobody:{secret}"))]),
        ("a wrong secret", vec![basic(&format!("{id}:{}", secret.replace(|_| true, "0")))]),
        ("a part of the secret", vec![basic(&format!("{id}:{}", &secret[1..]))]),
        ("more than the secret", vec![basic(&format!("{id}:{secret}0"))]),
        ("the secret in capitals", vec![basic(&format!("{id}:{}X", secret.to_uppercase()))]),
        ("a space after the secret", vec![basic(&format!("{plain} "))]),
        ("a space before the id", vec![basic(&format!(" {plain}"))]),
        ("a line end after it", vec![basic(&format!("{plain}\n"))]),
        ("NUL after it", vec![basic(&format!("{plain}\0"))]),
        ("the secret's digest", vec![basic(&format!("{id}:{}", digest(secret)))]),
        ("nobody's secret", vec![basic("nobody:nobody has this secret")]),
        ("a key of the table", vec![basic(&format!("tenant#{id}:{secret}"))]),
        ("long", vec![basic(&format!("{id}:{}", "x".repeat(257)))]),
        ("very long", vec![basic(&format!("{}:{secret}", "x".repeat(6000)))]),
        ("no UTF-8", vec!["basic /////w==".to_owned()]),
        ("another script", vec![format!("básic {encoded}")]),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        assert!(!is_authenticated(&mut showing(&app, &headers)).await, "{case}");
    }
    assert!(tenant.is_authenticated(&app).await);
}

#[tokio::test]
async fn ids_and_secrets_are_compared_to_the_letter() {
    let app = start().await;
    for (id, secret) in [("Star-1", "s3cret of one"), ("star_2", "of:two:colons")] {
        let credentials = TenantCredentials::new(id, secret).unwrap();
        app.directory.set_tenant(&credentials, "Star Education").await.unwrap();
    }
    for (credentials, live) in [
        ("Star-1:s3cret of one", true),
        ("star_2:of:two:colons", true),
        ("star-1:s3cret of one", false),
        ("STAR-1:s3cret of one", false),
        ("Star-1:S3cret of one", false),
        ("Star-1:s3cret of one ", false),
        ("Star-1:of:two:colons", false),
        ("star_2:s3cret of one", false),
        ("star_2:of:two", false),
        ("Ｓtar-1:s3cret of one", false),
    ] {
        let mut browser = showing(&app, &[&basic(credentials)]);
        assert_eq!(is_authenticated(&mut browser).await, live, "{credentials}");
    }
}

#[tokio::test]
async fn a_body_is_checked_after_the_tenant() {
    let (app, _) = start_with_account().await;
    let mut browser = client_app(&app).await;
    for (path, body, message) in [
        (SIGN_IN, json!([]), "request illigal"),
        (SIGN_IN, json!({}), "username empty"),
        (SIGN_IN, credentials("x", ""), "password empty"),
        (SIGN_IN, credentials("x", PASSWORD), "provided username illigal"),
        (SIGN_IN, credentials(EMAIL, "\0"), "provided password illigal"),
        (SIGN_UP, json!(null), "request illigal"),
        (SIGN_UP, credentials(" ", ""), "username empty"),
        (SIGN_UP, credentials("x", "short"), "provided username illigal"),
        (SIGN_UP, credentials(EMAIL, "short"), "provided password illigal"),
    ] {
        is_refused(&browser.post(path, body).await, message, path);
    }
    let reply = browser.send(http::Method::POST, SIGN_IN, Some("text/plain"), "{}").await;
    reply.is(415, tenant_error(415, "unsupported media type"));
}

#[tokio::test]
async fn cookies_are_ignored_with_the_header() {
    let (app, _) = start_with_account().await;
    let tenant = Tenant::create(&app).await;
    let session = signed_in(&app, EMAIL).await;
    let mut both = tenant.show(session.clone());
    change_password(&mut both, change(PASSWORD, NEW)).await.is(401, user_unauthenticated());
    both.post(SIGN_OUT, json!({})).await.is(401, user_unauthenticated());
    // Nor does what is asked with it end the session, or clear the cookie.
    both.post(SIGN_IN, credentials(EMAIL, PASSWORD)).await;
    both.post(SIGN_IN, credentials(EMAIL, WRONG)).await;
    assert_eq!(both.kept(COOKIE), session.kept(COOKIE));
    assert!(is_signed_in(&session).await);

    // Bad credentials do not make it the web app's.
    let mut bad = session.clone().header(HEADER, "");
    bad.post(SIGN_OUT, json!({})).await.is(401, tenant_unauthenticated());
    assert!(is_signed_in(&session).await);
}

#[tokio::test]
async fn the_headers_name_is_a_setting() {
    let app = start_with(&[("TENANT_HEADER", "x-partner")]).await;
    let tenant = Tenant::create(&app).await;
    let mut browser = app.browser().header("x-partner", &tenant.header());
    assert!(is_authenticated(&mut browser).await);
    let mut browser = app.browser().header("x-partner", "basic eDp5");
    assert!(!is_authenticated(&mut browser).await);
    // The one that it would have been by default makes nobody a client app.
    let reply = tenant.client_app(&app).post(SIGN_UP, credentials(EMAIL, PASSWORD)).await;
    assert_eq!((reply.status.as_u16(), reply.cookies().len()), (200, 1));
}

#[tokio::test]
async fn no_tenant_is_there_unless_the_operator_has_made_it() {
    let app = start().await;
    for header in [basic("local:local-tenant-secret"), basic("tenant_id:tenant_pass")] {
        assert!(!is_authenticated(&mut showing(&app, &[&header])).await);
    }
}
