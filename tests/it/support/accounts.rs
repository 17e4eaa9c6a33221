//! Accounts, as the operator or an import would handle them.

use serde_json::json;
use shared::{
    address::ClientAddress,
    directory::{Account, Client},
    identifier::{Email, Identifier},
    notify::Language,
    password::GivenPassword,
};

use super::TestApp;

/// Who asks, where a test asks the directory itself.
pub(crate) fn client() -> Client {
    Client {
        address: ClientAddress::parse("203.0.113.7"),
        language: Language::English,
        tenant: None,
    }
}

impl TestApp {
    /// Makes an account with a username through the contract `cookie`.
    pub(crate) async fn register(&self, username: &str, password: &str, email: &str) {
        let body = json!({ "username": username, "password": password, "email": email });
        let reply = self.post("/api/v1/user/register/", body).await;
        assert_eq!(reply.json()["status"], "success", "{reply}");
    }

    /// The account with this email address.
    pub(crate) async fn account(&self, email: &str) -> Account {
        let email = Identifier::Email(Email::parse(email).unwrap());
        self.directory.find_by_identifier(&email).await.unwrap()
    }

    pub(crate) async fn ban(&self, email: &str) {
        self.directory.ban(self.account(email).await.id).await.unwrap();
    }

    /// Gives an account a password that need not be one that a new account could have.
    pub(crate) async fn import_password(&self, email: &str, password: &str) {
        let hash = self.directory.hasher().rehash(&GivenPassword::new(password)).await.unwrap();
        let id = self.account(email).await.id.number();
        self.record(id, "password", hash.as_phc()).await;
    }
}
