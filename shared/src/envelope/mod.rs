//! How each contract words what went wrong: its statuses, codes and messages, to the letter.
//!
//! Every match is exhaustive: a new reason has to get an answer in each contract.

mod api_key;
mod contact;
mod cookie;
mod tenant;
mod users;

pub use api_key::ApiKey;
pub use contact::Contact;
pub use cookie::Cookie;
pub use tenant::Tenant;
pub use users::Users;
