//! What every function of Atrium is made of.
//!
//! Data flows one way: [`http`] (transport) → [`envelope`] and the functions (contracts) →
//! [`directory`] (domain) → [`store`] (DynamoDB). The domain knows no HTTP and no contract.

pub mod config;

pub mod address;
pub mod aws_call;
pub mod clock;
pub mod credential;
pub mod error;
pub mod identifier;
pub mod password;

pub mod notify;
pub mod provider;
pub mod secret;
pub mod signed_token;
pub mod store;

pub mod directory;

pub mod envelope;
pub mod http;

pub mod app;
pub mod contact_session;
pub mod lambda;
