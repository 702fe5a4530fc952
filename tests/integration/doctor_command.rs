//! `porteiro doctor` as a script calls it.

use std::process::Command;

use porteiro::store::Store;

use crate::support::Database;
use crate::support::command::porteiro;

contract! {
    async fn the_doctor_names_what_is_weak_and_the_command_that_mends_it(database: Database) {
        let made = porteiro(&database, &["client", "create", "panel", "--redirect-uri", "https://panel.test/"], "");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let weak = porteiro(&database, &["doctor"], "");
        assert_eq!(weak.code, Some(0), "{}", weak.stderr);
        let codes = |json: &serde_json::Value| -> Vec<String> {
            json.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
        };
        assert!(codes(&weak.json).contains(&"client_without_pkce".to_owned()), "{}", weak.json);
        let found = weak.json.as_array().unwrap().iter().find(|found| found["code"] == "client_without_pkce").unwrap();
        assert_eq!(found["fix"], "porteiro client update panel --require-pkce");

        porteiro(&database, &["client", "update", "panel", "--require-pkce"], "");
        let mended = porteiro(&database, &["doctor"], "");
        assert!(!codes(&mended.json).contains(&"client_without_pkce".to_owned()), "{}", mended.json);
    }

    async fn strictness_makes_a_failure_of_a_weakness(database: Database) {
        let weak = porteiro(&database, &["doctor", "--strict"], "");
        assert_eq!(weak.code, Some(1), "{}", weak.stderr);
        assert!(weak.json.as_array().unwrap().iter().all(|found| found["severity"] != "error"), "{}", weak.json);
        assert!(weak.stderr.contains("errors: 0"), "{}", weak.stderr);
    }

    /// There is none to ask for yet; this is said, and weighs nothing.
    async fn administrators_without_a_second_factor_are_named(database: Database) {
        let made = porteiro(&database, &["user", "create", "root", "--admin", "--password-file", "-"], "correct horse");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let findings = porteiro(&database, &["doctor"], "").json;
        let found = findings.as_array().unwrap().iter().find(|found| found["code"] == "admin_without_second_factor");
        let found = found.unwrap_or_else(|| panic!("{findings}"));
        assert_eq!(found["severity"], "note");
        assert!(found["finding"].as_str().unwrap().contains("root"));
    }

    async fn a_database_that_is_behind_is_an_error(database: Database) {
        const SQL: &str = "DELETE FROM _sqlx_migrations";
        match &database.store {
            Store::Sqlite { write, .. } => drop(sqlx::query(SQL).execute(write).await.unwrap()),
            Store::Postgres { pool, .. } => drop(sqlx::query(SQL).execute(pool).await.unwrap()),
        }
        let behind = porteiro(&database, &["doctor"], "");
        assert_eq!(behind.code, Some(1));
        let codes = behind.json.as_array().unwrap().iter().filter(|found| found["severity"] == "error");
        let codes: Vec<_> = codes.map(|found| found["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["migrations_pending"]);
    }
}

fn doctor(settings: &[(&str, &str)], folder: &std::path::Path) -> (Option<i32>, serde_json::Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porteiro"));
    let done =
        command.args(["doctor", "--json"]).env_clear().envs(settings.iter().copied()).current_dir(folder);
    let done = done.output().unwrap();
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap())
}

/// A look changes nothing: not even an empty database is made.
#[test]
fn a_database_that_is_not_there_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let (code, findings) = doctor(&[("PORTEIRO_ISSUER", "https://login.test")], folder.path());
    assert_eq!(code, Some(1));
    let found = findings.as_array().unwrap().iter().find(|found| found["code"] == "store_missing").unwrap();
    assert_eq!((&found["severity"], &found["fix"]), (&"error".into(), &"porteiro migrate up".into()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// CONTRACT section 1: exit code 6, and for programs a finding like the others.
#[test]
fn an_invalid_configuration_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let (code, findings) = doctor(&[("PORTEIRO_ISSUER", "http://login.test")], folder.path());
    assert_eq!(code, Some(6));
    assert_eq!(findings[0]["code"], "configuration_invalid");
    assert!(findings[0]["finding"].as_str().unwrap().contains("issuer"), "{findings}");
}
