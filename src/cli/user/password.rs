//! Where a password comes from: a file, or a prompt. Never an argument.

use std::io::IsTerminal as _;

use crate::cli::{Failure, input};
use crate::config::Config;
use crate::password::Hasher;
use crate::random::Random;
use crate::secret::Secret;
use crate::store::PasswordHash;

/// Takes the password and hashes it.
///
/// # Errors
/// Exit code 2 when there is nobody to ask, or the password cannot be one.
pub async fn hashed(file: Option<&str>, config: &Config) -> Result<PasswordHash, Failure> {
    let password = match file {
        Some(file) => input::secret_from(file)?,
        None => prompted()?,
    };
    let costs = &config.passwords;
    let hasher = Hasher::new(costs.argon2_memory_kib, costs.argon2_iterations, costs.argon2_parallelism, 1)?;
    Ok(PasswordHash(hasher.hash(&password, &Random::System).await?))
}

fn prompted() -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "give the password with --password-file FILE (- is standard input)".into(),
        ));
    }
    let ask = |prompt| {
        let answer = rpassword::prompt_password(prompt).map(Secret::new);
        answer.map_err(|problem| Failure::Failed(format!("cannot read from the terminal: {problem}")))
    };
    let password = ask("Password: ")?;
    if ask("Again: ")? == password {
        Ok(password)
    } else {
        Err(Failure::Usage("the two passwords differ".into()))
    }
}
