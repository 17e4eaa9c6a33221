//! From a gateway's request to a contract's reply.
//!
//! A function is a [router](axum::Router) of handlers behind a [`Door`]. The door does what all
//! contracts have in common: it makes the path canonical, refuses foreign origins and oversized
//! bodies, catches panics, lets the contract word every refusal, adds the headers that every reply
//! has, and logs one line.

mod authorization;
mod call;
mod cookie;
mod door;
mod event;
mod fields;
mod origin;
mod page;
mod path;
mod redirect;
mod refusal;
mod reply;

pub use authorization::{basic, bearer};
pub use call::Call;
pub use cookie::{Cookies, clear_cookie, session_cookie, visit_cookie};
pub use door::Door;
pub use event::Entry;
pub use fields::{Fields, OptionalFields};
pub use page::Page;
pub use redirect::Redirect;
pub use refusal::{Fault, Refusal, refuse_head};
pub use reply::{Answer, Contract, Reply};

/// The greatest size of a request's body, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
