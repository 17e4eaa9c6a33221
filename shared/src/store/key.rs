//! Where everything is kept.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use crate::{
    address::ClientAddress,
    credential::{self, BareToken, Kind, digest},
    identifier::{AccountId, Email, Identifier, Identity, Phone, TenantId},
};

/// The partition key's attribute, in both tables.
pub(super) const PARTITION: &str = "pk";
/// The sort key's attribute, in the table of accounts.
pub(super) const SORT: &str = "sk";

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// What must not be lost.
    Accounts,
    /// What expires.
    Tokens,
}

/// The key of an item, and the table that holds it.
///
/// Keys are made here and nowhere else, from canonical types, each kind with a prefix of its own:
/// no input can reach an item of another kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    table: Table,
    partition: String,
    sort: Option<String>,
}

impl Key {
    fn accounts(partition: String, sort: String) -> Self {
        Self { table: Table::Accounts, partition, sort: Some(sort) }
    }

    fn tokens(partition: String) -> Self {
        Self { table: Table::Tokens, partition, sort: None }
    }

    /// An account.
    #[must_use]
    pub fn account(id: AccountId) -> Self {
        Self::accounts(format!("account#{id}"), "account".to_owned())
    }

    /// What is read when there is no account to read, so that the calls are the same.
    #[must_use]
    pub fn no_account() -> Self {
        Self::accounts("account#0".to_owned(), "account".to_owned())
    }

    /// The claim of an account on an identifier.
    #[must_use]
    pub fn claim(identifier: &Identifier) -> Self {
        Self::accounts(identifier.claim(), "claim".to_owned())
    }

    /// The claim of an account on an identity at a provider.
    #[must_use]
    pub fn identity(identity: &Identity) -> Self {
        Self::accounts(identity.claim(), "claim".to_owned())
    }

    /// A tenant.
    #[must_use]
    pub fn tenant(id: &TenantId) -> Self {
        Self::accounts(format!("tenant#{id}"), "tenant".to_owned())
    }

    /// What is known of mails to an address.
    #[must_use]
    pub fn undeliverable(address: &Email) -> Self {
        let digest = digest(address.as_str());
        Self::accounts(format!("undeliverable#{digest}"), "undeliverable".to_owned())
    }

    /// An emoji of an account. The sort keys are in the order of the numbers.
    #[must_use]
    pub fn emoji(account: AccountId, number: u64) -> Self {
        Self::accounts(format!("account#{account}"), format!("emoji#{number:020}"))
    }

    /// A notice to an account's owner that waits to be sent.
    #[must_use]
    pub fn notice(account: AccountId, name: &str) -> Self {
        Self::accounts(format!("account#{account}"), format!("notice#{name}"))
    }

    /// A credential, by the digest of its token.
    #[must_use]
    pub fn credential(kind: Kind, token: &credential::Token) -> Self {
        Self::tokens(format!("credential#{}#{}", kind.as_str(), token.digest()))
    }

    /// The mark that an account was signed in to from a client address, found by the account's id.
    #[must_use]
    pub fn known_by_account(account: AccountId, address: &ClientAddress) -> Self {
        Self::known(&format!("account#{account}"), address)
    }

    /// The same mark, found by one of the account's identifiers, so that sign-in can read it before
    /// it knows the id.
    #[must_use]
    pub fn known_by_identifier(identifier: &Identifier, address: &ClientAddress) -> Self {
        Self::known(&identifier.claim(), address)
    }

    fn known(principal: &str, address: &ClientAddress) -> Self {
        let mark = digest(&format!("{principal}\n{}", address.as_str()));
        Self::tokens(format!("known#{mark}"))
    }

    /// A browser's visit to an identity provider.
    #[must_use]
    pub fn visit(token: &BareToken) -> Self {
        Self::tokens(format!("visit#{}", token.digest()))
    }

    /// A registration that waits for its mailed link to be opened.
    #[must_use]
    pub fn pending(token: &BareToken) -> Self {
        Self::tokens(format!("pending#{}", token.digest()))
    }

    /// The code that was last sent to a phone number.
    #[must_use]
    pub fn code(phone: &Phone) -> Self {
        Self::tokens(format!("code#{}", digest(phone.as_str())))
    }

    /// The key by which codes are hashed. It is kept apart from the codes, in the other table.
    #[must_use]
    pub fn code_secret() -> Self {
        Self::accounts("secret#codes".to_owned(), "secret".to_owned())
    }

    /// A counter. `subject` is hashed: counters outlive requests, and subjects are personal data.
    #[must_use]
    pub(super) fn counter(name: &str, subject: &str) -> Self {
        Self::tokens(format!("count#{name}#{}", digest(subject)))
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table
    }

    pub(crate) fn partition(&self) -> &str {
        &self.partition
    }

    pub(super) fn attributes(&self) -> Item {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let partition = (PARTITION.to_owned(), text(&self.partition));
        let sort = self.sort.as_deref().map(|sort| (SORT.to_owned(), text(sort)));
        [partition].into_iter().chain(sort).collect()
    }

    /// A text that tells keys apart.
    pub(super) fn name(&self) -> String {
        name(&self.partition, self.sort.as_deref())
    }

    pub(super) fn name_of(item: &Item) -> String {
        let part = |attribute| item.get(attribute)?.as_s().ok().map(String::as_str);
        name(part(PARTITION).unwrap_or_default(), part(SORT))
    }
}

fn name(partition: &str, sort: Option<&str>) -> String {
    // Only the table of accounts has sort keys, so the tables' keys differ too.
    format!("{partition}\n{}", sort.unwrap_or_default())
}

/// Keys contain identifiers: not for logs.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?}, ..)", self.table)
    }
}
