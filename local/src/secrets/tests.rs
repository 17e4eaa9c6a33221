use std::collections::HashMap;

use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata as _};
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use shared::{clock::Clock, secret::FromSecret as _, signed_token::SigningKeys};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::{FILE, PROVIDERS_SECRET, SECRETS_PATH, SIGNING_KEYS_SECRET, Secrets};
use crate::{Clients, Outbox, Template};

const NO_SECRET: &str = "Secrets Manager can't find the specified secret.";

async fn get(client: &Client, name: &str) -> Result<(String, String), (String, String)> {
    let got = client.get_secret_value().secret_id(name).send().await;
    let got = got.map_err(|error| refusal(&error.into_service_error()))?;
    assert_eq!((got.name(), got.version_stages()), (Some(name), &["AWSCURRENT".to_owned()][..]));
    Ok((got.secret_string.unwrap(), got.version_id.unwrap()))
}

async fn put(
    client: &Client,
    name: &str,
    value: &str,
    version: Option<&str>,
) -> Result<String, (String, String)> {
    let put = client.put_secret_value().secret_id(name).secret_string(value);
    let put = put.set_client_request_token(version.map(str::to_owned)).send().await;
    let put = put.map_err(|error| refusal(&error.into_service_error()))?;
    Ok(put.version_id.unwrap())
}

fn refusal(error: &impl aws_sdk_secretsmanager::error::ProvideErrorMetadata) -> (String, String) {
    (error.code().unwrap().to_owned(), error.message().unwrap_or_default().to_owned())
}

