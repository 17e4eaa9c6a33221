//! Abuse cases: what someone who means harm does, and that it comes to nothing.
//!
//! Each test is named after its case, and asks every contract to which the case applies: what is
//! replied, and what is stored. `docs/security.md` lists the cases.

mod activation;
mod enumeration;
mod guessing;
mod identity;
mod messages;
mod scene;
mod sessions;
