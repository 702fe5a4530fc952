//! `porteiro serve`: the server, in production.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::App;
use crate::audit::Origin;
use crate::cli::{Failure, Global, Output, load_config, require_schema};
use crate::clock::Clock;
use crate::config::{Config, Mode};
use crate::random::Random;
use crate::server::{self, Limits};
use crate::store::Store;
use crate::{housekeeping, logging, process, router};

/// How long the store may take for what is still to be written down, and for
/// its connections to end: a network may have swallowed some.
const FAREWELL: Duration = Duration::from_secs(3);

/// Loads the configuration and serves until SIGTERM or SIGINT.
pub fn run(global: &Global, output: Output) -> Result<(), Failure> {
    let config = load_config(global, Mode::Serve)?.config;
    let _flush = logging::start(&config.log);
    let on_postgres = !config.database.url.reveal().starts_with("sqlite:");
    if on_postgres && config.keys.master_key.is_none() {
        output.note("warning: signing keys are stored in the clear, set keys.master_key to seal them");
    }
    runtime()?.block_on(async {
        let app = open(config).await?;
        listen(app, |_| {}).await
    })
}

/// One worker per core: signing is done on them, and more would only take
/// turns.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    process::keep_memory_private();
    process::allow_many_connections();
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|cause| Failure::Failed(format!("cannot start: {cause}")))
}

/// Opens and migrates the store and puts the server's parts together.
pub(super) async fn open(config: Config) -> Result<App, Failure> {
    let store = Store::open(config.database.url.reveal(), config.database.max_connections).await?;
    if config.database.migrate_on_start {
        store.migrate(Origin::server(), Clock::System.now()).await?;
    }
    require_schema(&store).await?;
    Ok(App::new(config, store, Clock::System, Random::System).await?)
}

/// Listens, announces where, and serves until it is told to stop.
pub(super) async fn listen(app: App, announce: impl FnOnce(&App)) -> Result<(), Failure> {
    let settings = &app.config.server;
    let tls = settings.tls()?.map(server::tls_acceptor);
    let listener = bind(settings.listen).await?;
    let metrics = match app.config.metrics.listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let stop = stop_signal()?;
    let draining = app.draining.clone();
    let limits = Limits { drain_delay: settings.drain_delay, ..Limits::default() };
    let mut periodic = housekeeping::start(&app);
    let mut beside = JoinSet::new();
    if let Some(listener) = metrics {
        let routes = router::metrics(app.clone());
        beside.spawn(server::serve(listener, None, routes, Limits::default(), std::future::pending()));
    }
    let (store, failures, refusals) = (app.store.clone(), app.failures.clone(), app.refusals.clone());
    tracing::info!(issuer = app.config.issuer.as_str(), listen = %settings.listen, "listening");
    announce(&app);
    let stopped = async move {
        stop.await;
        draining.send_replace(true);
        tracing::info!("stopping: answering what was accepted");
    };
    server::serve(listener, tls, router::router(app), limits, stopped).await;
    // It would complain of the store that is closed.
    periodic.shutdown().await;
    let last_words = async {
        if let Err(cause) = failures.flush().await {
            tracing::warn!(%cause, "the last refusals of clients could not be written down");
        }
        refusals.flush().await;
        store.close().await;
    };
    if timeout(FAREWELL, last_words).await.is_err() {
        tracing::warn!("the store does not answer, left without a farewell");
    }
    Ok(())
}

/// Takes an address to listen on.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    server::listen(address).map_err(|cause| Failure::Failed(format!("cannot listen on {address}: {cause}")))
}

/// Resolves at SIGTERM or SIGINT.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let deaf = |cause| Failure::Failed(format!("cannot listen to signals: {cause}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
