//! A Postgres that keeps what it was told, and questions about its inside.

use porteiro::app::App;
use porteiro::clock::{Clock, Timestamp};
use porteiro::random::Random;
use porteiro::store::{Pool, Store};
use sqlx::AssertSqlSafe;

use crate::support::{Cluster, TestServer};

pub const DAY: i64 = 86_400_000;

/// A server on a database of its own in a cluster that flushes to the disk.
pub struct Durable {
    pub server: TestServer,
    pub url: String,
    _cluster: Cluster,
}

impl Durable {
    pub async fn new(settings: &[(&str, &str)]) -> Self {
        let cluster = Cluster::with("").await;
        let url = cluster.url("postgres");
        let store = Store::open(&url, 12).await.unwrap();
        store.migrate("bench", Clock::System.now()).await.unwrap();
        let server = TestServer::over(store, Clock::System, Random::System, settings).await;
        Self { server, url, _cluster: cluster }
    }

    pub fn app(&self) -> &App {
        &self.server.app
    }

    pub fn pool(&self) -> &Pool {
        let Store::Postgres { pool, .. } = &self.server.app.store else { unreachable!() };
        pool
    }

    /// A number that the database knows.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(self.pool()).await.unwrap()
    }

    /// Runs something that may take long.
    pub async fn execute(&self, sql: String) {
        let mut lent = self.pool().lend().await.unwrap();
        let connection = lent.connection().unwrap();
        for sql in [String::from("SET statement_timeout = 0"), sql, String::from("RESET statement_timeout")] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await.unwrap();
        }
    }

    /// Where the write-ahead log has got to, in bytes.
    pub async fn log_position(&self) -> i64 {
        self.number("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint").await
    }

    /// Tokens of one person that end at an instant.
    pub async fn fill(&self, count: i64, exp: Timestamp, sub: &str) {
        self.app().store.prepare_token_partitions(exp, exp).await.unwrap();
        let issued = format!("{:012x}", (exp.0 - 900_000) as u64);
        self.execute(format!(
            "INSERT INTO token (jti, exp, status_index, client_id, sub, scope)
             SELECT ('{issued}7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(n::text), 1, 15))::uuid,
                    {}, n % 1048576, 'dashboard', '{sub}', 'openid profile email'
             FROM generate_series(1, {count}) n",
            exp.0
        ))
        .await;
    }

    /// All partitions of tokens with their indexes, in bytes.
    pub async fn token_bytes(&self) -> i64 {
        self.number(
            "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits
             WHERE inhparent = 'token'::regclass",
        )
        .await
    }
}
