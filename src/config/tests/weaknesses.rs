//! What works and could be stronger.

use super::Sources;
use crate::config::Mode;

/// The first words of each weakness.
fn weaknesses(sources: &Sources) -> Vec<String> {
    let lines = sources.load(Mode::Serve).unwrap().weaknesses();
    lines.iter().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn a_careful_configuration_has_no_weakness() {
    let sources = Sources::with(&[
        ("PORTEIRO_ISSUER", "https://id.example"),
        ("PORTEIRO_PROFILE", "strict"),
        ("PORTEIRO_DATABASE__URL", "postgres://ana:s3cret@db.example/porteiro"),
        ("PORTEIRO_KEYS__MASTER_KEY", "0123456789abcdef"),
    ]);
    assert_eq!(weaknesses(&sources), [""; 0]);
}

#[test]
fn every_weak_setting_is_named() {
    let sources = Sources::with(&[
        ("PORTEIRO_ISSUER", "http://localhost:8080"),
        ("PORTEIRO_COMPAT__IMPLICIT", "true"),
        ("PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB", "8"),
        ("PORTEIRO_PASSWORDS__ARGON2_ITERATIONS", "1"),
        ("PORTEIRO_SERVER__TRUSTED_PROXIES", "0.0.0.0/0"),
    ]);
    let sources = sources.variable_file("PORTEIRO_DATABASE__URL_FILE", "postgres://ana:s3cret@h/p\n", 0o644);
    let expected = [
        "issuer",
        "compat.implicit",
        "compat.query_grant_type",
        "passwords.argon2_memory_kib",
        "passwords.argon2_iterations",
        "keys.master_key",
        "server.trusted_proxies",
        "database.url",
    ];
    assert_eq!(weaknesses(&sources), expected);
}

#[test]
fn a_secret_in_a_configuration_file_that_every_user_can_read_is_weak() {
    let text =
        "issuer = \"https://id.example\"\nprofile = \"strict\"\n[keys]\nmaster_key = \"0123456789abcdef\"\n";
    assert_eq!(weaknesses(&Sources::default().file(text)), ["keys.master_key"]);
}
