//! Postgres only: the parts of tables that are split by time.

use std::collections::BTreeSet;
use std::sync::RwLock;

use sqlx::AssertSqlSafe;

use crate::store::Pool;

/// A part of a table. Nothing in it comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The table.
    pub parent: &'static str,
    /// The part's own name.
    pub name: String,
    /// The first instant in it.
    pub from: i64,
    /// The first instant after it.
    pub to: i64,
}

/// Partitions that are known to exist: saves a question per write.
#[derive(Debug, Default)]
pub struct Known(RwLock<BTreeSet<(&'static str, i64)>>);

impl Known {
    /// Whether the part of `parent` that begins at `from` is known to be there.
    pub fn contains(&self, parent: &'static str, from: i64) -> bool {
        self.0.read().is_ok_and(|known| known.contains(&(parent, from)))
    }

    fn insert(&self, partition: &Partition) {
        if let Ok(mut known) = self.0.write() {
            known.insert((partition.parent, partition.from));
        }
    }

    fn remove(&self, partition: &Partition) {
        if let Ok(mut known) = self.0.write() {
            known.remove(&(partition.parent, partition.from));
        }
    }
}

/// Rows are added and leave with the whole part. Postgres would vacuum it now and
/// then for what was added, and then put short rows into the gaps that it found:
/// another page for each, which is logged as a whole.
const ONLY_GROWS: &str = "autovacuum_vacuum_insert_threshold = -1";

/// Makes a partition unless it is there.
pub async fn create(pool: &Pool, known: &Known, partition: &Partition) -> Result<(), sqlx::Error> {
    if known.contains(partition.parent, partition.from) {
        return Ok(());
    }
    let Partition { parent, name, from, to } = partition;
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {name} PARTITION OF {parent} FOR VALUES FROM ({from}) TO ({to})
         WITH ({ONLY_GROWS})"
    );
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await {
        Ok(_) => {}
        Err(sqlx::Error::Database(e)) if made_by_another(e.code().as_deref()) => {}
        Err(cause) => return Err(cause),
    }
    known.insert(partition);
    Ok(())
}

/// Two replicas that make the same partition at once: the loser is told
/// duplicate_table, a unique violation in the catalogue, or an overlap.
fn made_by_another(sqlstate: Option<&str>) -> bool {
    matches!(sqlstate, Some("42P07" | "23505" | "42P17"))
}

/// The names of a table's partitions.
pub async fn names(pool: &Pool, parent: &str) -> Result<Vec<String>, sqlx::Error> {
    const POSTGRES_SQL: &str = "SELECT part.relname FROM pg_catalog.pg_inherits
        JOIN pg_catalog.pg_class part ON part.oid = inhrelid
        WHERE inhparent = to_regclass($1)";
    sqlx::query_scalar(POSTGRES_SQL).bind(parent).fetch_all(pool).await
}

/// Drops a partition with everything in it.
pub async fn drop(pool: &Pool, known: &Known, partition: &Partition) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(format!("DROP TABLE IF EXISTS {}", partition.name));
    sqlx::raw_sql(sql).execute(pool).await?;
    known.remove(partition);
    Ok(())
}
