//! Identities at providers that are bound to accounts.

use serde_json::{Value, json};
use shared::{directory::Arrival, identifier::Identity};

use super::{Done, admin};
use crate::support::{TestApp, client};

const ISSUER: &str = "https://id.example.com";
const ANN: &str = "ann@example.com";

fn identity(subject: &str) -> Identity {
    Identity::new(ISSUER, subject).unwrap()
}

/// What becomes of someone who comes back from the provider as `subject`.
async fn arrive(app: &TestApp, subject: &str) -> Arrival {
    let client = client();
    let visit = app.directory.begin_visit("local", &client).await.unwrap();
    app.directory.end_visit(&visit, "local").await.unwrap();
    app.directory.arrive(&identity(subject), "local", &client).await.unwrap()
}

/// Whether whoever is `subject` at the provider is signed in.
async fn is_signed_in(app: &TestApp, subject: &str) -> bool {
    matches!(arrive(app, subject).await, Arrival::SignedIn(_))
}

/// Sends a request of the web app that binds the identity of `subject`.
async fn bind(app: &TestApp, subject: &str, path: &str) -> Value {
    let Arrival::Unbound { token, .. } = arrive(app, subject).await else {
        panic!("{subject} is bound already");
    };
    let mut browser = app.browser().cookie("connect.sid", token.expose());
    let reply = browser.post(path, json!({ "username": ANN, "password": "tidy-otter-42" })).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text);
    reply.json()["message"].clone()
}

/// An app with Ann's account, to which the identity `42` is bound, and its id.
pub(super) async fn app_with_identity() -> (TestApp, u64) {
    let app = TestApp::new().await;
    let message = bind(&app, "42", "/api/user/signup").await;
    assert_eq!(message, "bind and register successfully");
    let id = app.account(ANN).await.id.number();
    (app, id)
}

#[tokio::test]
async fn the_identities_of_an_account_are_listed_in_the_order_of_binding() {
    let (app, id) = app_with_identity().await;
    app.clock.advance(60);
    let message = bind(&app, "a \"b\" \u{202e}", "/api/user/signin").await;
    assert_eq!(message, "authenticate and bind successfully");

    let list = ["user", "identities", ANN];
    let Done { succeeded, out, .. } = admin(&app, &list).await;
    assert!(succeeded);
    assert_eq!(
        out,
        "issuer    \"https://id.example.com\"\n\
         subject   \"42\"\n\
         provider  \"local\"\n\
         bound     2026-01-01T00:00:00Z\n\
         \n\
         issuer    \"https://id.example.com\"\n\
         subject   \"a \\\"b\\\" \\u{202e}\"\n\
         provider  \"local\"\n\
         bound     2026-01-01T00:01:00Z\n"
    );
    assert_eq!(
        admin(&app, &[&["--json"], list.as_slice()].concat()).await.json(),
        json!({
            "id": id,
            "identities": [
                {
                    "issuer": ISSUER,
                    "subject": "42",
                    "provider": "local",
                    "bound": "2026-01-01T00:00:00Z",
                },
                {
                    "issuer": ISSUER,
                    "subject": "a \"b\" \u{202e}",
                    "provider": "local",
                    "bound": "2026-01-01T00:01:00Z",
                },
            ],
        })
    );
    let shown = admin(&app, &["--json", "user", "show", ANN]).await.json();
    assert_eq!(shown["identities"], 2);
    let shown = admin(&app, &["user", "show", ANN]).await.out;
    assert!(shown.contains("\nidentities  2\n"), "{shown}");
}

#[tokio::test]
async fn an_account_without_identities_is_told_so() {
    let app = TestApp::new().await;
    app.register("test1234", "12345678", "test1234@abc.com").await;
    let id = app.account("test1234@abc.com").await.id.number();
    let out = admin(&app, &["user", "identities", "test1234"]).await.out;
    assert_eq!(out, format!("account {id} has no identities\n"));
    let list = admin(&app, &["--json", "user", "identities", "test1234"]).await.json();
    assert_eq!(list, json!({ "id": id, "identities": [] }));
    let shown = admin(&app, &["--json", "user", "show", "test1234"]).await.json();
    assert_eq!(shown["identities"], 0);
}

