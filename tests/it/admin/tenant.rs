//! Tenants: what the operator sees and does, and what their client apps notice of it.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{Done, admin, answering};
use crate::support::TestApp;

const HEADER: &str = "starcedu-tenant-authorization";

/// A secret as it was shown.
struct Shown {
    id: String,
    secret: String,
    /// The value of the header.
    credentials: String,
}

impl Shown {
    /// Reads the JSON of a command that shows a secret.
    fn of(shown: &Value) -> Self {
        let text = |name: &str| shown[name].as_str().unwrap().to_owned();
        let (name, credentials) =
            shown["header"].as_str().unwrap().split_once(": ").expect("a line of a header");
        assert_eq!(name, HEADER);
        Self { id: text("id"), secret: text("secret"), credentials: credentials.to_owned() }
    }

    /// Asserts that a text has neither the secret nor the credentials.
    fn is_not_in(&self, text: &str) {
        let encoded = self.credentials.strip_prefix("basic ").unwrap();
        assert!(!text.contains(&self.secret) && !text.contains(encoded), "{text}");
    }

    /// Whether a client app with these credentials gets past the check of its tenant. It sends
    /// nothing that it could be signed in by.
    async fn is_let_in(&self, app: &TestApp) -> bool {
        let mut client_app = app.browser().header(HEADER, &self.credentials);
        let reply = client_app.post("/api/user/signin", json!({})).await;
        match reply.status.as_u16() {
            400 => drop(reply.is(400, json!({ "message": "username empty" }))),
            _ => {
                reply.is(401, json!({ "code": 401, "message": "tenant unauthenticated" }));
            }
        }
        reply.status.as_u16() == 400
    }
}

async fn create(app: &TestApp, name: &str) -> Shown {
    Shown::of(&admin(app, &["--json", "tenant", "create", "--name", name]).await.json())
}

async fn rotate(app: &TestApp, id: &str) -> Shown {
    Shown::of(&admin(app, &["--json", "tenant", "rotate", id]).await.json())
}

/// Runs a command that succeeds, and answers what it printed.
async fn printed(app: &TestApp, arguments: &[&str]) -> String {
    let Done { succeeded, out, err } = admin(app, arguments).await;
    assert!(succeeded && err.is_empty(), "{arguments:?}: {err}");
    out
}

/// Runs a command that is refused, also with `--json`, and answers the sentence.
async fn refused(app: &TestApp, arguments: &[&str]) -> String {
    let Done { succeeded, out, err } = admin(app, arguments).await;
    assert!(!succeeded && out.is_empty(), "{arguments:?}: {out}");
    let sentence = err.strip_prefix("error: ").unwrap().trim_end().to_owned();
    let Done { succeeded, out, err } = admin(app, &[&["--json"], arguments].concat()).await;
    assert!(!succeeded && out.is_empty(), "{arguments:?}: {out}");
    assert_eq!(serde_json::from_str::<Value>(&err).unwrap(), json!({ "error": sentence }));
    sentence
}

#[tokio::test]
async fn a_tenant_is_made_with_credentials_that_let_its_client_apps_in() {
    let app = TestApp::new().await;
    let made = admin(&app, &["--json", "tenant", "create", "--name", " Shop "]).await.json();
    let shown = Shown::of(&made);
    let credentials = BASE64.encode(format!("{}:{}", shown.id, shown.secret).as_bytes());
    assert_eq!(
        made,
        json!({
            "id": shown.id,
            "name": "Shop",
            "secret": shown.secret,
            "header": format!("{HEADER}: basic {credentials}"),
        })
    );
    assert_eq!((shown.id.len(), shown.secret.len()), (20, 64));
    assert!(shown.is_let_in(&app).await);

    let other = create(&app, "Shop").await;
    assert!(other.is_let_in(&app).await);
    assert!(other.id != shown.id && other.secret != shown.secret);
    let mixed = format!("{}:{}", other.id, shown.secret);
    let credentials = format!("basic {}", BASE64.encode(mixed.as_bytes()));
    assert!(!Shown { credentials, ..other }.is_let_in(&app).await);
}

