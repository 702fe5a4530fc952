//! Postgres only: table `token` is partitioned by the day of expiry, so that a
//! day's records leave in one DROP instead of millions of deletes.

use std::collections::BTreeSet;
use std::sync::RwLock;

use sqlx::{AssertSqlSafe, PgPool};

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::Store;

const DAY: i64 = 86_400_000;

/// Days whose partition is known to exist: saves a question per batch.
#[derive(Debug, Default)]
pub struct KnownDays(RwLock<BTreeSet<i64>>);

impl KnownDays {
    fn contains(&self, day: i64) -> bool {
        self.0.read().is_ok_and(|days| days.contains(&day))
    }

    fn insert(&self, day: i64) {
        if let Ok(mut days) = self.0.write() {
            days.insert(day);
        }
    }

    fn remove(&self, day: i64) {
        if let Ok(mut days) = self.0.write() {
            days.remove(&day);
        }
    }
}

/// Makes the partitions that records with these expiries need.
pub async fn ensure(
    pool: &PgPool,
    known: &KnownDays,
    expiries: impl Iterator<Item = Timestamp>,
) -> Result<(), sqlx::Error> {
    let mut missing: Vec<i64> = expiries.map(day_of).filter(|day| !known.contains(*day)).collect();
    missing.sort_unstable();
    missing.dedup();
    for day in missing {
        create(pool, day).await?;
        known.insert(day);
    }
    Ok(())
}

async fn create(pool: &PgPool, day: i64) -> Result<(), sqlx::Error> {
    let (from, to) = (day * DAY, (day + 1) * DAY);
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {} PARTITION OF token FOR VALUES FROM ({from}) TO ({to})",
        name(day)
    );
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(e)) if made_by_another(e.code().as_deref()) => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Two replicas that make the same partition at once: the loser is told
/// duplicate_table, a unique violation in the catalogue, or an overlap.
fn made_by_another(sqlstate: Option<&str>) -> bool {
    matches!(sqlstate, Some("42P07" | "23505" | "42P17"))
}

impl Store {
    /// Makes the partitions for every day up to `until`, so that midnight
    /// finds tomorrow's ready. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn prepare_token_partitions(&self, from: Timestamp, until: Timestamp) -> Result<(), Error> {
        if let Self::Postgres { pool, token_days } = self {
            let days = (day_of(from)..=day_of(until)).map(|day| Timestamp(day * DAY));
            ensure(pool, token_days, days).await?;
        }
        Ok(())
    }

    /// Makes the partition that a single insert needs.
    pub(super) async fn prepare_token_partition(&self, exp: Timestamp) -> Result<(), Error> {
        self.prepare_token_partitions(exp, exp).await
    }

    /// Drops every partition whose last second came before `ended_before` and
    /// returns how many went. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn drop_token_partitions(&self, ended_before: Timestamp) -> Result<usize, Error> {
        let Self::Postgres { pool, token_days } = self else { return Ok(0) };
        const POSTGRES_SQL: &str = "SELECT relname FROM pg_catalog.pg_inherits
            JOIN pg_catalog.pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'token'::regclass";
        let names: Vec<String> = sqlx::query_scalar(POSTGRES_SQL).fetch_all(pool).await?;
        let ended =
            names.iter().filter_map(|name| day_in(name)).filter(|day| (day + 1) * DAY <= ended_before.0);
        let mut dropped = 0;
        for day in ended {
            sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE IF EXISTS {}", name(day)))).execute(pool).await?;
            token_days.remove(day);
            dropped += 1;
        }
        Ok(dropped)
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// Named by the number of the day since 1970, so that name and range are one.
fn name(day: i64) -> String {
    format!("token_day_{day}")
}

fn day_in(name: &str) -> Option<i64> {
    name.strip_prefix("token_day_")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_by_its_day() {
        let day = day_of(Timestamp::from_seconds(86_400 * 20_000 + 5));
        assert_eq!(name(day), "token_day_20000");
        assert_eq!(day_in(&name(day)), Some(20_000));
        assert_eq!(day_in("token_default"), None);
    }
}
