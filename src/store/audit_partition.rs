//! Postgres only: table `audit` is partitioned by the month, so that what is
//! older than one wants to keep leaves in one DROP.

use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::Store;
use crate::store::partition::{self, Partition};

const TABLE: &str = "audit";

/// Longer than any month, and shorter than any two.
const A_MONTH_ON: Duration = Duration::from_secs(32 * 86_400);

/// The end of the year 9999, the last that RFC 3339 can write.
const LAST: u64 = 253_402_300_799_999;

impl Store {
    /// Makes the partition that an entry of this instant needs.
    pub(super) async fn prepare_audit_partition(&self, at: Timestamp) -> Result<(), Error> {
        if let Self::Postgres { pool, partitions, .. } = self {
            let month = partition_of(&month_of(at))?;
            partition::create(pool, partitions, &month).await?;
        }
        Ok(())
    }

    /// Makes the partitions of this month and the next, so that midnight finds
    /// it ready. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn prepare_audit_partitions(&self, now: Timestamp) -> Result<(), Error> {
        self.prepare_audit_partition(now).await?;
        self.prepare_audit_partition(first_of(&month_of(now))? + A_MONTH_ON).await
    }

    /// Drops every month that ended before an instant and returns how many
    /// went. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn drop_audit_partitions(&self, ended_before: Timestamp) -> Result<usize, Error> {
        let Self::Postgres { pool, partitions, .. } = self else { return Ok(0) };
        let mut dropped = 0;
        for name in partition::names(pool, TABLE).await? {
            let Some(month) = month_in(&name) else { continue };
            let month = partition_of(&month)?;
            if month.to <= ended_before.0 {
                partition::drop(pool, partitions, &month).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

/// As `2026-11`, in UTC.
fn month_of(at: Timestamp) -> String {
    let millis = u64::try_from(at.0).unwrap_or(0).min(LAST);
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(millis)).to_string();
    time.get(..7).unwrap_or_default().to_owned()
}

fn first_of(month: &str) -> Result<Timestamp, Error> {
    let first = humantime::parse_rfc3339(&format!("{month}-01T00:00:00Z")).map_err(Error::server_error)?;
    let since_1970 = first.duration_since(UNIX_EPOCH).map_err(Error::server_error)?;
    Ok(Timestamp(0) + since_1970)
}

fn partition_of(month: &str) -> Result<Partition, Error> {
    let from = first_of(month)?;
    let to = first_of(&month_of(from + A_MONTH_ON))?;
    let name = format!("audit_{}", month.replace('-', "_"));
    Ok(Partition { parent: TABLE, name, from: from.0, to: to.0 })
}

fn month_in(name: &str) -> Option<String> {
    let month = name.strip_prefix("audit_")?.replace('_', "-");
    first_of(&month).ok().map(|_| month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_holds_its_month_and_no_more() {
        let table = [
            (1_800_000_000_000, "audit_2027_01", 1_798_761_600_000, 1_801_440_000_000),
            // The last millisecond of a leap February.
            (1_835_481_599_999, "audit_2028_02", 1_832_976_000_000, 1_835_481_600_000),
        ];
        for (at, name, from, to) in table {
            let month = partition_of(&month_of(Timestamp(at))).unwrap();
            assert_eq!((month.name.as_str(), month.from, month.to), (name, from, to));
            assert_eq!(month_in(name), Some(month_of(Timestamp(at))));
        }
        assert_eq!(month_in("audit_default"), None);
    }
}