fn refused(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

/// Secrets, and clients that reach them over the network and without it.
async fn served() -> (Secrets, [Client; 2]) {
    let secrets = Secrets::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = Clients::of(listener.local_addr().unwrap(), &HashMap::new());
    let direct = Clients::direct(&Outbox::new(Clock::fixed(0)), &secrets);
    let router = secrets.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (secrets, [served.secrets, direct.secrets])
}

#[tokio::test]
async fn what_was_put_last_is_read() {
    let (secrets, clients) = served().await;
    for client in &clients {
        let first = put(client, SIGNING_KEYS_SECRET, "one", None).await.unwrap();
        let read = get(client, SIGNING_KEYS_SECRET).await;
        assert_eq!(read, Ok(("one".to_owned(), first.clone())));
        let second = put(client, SIGNING_KEYS_SECRET, "two", None).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(get(client, SIGNING_KEYS_SECRET).await, Ok(("two".to_owned(), second)));
        secrets.set(SIGNING_KEYS_SECRET, "three");
        assert_eq!(get(client, SIGNING_KEYS_SECRET).await.unwrap().0, "three");
        assert_eq!(secrets.value(SIGNING_KEYS_SECRET).as_deref(), Some("three"));
    }
    assert_eq!(secrets.reads(), 6);
    assert!(!format!("{secrets:?}").contains("three"));
}

#[tokio::test]
async fn a_version_never_changes() {
    let (_, [client, _]) = served().await;
    let version = "v".repeat(32);
    for _ in 0..2 {
        let put = put(&client, PROVIDERS_SECRET, "one", Some(&version)).await;
        assert_eq!(put, Ok(version.clone()));
    }
    let (code, _) = put(&client, PROVIDERS_SECRET, "two", Some(&version)).await.unwrap_err();
    assert_eq!(code, "ResourceExistsException");
    for version in ["v".repeat(31), "v".repeat(65)] {
        let (code, _) = put(&client, PROVIDERS_SECRET, "two", Some(&version)).await.unwrap_err();
        assert_eq!(code, "InvalidParameterException");
    }
    assert_eq!(get(&client, PROVIDERS_SECRET).await, Ok(("one".to_owned(), version)));
}

#[tokio::test]
async fn what_is_not_there_is_refused_as_aws_does() {
    let (secrets, clients) = served().await;
    for client in &clients {
        let none = "Secrets Manager can't find the specified secret value for staging label: \
                    AWSCURRENT";
        let none = refused("ResourceNotFoundException", none);
        assert_eq!(get(client, SIGNING_KEYS_SECRET).await, Err(none));
        let unknown = refused("ResourceNotFoundException", NO_SECRET);
        secrets.set("unknown", "value");
        assert_eq!(get(client, "unknown").await, Err(unknown.clone()));
        assert_eq!(put(client, "unknown", "value", None).await, Err(unknown));
        assert_eq!(get(client, PROVIDERS_SECRET).await.unwrap().0, r#"{"providers":[]}"#);
        let error = client.list_secrets().send().await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("UnknownOperationException"));
    }
}

#[tokio::test]
async fn it_fails_for_as_long_as_it_is_told_to() {
    let (secrets, clients) = served().await;
    for client in &clients {
        secrets.set_failing(true);
        let before = secrets.reads();
        let (code, _) = get(client, PROVIDERS_SECRET).await.unwrap_err();
        assert_eq!(code, "DecryptionFailure");
        let (code, _) = put(client, PROVIDERS_SECRET, "two", None).await.unwrap_err();
        assert_eq!(code, "EncryptionFailure");
        // The client has asked once.
        assert_eq!(secrets.reads(), before + 1);
        secrets.set_failing(false);
        assert_eq!(get(client, PROVIDERS_SECRET).await.unwrap().0, r#"{"providers":[]}"#);
    }
}

#[tokio::test]
async fn another_endpoint_in_the_environment_is_taken_instead() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = Secrets::new();
    let url = format!("http://{}{SECRETS_PATH}", listener.local_addr().unwrap());
    let router = elsewhere.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = HashMap::from([("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), url)]);
    // Nobody listens at the address of this server.
    let clients = Clients::of(([127, 0, 0, 1], 1).into(), &environment);
    put(&clients.secrets, SIGNING_KEYS_SECRET, "one", None).await.unwrap();
    assert_eq!(elsewhere.value(SIGNING_KEYS_SECRET).as_deref(), Some("one"));
}

#[tokio::test]
async fn other_sites_are_refused() {
    let secrets = Secrets::new();
    for path in [SECRETS_PATH.to_owned(), format!("{SECRETS_PATH}/")] {
        for (host, origin, status) in [
            ("localhost:3000", None, StatusCode::OK),
            ("localhost:3000", Some("http://evil.example"), StatusCode::FORBIDDEN),
            ("evil.example:3000", None, StatusCode::FORBIDDEN),
        ] {
            let mut request = Request::builder().method(Method::POST).uri(&path);
            request = request.header(header::HOST, host);
            request = request.header("x-amz-target", "secretsmanager.GetSecretValue");
            if let Some(origin) = origin {
                request = request.header(header::ORIGIN, origin);
            }
            let request = request.body(Body::from(r#"{"SecretId":"providers"}"#)).unwrap();
            let reply = secrets.router().oneshot(request).await.unwrap();
            assert_eq!(reply.status(), status, "{path} {host} {origin:?}");
        }
    }
}

#[test]
fn the_names_are_those_of_the_template() {
    let environment = Template::load().unwrap().environment;
    assert_eq!(environment["SIGNING_KEYS_SECRET"], SIGNING_KEYS_SECRET);
    assert_eq!(environment["OAUTH_PROVIDERS_SECRET"], PROVIDERS_SECRET);
}

#[test]
fn a_server_has_a_key_and_keeps_it_in_its_directory() {
    let clock = Clock::fixed(1_767_225_600);
    let keys = |secrets: &Secrets| {
        let text = secrets.value(SIGNING_KEYS_SECRET).unwrap();
        assert!(SigningKeys::from_secret(&text).unwrap().signing(clock.now()).is_some());
        text
    };
    let in_memory = || keys(&Secrets::of_server(None, &clock).unwrap());
    assert_ne!(in_memory(), in_memory());

    let data = tempfile::tempdir().unwrap();
    let first = Secrets::of_server(Some(data.path()), &clock).unwrap();
    let again = || keys(&Secrets::of_server(Some(data.path()), &clock).unwrap());
    assert_eq!(keys(&first), again());
    let file = data.path().join(FILE);
    // What is put is kept as well.
    first.set(SIGNING_KEYS_SECRET, &in_memory());
    assert_eq!(keys(&first), again());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);

    std::fs::write(&file, "hunter2").unwrap();
    let error = Secrets::of_server(Some(data.path()), &clock).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        format!("{}: the signing keys are unreadable", file.display())
    );
}
