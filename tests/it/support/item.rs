//! Items of accounts, read and changed behind the product's back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::TestApp;

impl TestApp {
    /// A text of an account's item.
    pub(crate) async fn recorded(&self, id: u64, attribute: &str) -> Option<String> {
        let item = self.db.get_item().table_name("accounts").set_key(Some(key(id)));
        let item = item.consistent_read(true).send().await.unwrap().item?;
        item.get(attribute)?.as_s().ok().cloned()
    }

    /// Writes a text into an account's item.
    pub(crate) async fn record(&self, id: u64, attribute: &str, text: &str) {
        self.change(id, "SET #it = :it", attribute, Some(text)).await;
    }

    /// Takes an attribute out of an account's item.
    pub(crate) async fn forget(&self, id: u64, attribute: &str) {
        self.change(id, "REMOVE #it", attribute, None).await;
    }

    async fn change(&self, id: u64, expression: &str, attribute: &str, text: Option<&str>) {
        let text = text.map(|text| AttributeValue::S(text.to_owned()));
        self.db
            .update_item()
            .table_name("accounts")
            .set_key(Some(key(id)))
            .update_expression(expression)
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#it", attribute)
            .set_expression_attribute_values(text.map(|text| [(":it".to_owned(), text)].into()))
            .send()
            .await
            .unwrap();
    }
}

fn key(id: u64) -> HashMap<String, AttributeValue> {
    let text = |text: String| AttributeValue::S(text);
    [
        ("pk".to_owned(), text(format!("account#{id}"))),
        ("sk".to_owned(), text("account".to_owned())),
    ]
    .into()
}
