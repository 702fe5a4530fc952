//! Who is listened to, and how that is told.

use std::time::Duration;

use super::Sources;
use crate::config::{Loaded, Mode, Profile};

fn origin(loaded: &Loaded, key: &str) -> String {
    loaded.rows().into_iter().find(|row| row.key == key).unwrap().origin
}

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_the_default() {
    let mut sources = Sources::with(&[("PORTEIRO_SERVER__LISTEN", "127.0.0.2:2")])
        .file("issuer = \"https://file.example\"\n[server]\nlisten = \"127.0.0.3:3\"\n");
    sources.environment.variables.insert("PORTEIRO_TOKENS__ACCESS_LIFETIME".into(), "120s".into());
    sources.overrides.issuer = Some("https://flag.example".into());
    let loaded = sources.load(Mode::Serve).unwrap();
    assert_eq!(loaded.config.issuer.as_str(), "https://flag.example");
    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.2:2");
    assert_eq!(loaded.config.tokens.access_lifetime, Duration::from_mins(2));
    assert_eq!(loaded.config.tokens.refresh_lifetime, Duration::from_hours(30 * 24));
    assert_eq!(origin(&loaded, "issuer"), "flag --issuer");
    assert_eq!(origin(&loaded, "server.listen"), "environment PORTEIRO_SERVER__LISTEN");
    assert_eq!(origin(&loaded, "tokens.refresh_lifetime"), "default");
}

#[test]
fn a_value_of_the_file_is_shown_with_its_line() {
    let sources = Sources::default().file("\n[tokens]\n\npurge_after = \"1s\"\n");
    let loaded = sources.load(Mode::Admin).unwrap();
    assert!(origin(&loaded, "tokens.purge_after").ends_with("porteiro.toml:4"));
}

#[test]
fn the_file_is_that_of_the_flag_then_the_variable_then_the_usual_place() {
    let mut sources = Sources::default();
    let named = |name: &str| format!("[branding]\nname = \"{name}\"\n");
    sources.environment.files =
        vec!["/nowhere/porteiro.toml".into(), sources.written("usual", &named("usual"), 0o644)];
    let name = |sources: &Sources| sources.load(Mode::Admin).unwrap().config.branding.name;
    assert_eq!(name(&sources), "usual");
    let variable = sources.written("variable", &named("variable"), 0o644);
    sources.environment.variables.insert("PORTEIRO_CONFIG".into(), variable.display().to_string());
    assert_eq!(name(&sources), "variable");
    assert_eq!(name(&sources.file(&named("flag"))), "flag");
}

#[test]
fn database_url_counts_less_than_our_own_name_and_more_than_the_file() {
    let file = "[database]\nurl = \"sqlite:file.db\"\n";
    let url = |variables: &[(&str, &str)]| {
        let loaded = Sources::with(variables).file(file).load(Mode::Admin).unwrap();
        loaded.config.database.url.reveal().to_owned()
    };
    assert_eq!(url(&[]), "sqlite:file.db");
    assert_eq!(url(&[("DATABASE_URL", "")]), "sqlite:file.db");
    assert_eq!(url(&[("DATABASE_URL", "sqlite:plain.db")]), "sqlite:plain.db");
    let both = [("DATABASE_URL", "sqlite:plain.db"), ("PORTEIRO_DATABASE__URL", "sqlite:ours.db")];
    assert_eq!(url(&both), "sqlite:ours.db");
}

#[test]
fn lists_are_arrays_in_the_file_and_separated_by_commas_in_the_environment() {
    let file = Sources::default().file("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n");
    let variable = Sources::with(&[("PORTEIRO_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1")]);
    for sources in [file, variable] {
        let loaded = sources.load(Mode::Admin).unwrap();
        let networks: Vec<String> =
            loaded.config.server.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
        assert_eq!(loaded.json()["server"]["trusted_proxies"], serde_json::json!(["10.0.0.0/8", "::1"]));
    }
}

#[test]
fn a_secret_is_read_from_its_file_without_the_last_newline() {
    let name = "PORTEIRO_KEYS__MASTER_KEY_FILE";
    let sources = Sources::default().variable_file(name, "0123456789abcdef\n", 0o640);
    let loaded = sources.load(Mode::Admin).unwrap();
    assert_eq!(loaded.config.keys.master_key.as_ref().unwrap().reveal(), "0123456789abcdef");
    assert_eq!(origin(&loaded, "keys.master_key"), format!("environment {name}"));
    assert_eq!(loaded.json()["keys"]["master_key"], "[redacted]");
    assert!(!format!("{loaded:?}").contains("0123456789abcdef"));
}

#[test]
fn an_empty_variable_takes_an_optional_value_back() {
    let sources =
        Sources::with(&[("PORTEIRO_METRICS__LISTEN", "")]).file("[metrics]\nlisten = \"127.0.0.1:9\"\n");
    assert_eq!(sources.load(Mode::Admin).unwrap().config.metrics.listen, None);
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_are_not_ours() {
    let sources = Sources::with(&[
        ("PORTEIRO_PORT", "tcp://10.0.0.1:80"),
        ("PORTEIRO_SERVICE_HOST", "10.0.0.1"),
        ("PORTEIRO_SERVICE_PORT", "80"),
        ("PORTEIRO_SERVICE_PORT_HTTP", "80"),
        ("PORTEIRO_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("PORTEIRO_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("PORTEIRO_METRICS_SERVICE_HOST", "10.0.0.1"),
    ]);
    assert!(sources.load(Mode::Admin).is_ok());
}

#[test]
fn only_serve_asks_for_an_issuer() {
    let mut sources = Sources::default();
    assert!(sources.load(Mode::Serve).unwrap_err().to_string().contains("give --issuer"));
    sources.overrides.listen = Some("127.0.0.1:9000".into());
    for mode in [Mode::Dev, Mode::Admin] {
        assert_eq!(sources.load(mode).unwrap().config.issuer.as_str(), "http://localhost:9000");
    }
}

#[test]
fn the_default_audience_is_the_issuer() {
    let mut sources = Sources::with(&[("PORTEIRO_ISSUER", "https://id.example/")]);
    assert_eq!(sources.load(Mode::Serve).unwrap().config.default_audience(), "https://id.example/");
    sources.environment.variables.insert("PORTEIRO_TOKENS__DEFAULT_AUDIENCE".into(), "api".into());
    assert_eq!(sources.load(Mode::Serve).unwrap().config.default_audience(), "api");
}

#[test]
fn the_strict_profile_switches_every_concession_off() {
    let sources =
        Sources::default().file("profile = \"strict\"\n[compat]\nimplicit = true\nquery_grant_type = true\n");
    let config = sources.load(Mode::Admin).unwrap().config;
    assert_eq!(config.profile, Profile::Strict);
    assert!(!config.compat.implicit && !config.compat.query_grant_type);
}
