//! The configuration file: read within its bounds or refused in one line, and
//! neither tells a secret.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use porteiro::config::{Config, Environment, Mode, Overrides, load};

const SECRET: &str = "never-to-be-shown-8d2f";

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = [PathBuf::from("/dev/shm"), std::env::temp_dir()].into_iter().find(|folder| folder.is_dir());
    folder.unwrap().join(format!("porteiro-fuzz-{}.toml", std::process::id()))
});

pub fn hold(input: &[u8]) {
    fs::write(&*FILE, input).unwrap();
    read(None);
    // A secret behind it, or in the middle of whatever was left open.
    let secret = format!("\nmaster_key = \"{SECRET}\"\n[database]\nurl = \"postgres://me:{SECRET}@db/x\"\n");
    fs::write(&*FILE, [input, secret.as_bytes()].concat()).unwrap();
    read(Some(SECRET));
    fs::remove_file(&*FILE).unwrap();
}

fn read(secret: Option<&str>) {
    let overrides = Overrides { config: Some(FILE.clone()), ..Overrides::default() };
    let told = match load(&overrides, &Environment::default(), Mode::Admin) {
        Ok(loaded) => {
            within_bounds(&loaded.config);
            format!("{:?} {:?} {}", loaded.config, loaded.rows(), loaded.json())
        }
        Err(refusal) => {
            let line = refusal.to_string();
            assert!(!line.is_empty() && !line.contains('\n'), "{line}");
            line
        }
    };
    assert!(secret.is_none_or(|secret| !told.contains(secret)), "{told}");
}

fn within_bounds(config: &Config) {
    let (tokens, sessions, keys) = (&config.tokens, &config.sessions, &config.keys);
    assert!((1..=2_592_000).contains(&tokens.access_lifetime.as_secs()));
    assert!((1..=600).contains(&tokens.code_lifetime.as_secs()));
    assert!(tokens.refresh_retry_window <= Duration::from_secs(300));
    assert!(keys.rotate_every > keys.publish_ahead);
    assert!(sessions.idle_lifetime <= sessions.absolute_lifetime);
    assert!(config.passwords.argon2_memory_kib >= 8 * config.passwords.argon2_parallelism);
    assert!(config.limits.login_failures >= 1);
}
