//! The accept loop. `axum::serve` sets no time-outs, so this one does: on
//! headers, bodies, handshakes and writes; and it drains when it is told to.

mod framing;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use self::framing::{Followed, HEAD_LIMIT};
use crate::endpoint::context::Peer;

/// What a connection may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long request headers may take; also how long a connection may idle.
    pub headers: Duration,
    /// How long one write may take: a reader that does not read.
    pub write: Duration,
    /// How long accepted requests may take after the signal to stop.
    pub drain: Duration,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(30),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(25),
            connections: 16_384,
        }
    }
}

/// Header lines of a request.
const HEADER_LINES: usize = 100;

/// How long to wait after an accept that failed, mostly for file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` resolves, then answers what was accepted and returns.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let (stream, peer, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::warn!(%cause, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            connection(stream, peer, tls, router, limits, watcher).await;
            drop(permit);
        });
    }
    drop(listener);
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

/// TLS that offers HTTP/2 (RFC 7301).
pub fn tls_acceptor(mut config: ServerConfig) -> TlsAcceptor {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<Accepted> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer, permit))
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    watcher: Watcher,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    let stream = Box::pin(stream);
    let ended = match tls {
        None => http(stream, peer, router, limits, watcher, false).await,
        Some(tls) => match timeout(limits.headers, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                http(stream, peer, router, limits, watcher, http2).await
            }
            Ok(Err(cause)) => Err(cause.into()),
            Err(elapsed) => Err(elapsed.into()),
        },
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, "connection ended early");
    }
}

/// HTTP/1 unless TLS agreed on HTTP/2: guessing from the first bytes would
/// wait for them without a time-out.
async fn http<S>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    watcher: Watcher,
    http2: bool,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let refusal = Arc::new(OnceLock::new());
    let stream = if http2 { Followed::blind(stream) } else { Followed::new(stream, Arc::clone(&refusal)) };
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let (router, refusal) = (router.clone(), refusal.get().copied());
        async move {
            match refusal {
                Some(refusal) => Ok(refusal.into_response()),
                None => router.oneshot(request).await,
            }
        }
    });
    let builder = builder(limits);
    let builder = if http2 { builder.http2_only() } else { builder.http1_only() };
    watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await
}

fn builder(limits: Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_headers(HEADER_LINES)
        .max_buf_size(HEAD_LIMIT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_LIMIT as u32)
        .max_concurrent_streams(100)
        .keep_alive_interval(limits.headers)
        .keep_alive_timeout(limits.headers);
    builder
}
