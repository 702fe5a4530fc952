//! Which program fits which schema: expand, then contract.
//!
//! A migration adds what the new program needs and leaves alone what its
//! predecessor uses, so the two run on one database, and either may start
//! again while the other runs. What no program uses any more goes later, in a
//! migration called `NNNN_contract_M_…`: it is for programs that know migration
//! M. An older one does not start on it.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};

use crate::error::Error;
use crate::store::{LOCK_TIMEOUT, Store, on_read};

/// How long others go first, when a migration could not have its locks.
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// How long a migration waits for a lock. Whoever asks for the same table
/// meanwhile waits behind it, so it gives up before they do.
pub(super) const PATIENCE: Duration = LOCK_TIMEOUT.saturating_sub(Duration::from_millis(400));

impl Store {
    /// Whether this program can work on the schema as it is. A schema that is
    /// behind is no trouble here: see [`Store::migrations`].
    ///
    /// # Errors
    /// `server_error` that names the migration which took away what this
    /// program uses, `temporarily_unavailable` when the store is out of reach.
    pub async fn check_schema(&self) -> Result<(), Error> {
        let applied = self.applied_migrations().await?;
        let newest = self.migrator().iter().map(|known| known.version).max().unwrap_or(0);
        match applied.iter().find(|(_, description)| least_program(description) > newest) {
            None => Ok(()),
            Some((version, _)) => Err(Error::server_error(format!(
                "this program is too old for the database, whose migration {version} took away what it uses: \
                 start a newer one"
            ))),
        }
    }

    /// Numbers and names of the migrations that this database has, in order.
    pub(super) async fn applied_migrations(&self) -> Result<Vec<(i64, String)>, Error> {
        const SQL: &str = "SELECT version, description FROM _sqlx_migrations WHERE success ORDER BY version";
        match on_read!(self, db => sqlx::query_as(SQL).fetch_all(db).await) {
            Ok(applied) => Ok(applied),
            Err(sqlx::Error::Database(problem)) if lacks_the_table(&*problem) => Ok(Vec::new()),
            Err(cause) => Err(cause.into()),
        }
    }
}

/// Whether the database was never migrated: SQLSTATE 42P01, and on SQLite an
/// error without a number of its own.
fn lacks_the_table(problem: &dyn DatabaseError) -> bool {
    matches!(problem.code().as_deref(), Some("42P01" | "1"))
}

/// The migration that a program must know to do without what this one takes
/// away; zero for one that adds.
fn least_program(description: &str) -> i64 {
    let contracts = description.strip_prefix("contract ");
    contracts.and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Whether a migration gave up waiting for a lock: SQLSTATE 55P03.
pub(super) fn gave_way(cause: &MigrateError) -> bool {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = cause else {
        return false;
    };
    cause.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// A database may be ahead of a program that is about to be replaced, or that
/// has come back.
pub(super) fn beside_others(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true);
    // On Postgres we hold a lock of our own, which a pooler cannot pass on.
    migrations.set_locking(false);
    migrations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_says_for_which_programs_it_is() {
        let table = [
            ("first release", 0),
            ("expand client logo", 0),
            ("contract 7 drop client logo", 7),
            ("contract drop client logo", 0),
            ("contractors", 0),
        ];
        for (description, least) in table {
            assert_eq!(least_program(description), least, "{description}");
        }
    }
}