#[tokio::test]
async fn a_new_tenant_is_printed_for_people_too() {
    let app = TestApp::new().await;
    let name = "a \"b\" \u{202e}c";
    let out = printed(&app, &["tenant", "create", "--name", name]).await;
    let mut lines = out.lines();
    let mut value = |label: &str| {
        let line = lines.next().unwrap();
        line.strip_prefix(label).unwrap_or_else(|| panic!("{line:?}")).to_owned()
    };
    let (id, name) = (value("id       "), value("name     "));
    assert_eq!(name, r#""a \"b\" \u{202e}c""#);
    let (secret, header) = (value("secret   "), value("header   "));
    let credentials = BASE64.encode(format!("{id}:{secret}").as_bytes());
    assert_eq!(header, format!("{HEADER}: basic {credentials}"));
    assert_eq!(lines.collect::<Vec<_>>(), ["The secret is not shown again."]);
}

#[tokio::test]
async fn the_header_is_the_one_that_is_configured() {
    let app = TestApp::with(&[("TENANT_HEADER", "X-Tenant")]).await;
    let made = admin(&app, &["--json", "tenant", "create", "--name", "Shop"]).await.json();
    let credentials = made["header"].as_str().unwrap().strip_prefix("x-tenant: ").unwrap();
    let mut client_app = app.browser().header("x-tenant", credentials);
    let reply = client_app.post("/api/user/signin", json!({})).await;
    reply.is(400, json!({ "message": "username empty" }));
}

#[tokio::test]
async fn a_name_that_is_none_makes_no_tenant() {
    let app = TestApp::new().await;
    for bad in ["", "  ", "a\nb", "a\u{1b}[2Jb", &"x".repeat(65)] {
        assert_eq!(
            refused(&app, &["tenant", "create", "--name", bad]).await,
            "a tenant's name has 1 to 64 characters, none of which is a control character"
        );
    }
    assert!(!admin(&app, &["tenant", "create"]).await.succeeded);
    assert_eq!(app.dump("accounts").await, []);
    create(&app, &"x".repeat(64)).await;
    assert_eq!(app.dump("accounts").await.len(), 1);
}

#[tokio::test]
async fn tenants_are_listed_the_oldest_first() {
    let app = TestApp::new().await;
    assert_eq!(printed(&app, &["tenant", "list"]).await, "there are no tenants\n");
    let list = async || admin(&app, &["--json", "tenant", "list"]).await.json();
    assert_eq!(list().await, json!({ "tenants": [] }));

    let mut ids = Vec::new();
    for name in ["b", "a", "c"] {
        ids.push(create(&app, name).await.id);
        app.clock.advance(60);
    }
    printed(&app, &["tenant", "disable", &ids[1]]).await;
    let card = |index: usize, name: &str, status: &str, updated: &str| {
        let created = format!("2026-01-01T00:0{index}:00Z");
        json!({
            "id": ids[index],
            "name": name,
            "status": status,
            "secrets": [created],
            "created": created,
            "updated": updated,
        })
    };
    let (b, a) = (
        card(0, "b", "active", "2026-01-01T00:00:00Z"),
        card(1, "a", "disabled", "2026-01-01T00:03:00Z"),
    );
    let c = card(2, "c", "active", "2026-01-01T00:02:00Z");
    assert_eq!(list().await, json!({ "tenants": [b, a, c] }));

    let mut texts = Vec::new();
    for id in &ids {
        texts.push(printed(&app, &["tenant", "show", id]).await);
    }
    assert_eq!(printed(&app, &["tenant", "list"]).await, texts.join("\n"));
}

#[tokio::test]
async fn a_tenant_is_shown_without_its_secrets() {
    let app = TestApp::new().await;
    let first = create(&app, "Shop \u{202e}").await;
    app.clock.advance(60);
    let second = rotate(&app, &first.id).await;
    let id = first.id.as_str();
    assert_eq!(
        printed(&app, &["tenant", "show", id]).await,
        format!(
            "id       {id}\n\
             name     \"Shop \\u{{202e}}\"\n\
             status   active\n\
             secret   made 2026-01-01T00:00:00Z\n\
             secret   made 2026-01-01T00:01:00Z\n\
             created  2026-01-01T00:00:00Z\n\
             updated  2026-01-01T00:01:00Z\n"
        )
    );
    assert_eq!(
        admin(&app, &["--json", "tenant", "show", id]).await.json(),
        json!({
            "id": id,
            "name": "Shop \u{202e}",
            "status": "active",
            "secrets": ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"],
            "created": "2026-01-01T00:00:00Z",
            "updated": "2026-01-01T00:01:00Z",
        })
    );

    // Nothing else shows a secret, and nothing that is stored gives one away.
    let mut texts = Vec::new();
    for command in ["disable", "show", "list", "enable", "show", "list", "retire-secret", "show"] {
        for json in [&[] as &[_], &["--json"]] {
            // The text is what counts here, of a refusal too.
            let id: &[_] = if command == "list" { &[] } else { &[id] };
            let Done { out, err, .. } =
                admin(&app, &[json, &["tenant", command], id].concat()).await;
            texts.extend([out, err]);
        }
    }
    let stored = [app.dump("accounts").await, app.dump("tokens").await];
    texts.push(format!("{stored:?}"));
    for text in texts {
        first.is_not_in(&text);
        second.is_not_in(&text);
    }
}

#[tokio::test]
async fn only_the_digests_of_secrets_are_stored() {
    let app = TestApp::new().await;
    let first = create(&app, "Shop").await;
    let second = rotate(&app, &first.id).await;
    let stored = format!("{:?}", app.dump("accounts").await);
    for shown in [&first, &second] {
        shown.is_not_in(&stored);
        assert!(stored.contains(&shared::credential::digest(&shown.secret)), "{stored}");
    }
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_are_live() {
    let app = TestApp::new().await;
    let first = create(&app, "Shop").await;
    let id = first.id.as_str();
    assert_eq!(
        refused(&app, &["tenant", "retire-secret", id]).await,
        format!(
            "tenant {id} has only one secret, which stays: give it another one first (`admin \
             tenant rotate {id}`)"
        )
    );
    assert!(first.is_let_in(&app).await);

    let rotated = admin(&app, &["--json", "tenant", "rotate", id]).await.json();
    let second = Shown::of(&rotated);
    let header = format!("{HEADER}: {}", second.credentials);
    assert_eq!(rotated, json!({ "id": id, "secret": second.secret, "header": header }));
    assert_ne!(second.secret, first.secret);
    assert!(first.is_let_in(&app).await && second.is_let_in(&app).await);

    assert_eq!(
        refused(&app, &["tenant", "rotate", id]).await,
        format!(
            "tenant {id} has two secrets already: end the older one first (`admin tenant \
             retire-secret {id}`)"
        )
    );
    assert!(first.is_let_in(&app).await && second.is_let_in(&app).await);

    let retired = printed(&app, &["tenant", "retire-secret", id]).await;
    assert_eq!(retired, format!("the older secret of tenant {id} is retired\n"));
    assert!(!first.is_let_in(&app).await);
    assert!(second.is_let_in(&app).await);

    // The next one takes the place of the one that stayed.
    let text = printed(&app, &["tenant", "rotate", id]).await;
    let secret = text.lines().find_map(|line| line.strip_prefix("secret   ")).unwrap();
    let credentials = BASE64.encode(format!("{id}:{secret}").as_bytes());
    assert_eq!(
        text,
        format!(
            "id       {id}\n\
             secret   {secret}\n\
             header   {HEADER}: basic {credentials}\n\
             The secret is not shown again.\n"
        )
    );
    let retired = admin(&app, &["--json", "tenant", "retire-secret", id]).await.json();
    assert_eq!(retired, json!({ "id": id, "change": "secret_retired" }));
    assert!(!second.is_let_in(&app).await);
    let third = Shown {
        id: first.id.clone(),
        secret: secret.into(),
        credentials: format!("basic {credentials}"),
    };
    assert!(third.is_let_in(&app).await);
}

#[tokio::test]
async fn of_rotations_at_the_same_time_one_is_made() {
    let app = TestApp::new().await;
    let first = create(&app, "Shop").await;
    let id = first.id.as_str();
    let arguments = ["--json", "tenant", "rotate", id];
    let rotations = (0..4).map(|_| admin(&app, &arguments));
    let rotations = futures::future::join_all(rotations).await;
    let made: Vec<_> = rotations.iter().filter(|done| done.succeeded).collect();
    assert_eq!(made.len(), 1);
    // The secret that was shown is the one that is live.
    assert!(Shown::of(&made[0].json()).is_let_in(&app).await);
    assert!(first.is_let_in(&app).await);
}

#[tokio::test]
async fn no_change_at_the_same_time_as_another_is_lost() {
    let app = TestApp::new().await;
    for _ in 0..4 {
        let first = create(&app, "Shop").await;
        let id = first.id.as_str();
        let (rotate, disable) = (["--json", "tenant", "rotate", id], ["tenant", "disable", id]);
        let (rotated, disabled) = futures::join!(admin(&app, &rotate), admin(&app, &disable));
        assert!(disabled.succeeded);
        let second = Shown::of(&rotated.json());
        assert!(!first.is_let_in(&app).await && !second.is_let_in(&app).await);
        printed(&app, &["tenant", "enable", id]).await;
        assert!(first.is_let_in(&app).await && second.is_let_in(&app).await);
    }
}

#[tokio::test]
async fn a_disabled_tenant_is_refused_until_it_is_enabled() {
    let app = TestApp::new().await;
    let (shown, other) = (create(&app, "Shop").await, create(&app, "Other").await);
    let id = shown.id.as_str();
    for _ in 0..2 {
        let text = printed(&app, &["tenant", "disable", id]).await;
        assert_eq!(text, format!("tenant {id} is disabled\n"));
        assert!(!shown.is_let_in(&app).await);
        assert!(other.is_let_in(&app).await);
    }
    for _ in 0..2 {
        let text = printed(&app, &["tenant", "enable", id]).await;
        assert_eq!(text, format!("tenant {id} is enabled\n"));
        assert!(shown.is_let_in(&app).await);
    }
    for (command, change) in [("disable", "disabled"), ("enable", "enabled")] {
        let changed = admin(&app, &["--json", "tenant", command, id]).await.json();
        assert_eq!(changed, json!({ "id": id, "change": change }));
    }
}

#[tokio::test]
async fn a_deletion_of_a_tenant_is_asked_for() {
    let app = TestApp::new().await;
    let shown = create(&app, "Shop").await;
    let id = shown.id.as_str();
    let delete = ["tenant", "delete", id];
    assert_eq!(
        refused(&app, &delete).await,
        "there is nobody to ask for confirmation: pass --yes to delete the tenant"
    );
    let question =
        format!("Delete tenant {id} (\"Shop\") and end all its tokens, for good? [y/N] ");
    for answer in ["n\n", "\n", ""] {
        let done = answering(&app, &delete, Some(answer)).await;
        assert!(!done.succeeded && done.out.is_empty());
        assert_eq!(done.err, format!("{question}error: tenant {id} was not deleted\n"));
        assert!(shown.is_let_in(&app).await);
    }
    let done = answering(&app, &delete, Some("y\n")).await;
    assert_eq!((done.out, done.err), (format!("tenant {id} is deleted\n"), question));
    assert!(!shown.is_let_in(&app).await);
    assert_eq!(app.dump("accounts").await, []);

    let shown = create(&app, "Shop").await;
    let deleted = admin(&app, &["--json", "tenant", "delete", &shown.id, "--yes"]).await.json();
    assert_eq!(deleted, json!({ "id": shown.id, "change": "deleted" }));
    assert!(!shown.is_let_in(&app).await);
}

#[tokio::test]
async fn what_is_no_tenant_is_refused_by_every_command() {
    let app = TestApp::new().await;
    let shown = create(&app, "Shop").await;
    for command in ["show", "rotate", "retire-secret", "disable", "enable", "delete"] {
        let with = async |id: &str| {
            let yes: &[_] = if command == "delete" { &["--yes"] } else { &[] };
            refused(&app, &[&["tenant", command, id], yes].concat()).await
        };
        assert_eq!(with("00000000000000000000").await, "no such tenant", "{command}");
        assert_eq!(with("a:b").await, r#""a:b" is not a tenant id"#, "{command}");
    }
    assert!(shown.is_let_in(&app).await);
}
