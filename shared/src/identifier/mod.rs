//! What an account is found by. Every identifier is canonical before it reaches a lookup, a limit
//! or a write, so that one identity has one spelling.

mod account_id;
mod email;
mod identity;
mod phone;
mod tenant_id;
mod username;

pub use account_id::AccountId;
pub use email::Email;
pub use identity::Identity;
pub use phone::Phone;
pub use tenant_id::TenantId;
pub use username::{Username, UsernameError};

/// An identifier by which an account can be signed in to or found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// An email address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
    /// A username.
    Username(Username),
}

impl Identifier {
    /// The text that stands for this identifier in keys: its kind, `#`, its canonical form.
    /// The kinds never meet, so nobody can take an email address as a username.
    #[must_use]
    pub fn claim(&self) -> String {
        match self {
            Self::Email(email) => format!("email#{}", email.as_str()),
            Self::Phone(phone) => format!("phone#{}", phone.as_str()),
            Self::Username(username) => format!("username#{}", username.canonical()),
        }
    }
}

impl From<Email> for Identifier {
    fn from(email: Email) -> Self {
        Self::Email(email)
    }
}

impl From<Phone> for Identifier {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

impl From<Username> for Identifier {
    fn from(username: Username) -> Self {
        Self::Username(username)
    }
}