#[tokio::test]
async fn what_is_unbound_signs_nobody_in_and_can_be_bound_again() {
    let (app, id) = app_with_identity().await;
    assert_eq!(bind(&app, "43", "/api/user/signin").await, "authenticate and bind successfully");
    assert!(is_signed_in(&app, "42").await && is_signed_in(&app, "43").await);

    let unbind = ["user", "unbind", ANN, "--issuer", ISSUER, "--subject", "42"];
    let Done { succeeded, out, err } = admin(&app, &unbind).await;
    assert!(succeeded, "{err}");
    assert_eq!(
        out,
        format!(
            "account {id} no longer has that identity; the sessions that it made stay until \
             `admin user sign-out --id {id}`\n"
        )
    );
    assert!(!is_signed_in(&app, "42").await);
    assert!(is_signed_in(&app, "43").await);
    let shown = admin(&app, &["--json", "user", "show", ANN]).await.json();
    assert_eq!(shown["identities"], 1);
    assert_eq!(app.audited().await, 1);

    assert_eq!(bind(&app, "42", "/api/user/signin").await, "authenticate and bind successfully");
    assert!(is_signed_in(&app, "42").await);
    let unbound = admin(&app, &[&["--json"], unbind.as_slice()].concat()).await.json();
    assert_eq!(unbound, json!({ "id": id, "change": "unbound" }));
    assert!(!is_signed_in(&app, "42").await);
    assert_eq!(app.audited().await, 1);
}

#[tokio::test]
async fn sessions_that_an_identity_made_stay_until_they_are_ended() {
    let (app, id) = app_with_identity().await;
    let Arrival::SignedIn(signed_in) = arrive(&app, "42").await else { panic!("not bound") };
    let unbind = ["user", "unbind", ANN, "--issuer", ISSUER, "--subject", "42"];
    assert!(admin(&app, &unbind).await.succeeded);

    // The parameters are looked at after the session.
    let mut browser = app.browser().cookie("connect.sid", signed_in.token.expose());
    let live = browser.send_json(http::Method::PUT, "/api/user/update_password", json!({})).await;
    live.is(400, json!({ "message": "old_password empty" }));
    assert!(admin(&app, &["user", "sign-out", "--id", &id.to_string()]).await.succeeded);
    let dead = browser.send_json(http::Method::PUT, "/api/user/update_password", json!({})).await;
    dead.is(401, json!({ "code": 401, "message": "user unauthenticated" }));
}

#[tokio::test]
async fn what_an_account_has_not_is_not_unbound() {
    let (app, id) = app_with_identity().await;
    app.register("test1234", "12345678", "test1234@abc.com").await;
    let other = app.account("test1234@abc.com").await.id.number();
    let has_not = |id: u64| format!("account {id} has no such identity");
    let none = || "no identity has this issuer and this subject".to_owned();
    for (who, issuer, subject, sentence) in [
        (ANN, ISSUER, "43", has_not(id)),
        (ANN, "https://id.example.com/", "42", has_not(id)),
        ("test1234", ISSUER, "42", has_not(other)),
        (ANN, "", "42", none()),
        (ANN, ISSUER, "", none()),
        (ANN, "https://id.example.com#42", "42", none()),
        ("nobody99", ISSUER, "42", "no such account".to_owned()),
    ] {
        let unbind = ["user", "unbind", who, "--issuer", issuer, "--subject", subject];
        let Done { succeeded, out, err } = admin(&app, &unbind).await;
        assert!(!succeeded && out.is_empty(), "{unbind:?}");
        assert_eq!(err, format!("error: {sentence}\n"));
        let Done { succeeded, err, .. } =
            admin(&app, &[&["--json"], unbind.as_slice()].concat()).await;
        assert!(!succeeded);
        assert_eq!(serde_json::from_str::<Value>(&err).unwrap(), json!({ "error": sentence }));
    }
    for incomplete in [["--issuer", ISSUER], ["--subject", "42"]] {
        let unbind = [&["user", "unbind", ANN], incomplete.as_slice()].concat();
        assert!(!admin(&app, &unbind).await.succeeded);
    }
    assert!(!admin(&app, &["user", "identities", "nobody99"]).await.succeeded);
    assert!(is_signed_in(&app, "42").await);
    assert_eq!(app.audited().await, 2);
}

#[tokio::test]
async fn an_identity_goes_with_its_account() {
    let (app, _) = app_with_identity().await;
    assert!(admin(&app, &["user", "delete", ANN, "--yes"]).await.succeeded);
    assert_eq!(app.dump("accounts").await, []);
    assert!(!is_signed_in(&app, "42").await);
}
