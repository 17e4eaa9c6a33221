//! All of Atrium on one machine: the functions behind a gateway of our own, on an embedded
//! DynamoDB-compatible engine, both laid out by the same `template.yaml` that deploys them.
//!
//! Nothing of the product is written a second time: the functions' own routers answer, through
//! `lambda_http`, and the real AWS SDK talks to the engine, and to stand-ins for Amazon SES,
//! Amazon SNS and AWS Secrets Manager.

mod clients;
mod cors;
mod docs;
mod engine;
mod environment;
mod functions;
mod gateway;
mod guard;
mod outbox;
mod policy;
mod provider;
mod secrets;
mod server;
mod services;
mod template;
mod tenant;

pub use clients::Clients;
pub use engine::{Engine, create_tables};
pub use environment::{endpoints, own_environments};
pub use functions::{Function, hashes_at_once, link};
pub use gateway::Gateway;
pub use outbox::{Kind, Message, Outbox};
pub use policy::Policy;
pub use provider::{Provider, SigningKey};
pub use secrets::{PROVIDERS_SECRET, SIGNING_KEYS_SECRET, Secrets};
pub use server::{Options, Ready, ServicesReady, serve, serve_gateway, serve_services};
pub use template::{Cors, Route, TableSchema, Template};
pub use tenant::LocalTenant;
