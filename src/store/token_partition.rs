//! Postgres only: table `token` is partitioned by the day of expiry, so that a
//! day's records leave in one DROP instead of millions of deletes.

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::partition::{self, Known, Partition};
use crate::store::{Pool, Store};

const TABLE: &str = "token";

const DAY: i64 = 86_400_000;

/// Makes the partitions that records with these expiries need.
pub async fn ensure(
    pool: &Pool,
    known: &Known,
    expiries: impl Iterator<Item = Timestamp>,
) -> Result<(), sqlx::Error> {
    let mut missing: Vec<i64> =
        expiries.map(day_of).filter(|day| !known.contains(TABLE, day * DAY)).collect();
    missing.sort_unstable();
    missing.dedup();
    for day in missing {
        partition::create(pool, known, &partition_of(day)).await?;
    }
    Ok(())
}

impl Store {
    /// Makes the partitions for every day up to `until`, so that midnight
    /// finds tomorrow's ready. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn prepare_token_partitions(&self, from: Timestamp, until: Timestamp) -> Result<(), Error> {
        if let Self::Postgres { pool, partitions, .. } = self {
            let days = (day_of(from)..=day_of(until)).map(|day| Timestamp(day * DAY));
            ensure(pool, partitions, days).await?;
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
        let Self::Postgres { pool, partitions, .. } = self else { return Ok(0) };
        let names = partition::names(pool, TABLE).await?;
        let days = names.iter().filter_map(|name| day_in(name)).map(partition_of);
        let mut dropped = 0;
        for ended in days.filter(|day| day.to <= ended_before.0) {
            partition::drop(pool, partitions, &ended).await?;
            dropped += 1;
        }
        Ok(dropped)
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// Named by the number of the day since 1970, so that name and range are one.
fn partition_of(day: i64) -> Partition {
    Partition { parent: TABLE, name: format!("token_day_{day}"), from: day * DAY, to: (day + 1) * DAY }
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
        assert_eq!(partition_of(day).name, "token_day_20000");
        assert_eq!(day_in(&partition_of(day).name), Some(20_000));
        assert_eq!(day_in("token_default"), None);
    }
}
