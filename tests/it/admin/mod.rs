//! The operator's command line, in one process with what it works on.

mod audit;
mod identity;
mod tenant;

use std::{io::BufRead, process::ExitCode};

use serde_json::{Value, json};

use crate::support::TestApp;

/// What a command left behind.
pub(crate) struct Done {
    pub(crate) succeeded: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        assert!(self.succeeded, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

async fn answering(app: &TestApp, arguments: &[&str], answers: Option<&str>) -> Done {
    let mut answers = answers.map(str::as_bytes);
    let answers = answers.as_mut().map(|answers| answers as &mut dyn BufRead);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = admin::Console { out: &mut out, err: &mut err, answers, progress: false };
    let arguments = ["admin"].iter().chain(arguments);
    let code = admin::start(arguments, async |_: &_| Ok(app.connection()), &mut console).await;
    Done {
        succeeded: code == ExitCode::SUCCESS,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

pub(crate) async fn admin(app: &TestApp, arguments: &[&str]) -> Done {
    answering(app, arguments, None).await
}

/// The app with an account, and its id.
async fn app_with_account() -> (TestApp, String) {
    let app = TestApp::new().await;
    let body =
        json!({ "username": "test1234", "password": "12345678", "email": "test1234@abc.com" });
    let reply = app.post("/api/v1/user/register/", body).await;
    let id = reply.json()["user_id"].to_string();
    (app, id)
}

async fn can_log_in(app: &TestApp) -> bool {
    let body = json!({ "username": "test1234", "password": "12345678" });
    app.post("/api/v1/user/login/", body).await.json()["status"] == "success"
}

#[tokio::test]
async fn an_account_is_shown_by_each_of_its_names() {
    let (app, id) = app_with_account().await;
    for who in [
        &[id.as_str()] as &[_],
        &["TEST1234@abc.com"],
        &["Test1234"],
        &["--id", &id],
        &["--email", "test1234@abc.com"],
        &["--username", "test1234"],
    ] {
        let shown = admin(&app, &[&["--json", "user", "show"], who].concat()).await.json();
        assert_eq!(shown["id"].to_string(), id);
        assert_eq!(shown["status"], "active");
        assert_eq!(shown["created"], "2026-01-01T00:00:00Z");
    }
    let shown = admin(&app, &["user", "show", &id]).await;
    assert!(shown.out.contains("test1234@abc.com (not verified)"), "{}", shown.out);
    assert!(!shown.out.contains("argon2"), "{}", shown.out);
}

#[tokio::test]
async fn what_is_refused_ends_in_a_sentence_and_exit_code_1() {
    let (app, id) = app_with_account().await;
    for (arguments, part) in [
        (&["user", "show", "nobody99"] as &[_], "no such account"),
        (&["user", "show", "nobody@abc.com"], "no such account"),
        (&["user", "show", "1"], "no such account"),
        (&["user", "show", "not an account"], "is not an account id"),
        (&["user", "show"], ""),
        (&["user", "fire", &id], ""),
        (&["user", "delete", &id], "--yes"),
        (&["emoji", "import", "/nonexistent.json", "--user", &id], "nonexistent"),
        (&[], ""),
    ] {
        let done = admin(&app, arguments).await;
        assert!(!done.succeeded, "{arguments:?}");
        assert!(done.err.contains(part) && !done.err.trim().is_empty(), "{}", done.err);
        let with_json = [&["--json"], arguments].concat();
        let done = admin(&app, &with_json).await;
        let error: Value = serde_json::from_str(&done.err).unwrap();
        assert!(error["error"].as_str().unwrap().contains(part), "{error}");
    }
}

#[tokio::test]
async fn digits_that_are_two_accounts_are_refused() {
    let (app, id) = app_with_account().await;
    let body = json!({ "username": id, "password": "12345678", "email": "thief@abc.com" });
    let taken = app.post("/api/v1/user/register/", body).await.json();
    if taken["status"] == "success" {
        let done = admin(&app, &["user", "ban", &id]).await;
        assert!(done.err.contains("more than one account"), "{}", done.err);
        assert!(admin(&app, &["user", "ban", "--id", &id]).await.succeeded);
        assert!(!can_log_in(&app).await);
    } else {
        // An id of less than eight digits is no username.
        assert_eq!(taken["error_code"], 104);
    }
}

#[tokio::test]
async fn a_ban_takes_effect_and_is_lifted() {
    let (app, id) = app_with_account().await;
    let change = admin(&app, &["--json", "user", "ban", "test1234"]).await.json();
    assert_eq!(change, json!({ "id": id.parse::<u64>().unwrap(), "change": "banned" }));
    assert!(!can_log_in(&app).await);
    assert!(admin(&app, &["user", "unban", "test1234"]).await.succeeded);
    assert!(can_log_in(&app).await);
}

#[tokio::test]
async fn sign_out_ends_every_session() {
    let (app, _) = app_with_account().await;
    let mut browser = app.browser();
    let login = json!({ "username": "test1234", "password": "12345678" });
    browser.post("/api/v1/user/login/", login).await;
    assert!(admin(&app, &["user", "sign-out", "test1234"]).await.succeeded);
    let reply = browser.post("/api/v1/user/logout/", json!({})).await;
    assert_eq!(reply.status.as_u16(), 401);
    assert!(can_log_in(&app).await);
}

#[tokio::test]
async fn a_deletion_is_asked_for_and_leaves_nothing() {
    let (app, id) = app_with_account().await;
    assert!(!answering(&app, &["user", "delete", &id], Some("n\n")).await.succeeded);
    assert!(can_log_in(&app).await);
    assert!(answering(&app, &["user", "delete", &id], Some("y\n")).await.succeeded);
    assert!(!can_log_in(&app).await);
    assert_eq!(app.dump("accounts").await, []);
}

/// A file with emoji of these numbers, each shaped as the profile shows it.
fn emoji_file(numbers: std::ops::RangeInclusive<u64>) -> tempfile::NamedTempFile {
    let emoji: Vec<_> = numbers
        .map(|number| {
            json!({
                "id": number,
                "name": format!("emoji {number}"),
                "description": "😀",
                "number_of_donwloaded": number * 2,
                "tag": [{ "id": 1, "name": "face" }],
            })
        })
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), Value::from(emoji).to_string()).unwrap();
    file
}

#[tokio::test]
async fn more_than_a_hundred_emoji_are_imported_and_the_newest_hundred_shown() {
    let (app, id) = app_with_account().await;
    let file = emoji_file(1..=130);
    let path = file.path().to_str().unwrap();
    let done = admin(&app, &["emoji", "import", path, "--user", "test1234"]).await;
    assert!(done.succeeded, "{}", done.err);
    assert!(done.out.contains("read 130, written 130"), "{}", done.out);

    // Again, with some more: what is there already is written over.
    let file = emoji_file(100..=140);
    let path = file.path().to_str().unwrap();
    assert!(admin(&app, &["emoji", "import", path, "--user", &id]).await.succeeded);

    let reply = app.get(&format!("/users/{id}")).await.json();
    let shown = reply["user"]["upload_emoji"].as_array().unwrap();
    assert_eq!(shown.len(), 100);
    assert_eq!(
        shown[0],
        json!({
            "id": 140, "name": "emoji 140", "description": "😀", "number_of_donwloaded": 280,
            "tag": [{ "id": 1, "name": "face" }],
        })
    );
    assert_eq!(shown[99]["id"], 41);

    // All of them go with the account, not only those that are shown.
    assert!(admin(&app, &["user", "delete", &id, "--yes"]).await.succeeded);
    assert_eq!(app.dump("accounts").await, []);
}

#[tokio::test]
async fn a_bad_file_is_refused_before_anything_is_written() {
    let (app, id) = app_with_account().await;
    let good = json!({ "id": 1, "name": "a" });
    for bad in [
        json!({ "id": 0, "name": "a" }),
        json!({ "id": 2 }),
        json!({ "id": 2, "name": "" }),
        json!({ "id": 2, "name": "a", "number_of_donwloaded": -1 }),
        json!({ "id": 2, "name": "a", "tag": [{ "id": "1" }] }),
        json!({ "id": 1, "name": "twice" }),
        json!("emoji"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json!([good, bad]).to_string()).unwrap();
        let path = file.path().to_str().unwrap();
        let done = admin(&app, &["emoji", "import", path, "--user", &id]).await;
        assert!(!done.succeeded && done.err.contains("index 1"), "{bad}: {}", done.err);
    }
    let profile = app.get(&format!("/users/{id}")).await.json();
    assert_eq!(profile["user"]["upload_emoji"], json!([]));
}

#[tokio::test]
async fn an_audit_finds_what_is_broken_and_finishes_deletions() {
    let (app, id) = app_with_account().await;
    let audit = admin(&app, &["--json", "audit"]).await.json();
    assert_eq!((&audit["accounts"], &audit["claims"]), (&json!(1), &json!(2)));
    assert_eq!(audit["problems"], json!([]));

    // A deletion that broke off between its two parts.
    let file = emoji_file(1..=3);
    let path = file.path().to_str().unwrap();
    assert!(admin(&app, &["emoji", "import", path, "--user", &id]).await.succeeded);
    break_off_deletion(&app, &id).await;
    let audit = admin(&app, &["--json", "audit"]).await.json();
    assert_eq!(audit["unfinished_deletions"], 1);
    let audit = admin(&app, &["--json", "audit", "--repair"]).await.json();
    assert_eq!((&audit["finished_deletions"], &audit["belongings"]), (&json!(1), &json!(0)));

    // A claim that points nowhere.
    let (app, id) = app_with_account().await;
    let key = |pk: &str, sk: &str| {
        use aws_sdk_dynamodb::types::AttributeValue::S;
        [("pk".to_owned(), S(pk.to_owned())), ("sk".to_owned(), S(sk.to_owned()))]
    };
    let account = key(&format!("account#{id}"), "account").into();
    let delete = app.db.delete_item().table_name("accounts").set_key(Some(account));
    delete.send().await.unwrap();
    let done = admin(&app, &["audit"]).await;
    assert!(!done.succeeded);
    assert!(done.out.contains(&format!("account {id}, which does not exist")), "{}", done.out);
}

/// Leaves what is left when a deletion breaks off: a tombstone, and what hangs on it.
async fn break_off_deletion(app: &TestApp, id: &str) {
    use aws_sdk_dynamodb::types::AttributeValue;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for claim in ["email#test1234@abc.com", "username#test1234"] {
        let delete = app.db.delete_item().table_name("accounts");
        delete.key("pk", text(claim)).key("sk", text("claim")).send().await.unwrap();
    }
    app.db
        .update_item()
        .table_name("accounts")
        .key("pk", text(&format!("account#{id}")))
        .key("sk", text("account"))
        .update_expression("SET #status = :deleted REMOVE email, username, password")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":deleted", text("deleted"))
        .send()
        .await
        .unwrap();
}
