//! Opening and migrating a store.

use porteiro::error::Code;
use porteiro::store::Store;

use crate::support::Database;

contract! {
    /// Two servers may start at once, and again: `migrate` is idempotent.
    async fn migrating_again_changes_nothing(database: Database) {
        let second = Store::open(&database.url, 2).await.unwrap();
        let (first, second) = tokio::join!(database.store.migrate(), second.migrate());
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
