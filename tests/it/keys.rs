//! The operator's commands about signing keys, and what becomes of tokens.

use std::sync::Arc;

use admin::{Cli, Connection, Console};
use aws_sdk_secretsmanager::Client;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use clap::Parser as _;
use local::{SIGNING_KEYS_SECRET, Secrets};
use serde_json::{Value, json};
use shared::{
    credential::Token,
    identifier::{AccountId, TenantId},
    signed_token::{Claims, SignedTokens},
};
use tokio::sync::Barrier;

use crate::{admin::admin, support::TestApp};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The app as it is after a deployment: nobody has made a key yet.
async fn deployed() -> TestApp {
    let mut app = TestApp::new().await;
    app.secrets = Secrets::new();
    app
}

/// Adds a key and tells its name.
async fn rotate(app: &TestApp, flags: &[&str]) -> String {
    let done = admin(app, &[&["--json", "keys", "rotate"], flags].concat()).await.json();
    done["kid"].as_str().unwrap().to_owned()
}

/// Why a command about the keys is refused.
async fn refusal(app: &TestApp, arguments: &[&str]) -> String {
    let before = app.secrets.value(SIGNING_KEYS_SECRET);
    let done = admin(app, &[&["--json", "keys"], arguments].concat()).await;
    assert!(!done.succeeded && done.out.is_empty(), "{}", done.out);
    assert_eq!(app.secrets.value(SIGNING_KEYS_SECRET), before);
    let error: Value = serde_json::from_str(&done.err).unwrap();
    error["error"].as_str().unwrap().to_owned()
}

/// The keys with what they do.
async fn list(app: &TestApp) -> Vec<(String, String)> {
    let list = admin(app, &["--json", "keys", "list"]).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keys = list["keys"].as_array().unwrap().iter();
    keys.map(|key| (text(&key["kid"]), text(&key["status"]))).collect()
}

fn does(kid: &str, status: &str) -> (String, String) {
    (kid.to_owned(), status.to_owned())
}

/// A function that signs, with a memory of its own.
fn function(app: &TestApp) -> SignedTokens {
    let app = app.app.clone().with_signing_keys(app.connection().secrets).unwrap();
    app.signed_tokens().unwrap().clone()
}

async fn token(app: &TestApp, function: &SignedTokens) -> String {
    let account = AccountId::new(65213).unwrap();
    let claims = Claims {
        account,
        username: "ann@example.com".to_owned(),
        tenant: tenant(),
        token: Token::random(account).unwrap(),
        issued: app.clock.now(),
        expires: app.clock.now() + 14 * DAY,
    };
    function.sign(&claims).await.unwrap()
}

fn tenant() -> TenantId {
    TenantId::parse("tenant-a").unwrap()
}

async fn verifies(function: &SignedTokens, token: &str) -> bool {
    function.verify(token, &tenant()).await.unwrap().is_some()
}

#[tokio::test]
async fn keys_follow_one_another() {
    let app = deployed().await;
    let empty = admin(&app, &["--json", "keys", "list"]).await.json();
    assert_eq!(empty, json!({ "keys": [], "rotate_from": null }));

    let first = admin(&app, &["--json", "keys", "rotate"]).await.json();
    let one = first["kid"].as_str().unwrap();
    let expected = json!({ "kid": one, "signs_from": "2026-01-01T00:00:00Z", "retired": [] });
    assert_eq!(first, expected);
    assert_eq!(list(&app).await, [does(one, "signs")]);

    let second = admin(&app, &["--json", "keys", "rotate"]).await.json();
    let two = second["kid"].as_str().unwrap();
    let expected = json!({ "kid": two, "signs_from": "2026-01-01T03:00:00Z", "retired": [] });
    assert_eq!(second, expected);
    assert_eq!(list(&app).await, [does(one, "signs"), does(two, "waits")]);
    app.clock.advance(3 * HOUR - 1);
    assert_eq!(list(&app).await, [does(one, "signs"), does(two, "waits")]);
    app.clock.advance(1);
    assert_eq!(list(&app).await, [does(one, "verifies"), does(two, "signs")]);

    let until = "2026-01-15T03:00:01Z";
    let listed = admin(&app, &["--json", "keys", "list"]).await.json();
    assert_eq!(listed["rotate_from"], until);
    let line = json!({
        "kid": one,
        "status": "verifies",
        "created": "2026-01-01T00:00:00Z",
        "signs_from": "2026-01-01T00:00:00Z",
    });
    assert_eq!(listed["keys"][0], line);
    app.clock.advance(14 * DAY);
    let refused = refusal(&app, &["rotate"]).await;
    assert!(refused.contains(until) && refused.contains("--force"), "{refused}");
    app.clock.advance(1);
    let third = admin(&app, &["keys", "rotate"]).await;
    assert!(third.out.contains(&format!("key {one} is retired")), "{}", third.out);
    let [found, waiting] = list(&app).await.try_into().unwrap();
    assert_eq!((found, waiting.1.as_str()), (does(two, "signs"), "waits"));
}

