//! `porteiro migrate` as a script calls it, on a database that servers do not
//! migrate by themselves.

use std::process::{Command, Output};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use crate::support::Database;

fn porteiro(url: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_porteiro"))
        .args(arguments)
        .args([
            "--json",
            "--issuer",
            "http://localhost:8080",
            "--database-url",
            url,
            "--listen",
            "127.0.0.1:0",
        ])
        .env_clear()
        .env("PORTEIRO_DATABASE__MIGRATE_ON_START", "false")
        .current_dir("/")
        .output()
        .unwrap()
}

fn applied(output: &Output) -> Vec<bool> {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    list.as_array().unwrap().iter().map(|migration| migration["applied"].as_bool().unwrap()).collect()
}

/// Nobody but `migrate up` touches the schema, and whoever needs it says so.
fn only_migrate_up_migrates(url: &str) {
    assert!(applied(&porteiro(url, &["migrate", "status"])).iter().all(|applied| !applied));
    for arguments in [&["serve"][..], &["client", "list"]] {
        let refused = porteiro(url, arguments);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("run: porteiro migrate up"), "{said}");
    }
    assert!(applied(&porteiro(url, &["migrate", "status"])).iter().all(|applied| !applied));
    assert!(applied(&porteiro(url, &["migrate", "up"])).iter().all(|applied| *applied));
    assert!(applied(&porteiro(url, &["migrate"])).iter().all(|applied| *applied));
    assert_eq!(porteiro(url, &["client", "list"]).status.code(), Some(0));
}

#[test]
fn a_new_file_is_migrated_when_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    only_migrate_up_migrates(&format!("sqlite:{}", folder.path().join("new.db").display()));
}

#[tokio::test]
async fn a_new_postgres_is_migrated_when_it_is_asked_for() {
    use crate::support::{Engine, Fixture as _};
    let database = Database::on(Engine::Postgres).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    connection.execute(AssertSqlSafe("DROP SCHEMA public CASCADE; CREATE SCHEMA public")).await.unwrap();
    connection.close().await.unwrap();
    let url = database.url.clone();
    tokio::task::spawn_blocking(move || only_migrate_up_migrates(&url)).await.unwrap();
}
