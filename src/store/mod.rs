//! Where everything is kept: one SQLite file, or a Postgres shared by replicas.
//!
//! One SQL text serves both engines. A body may differ where an engine has
//! something better; it does so inside the store's files and nowhere else.

mod audit;
mod audit_partition;
mod auth_code;
mod batched;
mod client;
mod client_failure;
mod client_secret;
mod code_issue;
mod code_redemption;
mod codes;
mod consent;
mod gathered;
mod grant_family;
mod grant_rotation;
mod grants;
mod jwks_reader;
mod lease;
mod login_failure;
mod login_flow;
mod logout_notice;
mod look_up;
mod on_engine;
mod partition;
mod pool;
mod postgres;
mod primary;
mod replay;
mod revocation;
mod revocation_kind;
mod schema;
mod server_secret;
mod session;
mod signing_key;
mod sqlite;
mod status_bucket;
mod token;
mod token_appender;
mod token_partition;
mod token_writer;
mod user_account;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePool;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;

pub use audit::{AuditCursor, AuditFilter};
pub use auth_code::{AuthCode, IssuedCode};
pub use batched::Batched;
pub use client::Client;
pub use client_failure::ClientFailure;
pub use client_secret::{ClientSecret, SecretHash};
pub use code_issue::NewCode;
pub use code_redemption::Redemption;
pub use codes::Codes;
pub use consent::Consent;
pub use grant_family::{GivenGrant, GrantFamily};
pub use grant_rotation::Rotation;
pub use grants::Grants;
pub use jwks_reader::JwksReader;
pub use login_failure::{LoginFailures, LoginLock};
pub use logout_notice::LogoutNotice;
pub use look_up::LookUp;
pub use pool::Pool;
pub use postgres::Durability;
pub use primary::Standing;
pub use revocation::{NewRevocation, Revocation};
pub use revocation_kind::RevocationKind;
pub use session::{OwnSession, Session};
pub use signing_key::{PrivateKey, StoredKey};
pub use status_bucket::{BLOCK as STATUS_BLOCK, StatusBucket};
pub use token::{TokenFilter, TokenRecord};
pub use token_writer::{Commit, TokenWriter};
pub use user_account::{PasswordHash, Profile, User};

pub(crate) use on_engine::{in_transaction, on_read, on_write, retried};

static SQLITE_MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| schema::beside_others(sqlx::migrate!("migrations/sqlite")));
static POSTGRES_MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| schema::beside_others(sqlx::migrate!("migrations/postgres")));

/// How long a request waits for a connection before it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1000);

/// How long a statement waits for a row or a table that another one has locked.
const LOCK_TIMEOUT: Duration = Duration::from_millis(900);

/// After so long without work a connection to Postgres is asked whether it
/// still lives before it is used. Asking each time would double the round trips.
const TRUSTED: Duration = Duration::from_millis(500);

/// How long one statement may run. Bounds every wait for a frozen database.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(2500);

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Store {
    /// One writer, because SQLite has one; readers beside it.
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres {
        pool: Pool,
        /// For those that gather the writes of many requests: none of these
        /// waits for a statement of somebody else's.
        writers: Pool,
        partitions: Arc<partition::Known>,
        primary: Arc<primary::Primary>,
    },
}

/// How far the schema is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Migration {
    /// The number in front of the file's name.
    pub version: i64,
    /// The words of the file's name.
    pub description: String,
    /// Whether this database has it.
    pub applied: bool,
}

