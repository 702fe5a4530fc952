//! A migrated database of one's own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use porteiro::store::Store;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Fixture;
use super::cluster::Cluster;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A migrated database that is removed when dropped.
pub struct Database {
    /// The open store.
    pub store: Store,
    /// Where it is, for a second server on the same data.
    pub url: String,
    // After `store`: dropped in order, and the file outlives its connections.
    _place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Cluster { name: String },
}

impl Fixture for Database {
    async fn on(engine: Engine) -> Self {
        let (url, place) = empty(engine).await;
        let store = Store::open(&url, 8).await.unwrap();
        store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
        Self { store, url, _place: place }
    }
}

/// The URL of a database of the engine; on Postgres it is migrated already,
/// because a copy of a migrated template costs a tenth.
async fn empty(engine: Engine) -> (String, Place) {
    match engine {
        Engine::Sqlite => {
            let folder = tempfile::Builder::new().prefix("porteiro-test-").tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("porteiro.db").display());
            (url, Place::Folder { _folder: folder })
        }
        Engine::Postgres => {
            let cluster = shared_cluster().await;
            let name = copy_of_template(cluster).await;
            (cluster.url(&name), Place::Cluster { name })
        }
    }
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static COPIES: AtomicU32 = AtomicU32::new(0);

/// The one server that the tests of this run share.
async fn shared_cluster() -> &'static Cluster {
    CLUSTER
        .get_or_init(|| async {
            let cluster = Cluster::create().await;
            run(&cluster, "CREATE DATABASE template_porteiro".to_owned()).await;
            let store = Store::open(&cluster.url("template_porteiro"), 2).await.unwrap();
            store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
            store.close().await;
            cluster
        })
        .await
}

async fn copy_of_template(cluster: &Cluster) -> String {
    let name = format!("test_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    run(cluster, format!("CREATE DATABASE {name} TEMPLATE template_porteiro")).await;
    name
}

async fn run(cluster: &Cluster, sql: String) {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

/// Hundreds of databases of 8 MB each would fill a small disk.
impl Drop for Place {
    fn drop(&mut self) {
        let Self::Cluster { name } = self else { return };
        let Some(cluster) = CLUSTER.get() else { return };
        let sql = format!("DROP DATABASE {name} WITH (FORCE)");
        // The test's own runtime is busy dropping us.
        let dropping =
            std::thread::scope(|scope| scope.spawn(|| runtime().block_on(run(cluster, sql))).join());
        if !std::thread::panicking() {
            dropping.unwrap();
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
