//! Hashes that cost next to nothing, for tests of thousands of requests that are not about hashes.

use shared::config::{Config, HashingConfig};

/// Makes hashes cheap, which no setting can: settings have a floor. The passwords are still hashed by
/// the product's own hasher, as often as ever.
pub(crate) fn cheap_hashes(config: &mut Config) {
    config.hashing = HashingConfig { memory_kib: 8, passes: 1, ..config.hashing };
}
