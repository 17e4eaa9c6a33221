//! All of Atrium on one machine: the functions behind a gateway of our own, on an embedded
//! DynamoDB-compatible engine, both laid out by the same `template.yaml` that deploys them.
//!
//! Nothing of the product is written a second time: the functions' own routers answer, through
//! `lambda_http`, and the real AWS SDK talks to the engine, and to stand-ins for Amazon SES and
//! Amazon SNS.

mod engine;
mod functions;
mod gateway;
mod outbox;
mod policy;
mod server;
mod template;
mod tenant;

pub use engine::{Engine, create_tables};
pub use functions::{Function, link};
pub use gateway::Gateway;
pub use outbox::{Clients, Kind, Message, Outbox};
pub use policy::Policy;
pub use server::{Options, Ready, serve};
pub use template::{Route, TableSchema, Template};
pub use tenant::LocalTenant;