#[tokio::test]
async fn a_key_that_has_leaked_is_replaced_and_its_tokens_end() {
    let app = deployed().await;
    let one = rotate(&app, &[]).await;
    let leaked = rotate(&app, &["--at-once"]).await;
    let function = function(&app);
    let forged = token(&app, &function).await;
    assert!(verifies(&function, &forged).await);

    let refused = refusal(&app, &["rotate", "--at-once"]).await;
    assert!(refused.contains("--force"), "{refused}");
    let new = rotate(&app, &["--at-once", "--force"]).await;
    assert_eq!(list(&app).await, [does(&leaked, "verifies"), does(&new, "signs")]);
    let retired = admin(&app, &["--json", "keys", "retire", &leaked]).await.json();
    assert_eq!(retired, json!({ "kid": leaked, "change": "retired" }));
    assert_eq!(list(&app).await, [does(&new, "signs")]);

    // As long as the keys are taken to be fresh, the function has not noticed.
    app.clock.advance(299);
    assert!(verifies(&function, &forged).await);
    app.clock.advance(1);
    assert!(!verifies(&function, &forged).await);
    let good = token(&app, &function).await;
    assert!(verifies(&function, &good).await);
    assert!(!one.is_empty());
}

#[tokio::test]
async fn somebody_is_left_to_sign() {
    let app = deployed().await;
    let one = rotate(&app, &[]).await;
    for refused in [
        refusal(&app, &["retire", &one]).await,
        {
            rotate(&app, &[]).await;
            refusal(&app, &["retire", &one]).await
        },
        refusal(&app, &["rotate", "--force"]).await,
    ] {
        assert!(refused.contains("--at-once"), "{refused}");
    }
    assert_eq!(refusal(&app, &["retire", "nobody"]).await, "there is no such key");
}

#[tokio::test]
async fn private_keys_are_never_printed() {
    let app = deployed().await;
    for arguments in [
        &["keys", "list"][..],
        &["keys", "rotate"],
        &["--json", "keys", "rotate"],
        &["keys", "list"],
        &["--json", "keys", "list"],
    ] {
        let done = admin(&app, arguments).await;
        assert!(done.succeeded, "{}", done.err);
        // A key in base64 is longer than a line about it.
        assert!(done.out.lines().all(|line| !line.contains("MII")), "{}", done.out);
        assert!(!done.out.contains("private"), "{}", done.out);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_secret_is_said_and_it_stays_as_it_is() {
    let app = deployed().await;
    for command in ["list", "rotate"] {
        let refused = refusal(&app, &[command, "--secret", "nobody"]).await;
        assert!(refused.contains("no such secret") && refused.contains("`nobody`"), "{refused}");
        app.secrets.set_failing(true);
        let refused = refusal(&app, &[command]).await;
        assert!(refused.contains("GetSecretValue: DecryptionFailure"), "{refused}");
        app.secrets.set_failing(false);
        let refused = refusal(&app, &[command, "--secret", "providers"]).await;
        assert_eq!(refused, "the secret `providers`: the signing keys are unreadable");
    }
}

#[tokio::test]
async fn of_two_operators_at_once_one_is_told_to_look_again() {
    let app = deployed().await;
    let barrier = Arc::new(Barrier::new(2));
    let secrets = app.connection().secrets;
    let whole = secrets.config().http_client().unwrap();
    let both = Both { barrier, whole };
    let secrets = Client::from_conf(secrets.config().to_builder().http_client(both).build());
    let to = Connection { app: app.app.clone(), secrets };
    let operator = async || {
        let cli = Cli::try_parse_from(["admin", "keys", "rotate"]).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console { out: &mut out, err: &mut err, answers: None, progress: false };
        admin::run(cli, &to, &mut console).await.map_err(|error| error.to_string())
    };
    // At first there is nothing to follow, then there is a version.
    for keys in 1..=2 {
        let (one, other) = tokio::join!(operator(), operator());
        let refused = one.and(other).unwrap_err();
        assert!(refused.contains("nothing was written"), "{refused}");
        assert_eq!(list(&app).await.len(), keys);
    }
}

/// Lets nobody go on who has read before the other one has read too.
#[derive(Clone, Debug)]
struct Both<W> {
    barrier: Arc<Barrier>,
    whole: W,
}

impl HttpClient for Both<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, components);
        SharedHttpConnector::new(Both { barrier: Arc::clone(&self.barrier), whole })
    }
}

impl HttpConnector for Both<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let reads = target.ends_with("GetSecretValue");
        let (barrier, answer) = (Arc::clone(&self.barrier), self.whole.call(request));
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if reads {
                barrier.wait().await;
            }
            answer
        })
    }
}
