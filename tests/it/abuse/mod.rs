//! Cases of abuse, by their numbers: what somebody tries who means harm, and that nothing comes of it.

mod authorization;
mod bans_and_csrf;
mod costs_and_data;
mod endpoints;
mod events;
mod forge;
mod holder;
mod identities;
mod parsing;
mod paths_and_queries;
mod protocol;
mod stored;
mod tenants;
