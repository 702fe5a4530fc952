//! Connections to the Postgres server that takes writes.
//!
//! sqlx has a pool too. It asks every connection that comes back for a sign of
//! life, and nothing turns that off: a second round trip for each statement.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use deadpool::managed::{self, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, WeakPool};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo, Postgres};
use sqlx::{Connection as _, Describe, Either, Execute, Executor, SqlStr, Transaction};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::error::Error;
use crate::store::primary::Compass;
use crate::store::{ACQUIRE_TIMEOUT, TRUSTED};

/// Between two attempts to connect to a server that refuses for now.
const PAUSE: Duration = Duration::from_millis(50);

/// A connection is not kept for longer, so that memory which a process of
/// Postgres gathers is given back, nor after so long without work.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
const IDLE: Duration = Duration::from_secs(10 * 60);

/// How often connections without work are looked for.
const LOOKED_FOR: Duration = Duration::from_secs(60);

/// The connections of one process. Cheap to clone. As an executor it lends one
/// for a statement.
#[derive(Clone, Debug)]
pub struct Pool(managed::Pool<Connector>);

#[derive(Debug)]
struct Connector(Compass);

/// A connection, and when it was asked for.
#[derive(Debug)]
struct Made {
    connection: PgConnection,
    at: Instant,
}

impl managed::Manager for Connector {
    type Type = Made;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Made, sqlx::Error> {
        loop {
            let at = Instant::now();
            match self.connect().await {
                Ok(Some(connection)) => return Ok(Made { connection, at }),
                // It will be ready, or another will be in its place.
                Ok(None) => {}
                Err(cause) if refuses_for_now(&cause) => {}
                Err(cause) => return Err(cause),
            }
            sleep(PAUSE).await;
        }
    }

    async fn recycle(&self, made: &mut Made, about: &Metrics) -> managed::RecycleResult<sqlx::Error> {
        let age = made.at.elapsed();
        if self.0.outdated(age) || age > LIFETIME {
            return Err(RecycleError::message("of another server, or old"));
        }
        if about.last_used() > TRUSTED || !self.0.trusts(age) {
            made.connection.ping().await?;
        }
        Ok(())
    }
}

impl Connector {
    /// None from a server that takes no writes (any more).
    async fn connect(&self) -> Result<Option<PgConnection>, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.0.server()).await?;
        let approved = self.0.approves(&mut connection).await?;
        Ok(approved.then_some(connection))
    }
}

/// Whether a server does not take connections yet, or any more, or has too many:
/// nobody listens, or SQLSTATE 57P03 and 53300.
fn refuses_for_now(cause: &sqlx::Error) -> bool {
    match cause {
        sqlx::Error::Io(cause) => cause.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(cause) => matches!(cause.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}

impl Pool {
    /// Connects when there is something to do, and has `most` connections at most.
    ///
    /// # Errors
    /// `server_error` for settings that make no sense.
    pub fn new(compass: Compass, most: u32) -> Result<Self, Error> {
        let config =
            PoolConfig { max_size: most as usize, queue_mode: QueueMode::Lifo, ..PoolConfig::default() };
        let pool = managed::Pool::builder(Connector(compass)).config(config).build();
        let pool = pool.map_err(Error::server_error)?;
        tokio::spawn(close_idle(pool.weak()));
        Ok(Self(pool))
    }

    /// A connection for a while. Waits a second at most.
    ///
    /// # Errors
    /// When there is none in time, or the server lets nobody in.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let object = timeout(ACQUIRE_TIMEOUT, self.0.get()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let object = object.map_err(|problem| match problem {
            PoolError::Backend(cause) => cause,
            PoolError::Closed => sqlx::Error::PoolClosed,
            _ => sqlx::Error::PoolTimedOut,
        })?;
        Ok(Lent { object: Some(object), whole: false })
    }

    /// Open connections, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, usize) {
        let status = self.0.status();
        (u32::try_from(status.size).unwrap_or(u32::MAX), status.available)
    }

    /// Says goodbye on every connection that nobody uses, and lends none any more.
    pub async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        self.0.close();
        for Made { connection, .. } in idle {
            let _ = connection.close().await;
        }
    }
}

async fn close_idle(pool: WeakPool<Connector>) {
    loop {
        sleep(LOOKED_FOR).await;
        let Some(pool) = pool.upgrade() else { return };
        for Made { connection, .. } in pool.retain(|_, about| about.last_used() < IDLE).removed {
            let _ = connection.close().await;
        }
    }
}

/// A connection on loan. It goes back when it is dropped: at once if it was
/// said to be whole, else after whatever was broken off on it has ended.
#[derive(Debug)]
pub struct Lent {
    object: Option<Object<Connector>>,
    whole: bool,
}

impl Lent {
    /// The connection itself.
    ///
    /// # Errors
    /// Never before it was given back.
    pub fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let made = self.object.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut made.connection)
    }

    /// Begins a transaction on it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn begin(&mut self) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
        self.connection()?.begin().await
    }

    /// Says that every statement was answered and no transaction is open.
    pub fn whole(&mut self) {
        self.whole = true;
    }

    /// The same of one statement, unless what is wrong is the connection.
    fn answered<T>(&mut self, answer: &Result<T, sqlx::Error>) {
        self.whole = matches!(answer, Ok(_) | Err(sqlx::Error::Database(_)));
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(object) = self.object.take().filter(|_| !self.whole) else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(mend(object))),
            Err(_ended) => drop(Object::take(object)),
        }
    }
}

/// Reads the answer that nobody waits for any more, and ends the transaction
/// that was open: sqlx does not count one whose `BEGIN` was broken off.
async fn mend(mut object: Object<Connector>) {
    let compass = Object::pool(&object).map(|pool| pool.manager().0.clone());
    let mended = match compass {
        Some(mut compass) if compass.trusts(object.at.elapsed()) => {
            let ended = async { object.connection.begin().await?.rollback().await };
            tokio::select! {
                ended = ended => ended.is_ok(),
                () = compass.lost() => false,
            }
        }
        _ => false,
    };
    if !mended {
        drop(Object::take(object));
    }
}

/// One statement on a connection that is lent for it.
macro_rules! lent {
    ($pool:expr, $connection:ident => $statement:expr) => {
        async move {
            let mut lent = $pool.lend().await?;
            let $connection = lent.connection()?;
            let answer = $statement.await;
            lent.answered(&answer);
            answer
        }
    };
}

impl<'p> Executor<'p> for &'p Pool {
    type Database = Postgres;

    /// Gathers the rows first, so that the connection goes back before they are
    /// looked at.
    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let rows = lent!(self, connection => connection.fetch_many(query).try_collect::<Vec<_>>());
        stream::once(rows).map_ok(|rows| stream::iter(rows.into_iter().map(Ok))).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(lent!(self, connection => connection.fetch_optional(query)))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        Box::pin(lent!(self, connection => connection.prepare_with(sql, parameters)))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'p: 'e,
    {
        Box::pin(lent!(self, connection => connection.describe(sql)))
    }
}
