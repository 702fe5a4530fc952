//! Secrets of clients: generated, or chosen and handed over in a file.

use crate::cli::{Failure, input};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::password::Hasher;
use crate::random::Random;
use crate::secret::{Kind, Secret};
use crate::store::{ClientSecret, SecretHash};

const MAX_LENGTH: usize = 1024;

/// A secret and what the store keeps of it.
pub struct Made {
    pub secret: Secret,
    pub stored: ClientSecret,
    /// Whether we made it up, so that nobody has seen it yet.
    pub generated: bool,
}

/// Takes the secret from the file, or generates one.
pub async fn make(
    client_id: &str,
    file: Option<&str>,
    config: &Config,
    now: Timestamp,
) -> Result<Made, Failure> {
    let random = Random::System;
    let (secret, hash) = match file {
        Some(file) => {
            let chosen = chosen(file)?;
            let phc = hasher(config)?.hash(&chosen, &random).await?;
            (chosen, SecretHash::Argon2(phc))
        }
        None => {
            let generated = Kind::ClientSecret.generate(&random)?;
            let digest = generated.digest().to_vec();
            (generated, SecretHash::Sha256(digest))
        }
    };
    let id = random.uuid_v7(now)?;
    let stored =
        ClientSecret { id, client_id: client_id.to_owned(), hash, created_at: now, expires_at: None };
    Ok(Made { secret, stored, generated: file.is_none() })
}

fn hasher(config: &Config) -> Result<Hasher, Failure> {
    let costs = &config.passwords;
    let hasher = Hasher::new(costs.argon2_memory_kib, costs.argon2_iterations, costs.argon2_parallelism, 1);
    Ok(hasher?)
}

/// RFC 6749 App. A.2: printable ASCII.
fn chosen(file: &str) -> Result<Secret, Failure> {
    let secret = input::secret_from(file)?;
    let printable = secret.reveal().bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if printable && secret.reveal().len() <= MAX_LENGTH {
        Ok(secret)
    } else {
        Err(Failure::Failed("a client secret is at most 1024 printable ASCII characters".into()))
    }
}
