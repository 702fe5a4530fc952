//! Secrets of clients: generated, or chosen and handed over in a file.

use crate::admin::Registrar;
use crate::cli::{Failure, input, origin};
use crate::clock::Clock;
use crate::config::Config;
use crate::password::Hasher;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::Store;

/// Registers from here.
pub fn registrar<'a>(store: &'a Store, hasher: &'a Hasher) -> Registrar<'a> {
    Registrar { store, hasher, random: &Random::System, now: Clock::System.now(), by: origin() }
}

/// What hashes secrets, at the costs of passwords.
pub fn hasher(config: &Config) -> Result<Hasher, Failure> {
    let costs = &config.passwords;
    let hasher = Hasher::new(costs.argon2_memory_kib, costs.argon2_iterations, costs.argon2_parallelism, 1);
    Ok(hasher?)
}

/// The secret in the file, if there is one.
pub fn chosen(file: Option<&str>) -> Result<Option<Secret>, Failure> {
    file.map(input::secret_from).transpose()
}
