//! Several Postgres servers of which one takes writes, and what they do to one
//! another: `database.url` with several hosts.

use std::future::pending;
use std::path::Path;
use std::time::{Duration, Instant};

use porteiro::clock::Timestamp;
use porteiro::error::{Code, Error};
use porteiro::store::{NewRevocation, RevocationKind, Store};
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::{Cluster, Database, Engine, Fixture as _};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Within how long service resumes once a server takes writes.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// Two servers that take writes, migrated.
async fn two() -> (Cluster, Cluster) {
    let (first, second) = tokio::join!(Cluster::create(), Cluster::create());
    for cluster in [&first, &second] {
        let store = Store::open(&cluster.url("postgres"), 2).await.unwrap();
        store.migrate("test", NOW).await.unwrap();
        store.close().await;
    }
    (first, second)
}

fn both(first: &Path, second: &Path) -> String {
    format!("postgres://postgres@/postgres?host={},{}", first.display(), second.display())
}

async fn write(store: &Store) -> Result<bool, Error> {
    let id = uuid::Uuid::new_v4().to_string();
    store.revoke(&NewRevocation::new(RevocationKind::User, id, NOW)).await
}

async fn resumes(store: &Store) {
    let since = Instant::now();
    while let Err(outage) = write(store).await {
        assert_eq!(outage.code, Code::TemporarilyUnavailable, "{outage}");
        assert!(since.elapsed() < BACK_WITHIN, "{outage}");
    }
}

/// A network between us and a server: told to, it swallows everything, and tells
/// nobody.
struct Network {
    port: u16,
    silent: watch::Sender<bool>,
}

impl Network {
    async fn to(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = cluster.socket().join(".s.PGSQL.5432");
        let silent = watch::Sender::new(false);
        let told = silent.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (socket, mut told) = (socket.clone(), told.clone());
                tokio::spawn(async move {
                    let mut far = UnixStream::connect(socket).await.unwrap();
                    let fell_silent = tokio::select! {
                        biased;
                        told = told.wait_for(|silent| *silent) => told.is_ok(),
                        _ = copy_bidirectional(&mut near, &mut far) => false,
                    };
                    if fell_silent {
                        pending::<()>().await;
                    }
                });
            }
        });
        Self { port, silent }
    }
}

#[tokio::test]
async fn the_server_that_takes_writes_is_found_and_found_again() {
    let (first, mut second) = two().await;
    first.set("default_transaction_read_only = on").await;
    let store = Store::open(&both(first.socket(), second.socket()), 4).await.unwrap();
    assert!(write(&store).await.unwrap());
    let told: Vec<_> = store.servers().await.into_iter().map(|server| server.takes_writes).collect();
    assert_eq!(told, [Ok(false), Ok(true)]);

    // They change places, and every connection lives on.
    second.set("default_transaction_read_only = on").await;
    first.set("default_transaction_read_only = off").await;
    resumes(&store).await;
    assert!(store.is_ready().await.unwrap());

    // The other comes back, and the one in use is lost.
    second.set("default_transaction_read_only = off").await;
    drop(first);
    resumes(&store).await;
    second.stop();
    assert_eq!(write(&store).await.unwrap_err().code, Code::TemporarilyUnavailable);
}

/// A demoted primary answers pings and refuses writes (SQLSTATE 25006): that is
/// an outage, and nobody's fault.
#[tokio::test]
async fn a_server_that_refuses_writes_is_an_outage() {
    let (first, second) = two().await;
    let store = Store::open(&first.url("postgres"), 4).await.unwrap();
    assert!(write(&store).await.unwrap());

    first.set("default_transaction_read_only = on").await;
    let demoted = Instant::now();
    while store.is_ready().await.is_ok() {
        assert!(demoted.elapsed() < BACK_WITHIN, "ready while writes are refused");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(write(&store).await.unwrap_err().code, Code::TemporarilyUnavailable);
    first.set("default_transaction_read_only = off").await;
    resumes(&store).await;

    for cluster in [&first, &second] {
        cluster.set("default_transaction_read_only = on").await;
    }
    let refusal = Store::open(&both(first.socket(), second.socket()), 2).await.unwrap_err();
    assert_eq!(refusal.code, Code::TemporarilyUnavailable);
    assert_eq!(refusal.to_string().matches("takes no writes").count(), 2, "{refusal}");
}

/// What waits for it would otherwise wait until the kernel gives up, a quarter
/// of an hour, and keep the pool's connections for as long.
#[tokio::test]
async fn a_server_that_falls_silent_keeps_nothing_of_ours() {
    let (first, second) = two().await;
    second.set("default_transaction_read_only = on").await;
    let network = Network::to(&first).await;
    let (port, other) = (network.port, second.socket().display());
    let url =
        format!("postgres://postgres@127.0.0.1:{port}/postgres,postgres://postgres@/postgres?host={other}");
    let store = Store::open(&url, 2).await.unwrap();
    let written = tokio::join!(write(&store), write(&store));
    assert!(written.0.unwrap() && written.1.unwrap());

    network.silent.send_replace(true);
    let brief = Duration::from_millis(500);
    let given_up = tokio::join!(timeout(brief, write(&store)), timeout(brief, write(&store)));
    assert!(given_up.0.is_err() && given_up.1.is_err());
    let work = pending::<Result<(), Error>>();
    let broken_off = timeout(BACK_WITHIN, store.while_it_answers(work)).await.unwrap().unwrap_err();
    assert_eq!(broken_off.code, Code::TemporarilyUnavailable);

    second.set("default_transaction_read_only = off").await;
    resumes(&store).await;
}

/// Engines that isolate more strictly roll back one of two that meet (SQLSTATE
/// 40001): it is done again, and nobody hears of it.
#[tokio::test]
async fn what_was_rolled_back_for_anothers_sake_is_done_again() {
    const CONFLICTS: &str = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()";
    let database = Database::on(Engine::Postgres).await;
    let name = database.url.rsplit('/').find_map(|part| part.strip_prefix("test_")).unwrap();
    let name = format!("test_{}", name.split('?').next().unwrap());
    let Store::Postgres { pool, .. } = &database.store else { panic!("not on Postgres") };
    let strictly = format!("ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'");
    pool.execute(AssertSqlSafe(strictly)).await.unwrap();

    let strict = Store::open(&database.url, 8).await.unwrap();
    for _ in 0..20 {
        // They meet at the counter that numbers the log.
        let written = tokio::join!(write(&strict), write(&strict), write(&strict), write(&strict));
        assert!([written.0, written.1, written.2, written.3].into_iter().all(|written| written.unwrap()));
    }
    assert_eq!(strict.revocations_after(0, 1_000).await.unwrap().len(), 80);
    strict.close().await;
    let since = Instant::now();
    // The statistics of a session arrive when it ends.
    while sqlx::query_scalar::<_, i64>(CONFLICTS).fetch_one(pool).await.unwrap() == 0 {
        assert!(since.elapsed() < BACK_WITHIN * 5, "no two of them ever met");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
