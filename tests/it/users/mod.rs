//! The contract `users`.
