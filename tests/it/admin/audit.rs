//! What an audit finds of identities and tenants.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{admin, identity::app_with_identity};
use crate::support::TestApp;

type Item = HashMap<String, AttributeValue>;

const CLAIM: &str = "oauth#https://id.example.com#42";

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn key(partition: &str, sort: &str) -> Item {
    [("pk".to_owned(), text(partition)), ("sk".to_owned(), text(sort))].into()
}

async fn item(app: &TestApp, key: Item) -> Item {
    let get = app.db.get_item().table_name("accounts").set_key(Some(key)).consistent_read(true);
    get.send().await.unwrap().item.unwrap()
}

async fn put(app: &TestApp, item: Item) {
    app.db.put_item().table_name("accounts").set_item(Some(item)).send().await.unwrap();
}

async fn delete(app: &TestApp, key: Item) {
    app.db.delete_item().table_name("accounts").set_key(Some(key)).send().await.unwrap();
}

/// The problems that an audit finds, of which there are some.
async fn problems(app: &TestApp) -> Value {
    let done = admin(app, &["--json", "audit"]).await;
    assert!(!done.succeeded && done.err.is_empty(), "{}", done.err);
    serde_json::from_str::<Value>(&done.out).unwrap()["problems"].clone()
}

#[tokio::test]
async fn a_bound_identity_is_a_claim_like_others() {
    let (app, _) = app_with_identity().await;
    let audit = admin(&app, &["--json", "audit"]).await.json();
    assert_eq!((&audit["claims"], &audit["problems"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn an_identity_that_is_claimed_for_nobody_is_found() {
    let (app, id) = app_with_identity().await;
    delete(&app, key(&format!("account#{id}"), "account")).await;
    delete(&app, key("email#ann@example.com", "claim")).await;
    assert_eq!(problems(&app).await, json!([{ "problem": "orphan_claim", "account": id }]));
}

#[tokio::test]
async fn an_identity_without_a_claim_is_found() {
    let (app, id) = app_with_identity().await;
    delete(&app, key(CLAIM, "claim")).await;
    assert_eq!(problems(&app).await, json!([{ "problem": "missing_claim", "account": id }]));
}

#[tokio::test]
async fn an_identity_that_is_claimed_for_another_account_is_found() {
    let (app, id) = app_with_identity().await;
    app.register("test1234", "12345678", "test1234@abc.com").await;
    let other = app.account("test1234@abc.com").await.id.number();
    let mut claim = item(&app, key(CLAIM, "claim")).await;
    claim.insert("account".to_owned(), AttributeValue::N(other.to_string()));
    put(&app, claim).await;
    assert_eq!(
        problems(&app).await,
        json!([
            { "problem": "foreign_claim", "account": other },
            { "problem": "missing_claim", "account": id },
        ])
    );

    // One that its account does not even have.
    let (app, id) = app_with_identity().await;
    let mut claim = item(&app, key(CLAIM, "claim")).await;
    claim.insert("pk".to_owned(), text("oauth#https://id.example.com#43"));
    put(&app, claim).await;
    assert_eq!(problems(&app).await, json!([{ "problem": "foreign_claim", "account": id }]));
}

#[tokio::test]
async fn tenants_are_counted_and_one_that_cannot_be_read_is_found() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for name in ["Shop", "Other"] {
        let made = admin(&app, &["--json", "tenant", "create", "--name", name]).await.json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let audit = admin(&app, &["--json", "audit"]).await.json();
    assert_eq!(
        audit,
        json!({
            "accounts": 0,
            "banned": 0,
            "claims": 0,
            "belongings": 0,
            "tenants": 2,
            "unfinished_deletions": 0,
            "problems": [],
        })
    );
    let out = admin(&app, &["audit"]).await.out;
    assert!(out.contains("\ntenants               2\n"), "{out}");

    let mut tenant = item(&app, key(&format!("tenant#{}", ids[0]), "tenant")).await;
    tenant.remove("secrets");
    put(&app, tenant).await;
    assert_eq!(problems(&app).await, json!([{ "problem": "unreadable" }]));
    let out = admin(&app, &["audit"]).await.out;
    assert!(out.contains("\ntenants               1\n"), "{out}");
}
