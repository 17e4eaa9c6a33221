//! What the tables hold, to see that something has changed nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;

use super::TestApp;

/// The items of both tables, by their keys, without those that count: to be refused can count.
pub(crate) async fn stored(app: &TestApp) -> BTreeMap<String, String> {
    let mut items = everything(app).await;
    items.retain(|key, _| !key.starts_with("tokens count#"));
    items
}

/// The items of both tables, by their keys.
pub(crate) async fn everything(app: &TestApp) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for table in ["accounts", "tokens"] {
        for item in app.dump(table).await {
            let part = |name: &str| item.get(name).map_or("", |part| part.as_s().unwrap());
            let key = format!("{table} {} {}", part("pk"), part("sk"));
            items.insert(key, written(&AttributeValue::M(item)));
        }
    }
    items
}

/// A value as text, with the attributes of each map in the order of their names.
fn written(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let parts: BTreeMap<_, _> = map.iter().map(|(name, it)| (name, written(it))).collect();
            format!("{parts:?}")
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(written).collect::<Vec<_>>()),
        value => format!("{value:?}"),
    }
}

/// The item of an account, as it is stored.
pub(crate) async fn account_item(app: &TestApp, id: u64) -> String {
    let key = format!("accounts account#{id} account");
    everything(app).await.remove(&key).unwrap_or_default()
}

/// Asserts that two looks at the tables saw the same, and else says where they differ.
#[track_caller]
pub(crate) fn unchanged(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        assert_eq!(before.get(key), after.get(key), "{key}");
    }
}