impl Store {
    /// Opens `sqlite:…` or `postgres://…` without migrating it.
    ///
    /// # Errors
    /// `invalid_request` for any other URL, `temporarily_unavailable` when the
    /// database cannot be reached.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            sqlite::open(url, max_connections).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres::open(url, max_connections).await
        } else {
            Err(Error::invalid_request("database.url must begin with sqlite: or postgres://"))
        }
    }

    /// Brings the schema up to date, and tells of it when it was not. Safe when
    /// several servers start at once, and while others answer requests.
    ///
    /// # Errors
    /// `server_error` when a migration fails or was edited after it ran, or
    /// when this program is too old for the database.
    pub async fn migrate(&self, by: impl Into<Origin>, now: Timestamp) -> Result<(), Error> {
        self.check_schema().await?;
        let lacks = self.migrations().await?.iter().any(|migration| !migration.applied);
        match self {
            Self::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await.map_err(Error::server_error)?,
            Self::Postgres { primary, .. } => {
                postgres::migrate(primary.compass().server(), &POSTGRES_MIGRATIONS).await?;
            }
        }
        if lacks {
            self.append_audit(&[Entry::done(Act::DatabaseMigrate, &by.into(), now)]).await
        } else {
            Ok(())
        }
    }

    /// Every migration this program knows, in order.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the database cannot be reached.
    pub async fn migrations(&self) -> Result<Vec<Migration>, Error> {
        let applied = self.applied_migrations().await?;
        let status = self.migrator().iter().map(|migration| Migration {
            version: migration.version,
            description: migration.description.to_string(),
            applied: applied.iter().any(|(version, _)| *version == migration.version),
        });
        Ok(status.collect())
    }

    fn migrator(&self) -> &'static Migrator {
        match self {
            Self::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Self::Postgres { .. } => &POSTGRES_MIGRATIONS,
        }
    }

    /// Whether the store answers, takes writes and has every migration that this
    /// program knows: `/readyz`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it does not answer in time, or refuses
    /// writes.
    pub async fn is_ready(&self) -> Result<bool, Error> {
        if let Self::Postgres { primary, .. } = self
            && primary.refuses_writes()
        {
            return Err(Error::unavailable("the database takes no writes"));
        }
        Ok(self.migrations().await?.iter().all(|migration| migration.applied))
    }

    /// Awaits what nobody else would break off, until the server in use is lost:
    /// what is on its way there may never be answered.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the server is lost, else those of the work.
    pub async fn while_it_answers<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Self::Postgres { primary, .. } = self else { return work.await };
        let mut compass = primary.compass();
        tokio::select! {
            done = work => done,
            () = compass.lost() => Err(Error::unavailable("the database server does not answer")),
        }
    }

    /// Each Postgres server that the URL names; none for SQLite.
    pub async fn servers(&self) -> Vec<Standing> {
        match self {
            Self::Sqlite { .. } => Vec::new(),
            Self::Postgres { primary, .. } => primary.standings().await,
        }
    }

    /// How durable a commit on Postgres is; none for SQLite, where it always is.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it cannot be reached, or has no such
    /// settings.
    pub async fn durability(&self) -> Result<Option<Durability>, Error> {
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres { pool, .. } => postgres::durability(pool).await.map(Some),
        }
    }

    /// Whether the database gives up a statement that takes too long. SQLite's
    /// are never anybody else's.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it cannot be reached, or has no such
    /// settings.
    pub async fn limits_statements(&self) -> Result<bool, Error> {
        match self {
            Self::Sqlite { .. } => Ok(true),
            Self::Postgres { pool, .. } => postgres::limits_statements(pool).await,
        }
    }

    /// Whether this is one SQLite file.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// What time the database's own clock shows; none for SQLite, which has
    /// ours. Only to compare: nothing is ever decided by it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it cannot be reached.
    pub async fn clock(&self) -> Result<Option<Timestamp>, Error> {
        const POSTGRES: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres { pool, .. } => Ok(Some(sqlx::query_scalar(POSTGRES).fetch_one(pool).await?)),
        }
    }

    /// Open connections, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, usize) {
        match self {
            Self::Sqlite { read, write } => (read.size() + write.size(), read.num_idle() + write.num_idle()),
            Self::Postgres { pool, .. } => pool.connections(),
        }
    }

    /// Closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { pool, writers, .. } => {
                pool.close().await;
                writers.close().await;
            }
        }
    }
}
