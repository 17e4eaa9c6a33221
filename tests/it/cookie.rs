//! The contract `cookie`.
