//! Settings that work but are weaker than they could be.

use super::key::{KEYS, Kind};
use super::value::Origin;
use super::{Loaded, disk, key};

impl Loaded {
    /// A line for each weak setting.
    pub fn weaknesses(&self) -> Vec<String> {
        let config = &self.config;
        let lowered = |name: &str, chosen: u32| {
            let default = key::find(name).and_then(|key| key.default()?.parse().ok());
            default.is_some_and(|default: u32| chosen < default)
        };
        let passwords = &config.passwords;
        let postgres = !config.database.url.reveal().starts_with("sqlite:");
        let found = [
            (!config.issuer.is_https(), "issuer is http://: tokens and passwords travel unencrypted"),
            (
                config.compat.implicit,
                "compat.implicit is on: tokens appear in addresses (RFC 9700 section 2.1.2)",
            ),
            (
                config.compat.query_grant_type,
                "compat.query_grant_type is on: set it to false when no client needs it",
            ),
            (
                lowered("passwords.argon2_memory_kib", passwords.argon2_memory_kib),
                "passwords.argon2_memory_kib is below its default: stolen hashes are cheaper to guess",
            ),
            (
                lowered("passwords.argon2_iterations", passwords.argon2_iterations),
                "passwords.argon2_iterations is below its default: stolen hashes are cheaper to guess",
            ),
            (
                postgres && config.keys.master_key.is_none(),
                "keys.master_key is not set: who reads the database can sign tokens",
            ),
            (
                config.server.trusted_proxies.iter().any(|network| network.prefix_len() == 0),
                "server.trusted_proxies holds every address: anyone can claim to be anyone",
            ),
        ];
        let found = found.into_iter().filter(|(weak, _)| *weak).map(|(_, line)| line.to_owned());
        found.chain(self.exposed_secrets()).collect()
    }

    /// Secrets in files that every user of the machine can read.
    fn exposed_secrets(&self) -> impl Iterator<Item = String> {
        let secret = KEYS.iter().filter(|key| match key.kind {
            Kind::Secret => true,
            Kind::DatabaseUrl => holds_password(self.config.database.url.reveal()),
            _ => false,
        });
        secret.filter_map(|key| {
            let value = self.values.get(key.name)?;
            let file = match &value.origin {
                Origin::File { path, .. } => path,
                _ => value.secret_file.as_ref()?,
            };
            disk::readable_by_others(file).then(|| {
                format!(
                    "{} is in a file that every user can read, run: chmod o-rwx {}",
                    key.name,
                    file.display()
                )
            })
        })
    }
}

fn holds_password(url: &str) -> bool {
    !url.starts_with("sqlite:") && (url.contains('@') || url.contains("password"))
}
