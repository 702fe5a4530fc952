//! Opening and migrating a store.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use porteiro::error::Code;
use porteiro::store::Store;

use crate::support::Database;

contract! {
    /// Two servers may start at once, and again: `migrate` is idempotent.
    async fn migrating_again_changes_nothing(database: Database) {
        let second = Store::open(&database.url, 2).await.unwrap();
        let at = porteiro::clock::Timestamp(1_800_000_000_000);
        let (first, second) = tokio::join!(database.store.migrate("test", at), second.migrate("test", at));
        first.unwrap();
        second.unwrap();
        assert!(database.store.migrations().await.unwrap().iter().all(|migration| migration.applied));
    }

    /// CONTRACT §3, `/readyz`: reachable and migrated.
    async fn a_migrated_store_is_ready(database: Database) {
        assert!(database.store.is_ready().await.unwrap());
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
