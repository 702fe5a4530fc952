//! Opening and migrating a store.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use porteiro::error::Code;
use porteiro::store::Store;

use crate::support::{Database, Engine, Fixture as _, Log};

contract! {
    /// Two servers may start at once, and again: `migrate` is idempotent, and
    /// no news.
    async fn migrating_again_changes_nothing(database: Database) {
        let log = Log::capture();
        let second = Store::open(&database.url, 2).await.unwrap();
        let at = porteiro::clock::Timestamp(1_800_000_000_000);
        let (first, second) = tokio::join!(database.store.migrate("test", at), second.migrate("test", at));
        first.unwrap();
        second.unwrap();
        assert!(database.store.migrations().await.unwrap().iter().all(|migration| migration.applied));
        assert!(!log.text().contains("already exists"), "{}", log.text());
    }

    /// X-18, the way back: the database of a newer program is good for its
    /// predecessor, until something is taken away that it uses.
    async fn a_newer_schema_will_do_until_it_lacks_what_is_used(database: Database) {
        let at = porteiro::clock::Timestamp(1_800_000_000_000);
        applied(&database.store, 9001, "expand something").await;
        applied(&database.store, 9002, "contract 1 drop what the first release used no more").await;
        database.store.check_schema().await.unwrap();
        database.store.migrate("test", at).await.unwrap();
        assert!(database.store.is_ready().await.unwrap());

        applied(&database.store, 9003, "contract 9001 drop something").await;
        let refusal = database.store.check_schema().await.unwrap_err().to_string();
        assert!(refusal.contains("9003") && refusal.contains("newer"), "{refusal}");
        assert!(database.store.migrate("test", at).await.is_err());
    }

    /// A program that waits for `porteiro migrate up` is sent no requests.
    async fn a_store_that_lacks_a_migration_is_not_ready(database: Database) {
        on_store(&database.store, "UPDATE _sqlx_migrations SET version = version + 9000").await;
        assert!(!database.store.is_ready().await.unwrap());
    }

    /// CONTRACT §3, `/readyz`: reachable and migrated.
    async fn a_migrated_store_is_ready(database: Database) {
        assert!(database.store.is_ready().await.unwrap());
    }
}

async fn on_store(store: &Store, sql: &'static str) {
    match store {
        Store::Sqlite { write, .. } => drop(sqlx::query(sql).execute(write).await.unwrap()),
        Store::Postgres { pool, .. } => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

/// What a newer program leaves behind when it has migrated.
async fn applied(store: &Store, version: i64, description: &str) {
    const SQL: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES ($1, $2, TRUE, $3, 0)";
    match store {
        Store::Sqlite { write, .. } => {
            let insert = sqlx::query(SQL).bind(version).bind(description).bind(vec![0_u8]);
            insert.execute(write).await.unwrap();
        }
        Store::Postgres { pool, .. } => {
            let insert = sqlx::query(SQL).bind(version).bind(description).bind(vec![0_u8]);
            insert.execute(pool).await.unwrap();
        }
    }
}

/// A database without our tables is reachable, and not ready.
#[tokio::test]
async fn an_empty_database_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("new/porteiro.db").display());
    let store = Store::open(&url, 2).await.unwrap();
    assert!(!store.is_ready().await.unwrap());
    assert!(store.migrations().await.unwrap().iter().all(|migration| !migration.applied));
}

/// What a role may not read is there all the same.
#[tokio::test]
async fn a_database_that_may_not_be_read_is_not_taken_for_a_new_one() {
    let database = Database::on(Engine::Postgres).await;
    on_store(&database.store, "CREATE ROLE stranger LOGIN").await;
    let stranger = Store::open(&database.url.replace("//postgres@", "//stranger@"), 2).await.unwrap();
    assert_eq!(stranger.migrations().await.unwrap_err().code, Code::TemporarilyUnavailable);
    assert_eq!(stranger.check_schema().await.unwrap_err().code, Code::TemporarilyUnavailable);
}

#[tokio::test]
async fn a_database_of_another_kind_is_refused() {
    let refusal = Store::open("mysql://localhost/porteiro", 2).await.unwrap_err();
    assert_eq!(refusal.code, Code::InvalidRequest);
}

#[tokio::test]
async fn an_unreachable_database_is_an_outage() {
    let refusal = Store::open("postgres://localhost/x?host=/nonexistent", 2).await.unwrap_err();
    assert_eq!(refusal.code, Code::TemporarilyUnavailable);
}

/// The file holds signing keys, and so may each file beside it.
#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new");
    let store = Store::open(&format!("sqlite:{}", new.join("porteiro.db").display()), 2).await.unwrap();
    store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&new), 0o700);
    let files: Vec<_> = fs::read_dir(&new).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
