//! The accept loop. `axum::serve` sets no time-outs, so this one does: on
//! headers, bodies, handshakes and writes; and it drains when it is told to.

mod framing;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
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
    /// How long connections are still accepted after the signal to stop.
    pub drain_delay: Duration,
    /// How long connections that stay open may be used after that: what their
    /// clients have sent is answered, and each answer ends its connection.
    pub linger: Duration,
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
            drain_delay: Duration::ZERO,
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(25),
            connections: 16_384,
        }
    }
}

/// Header lines of a request.
const HEADER_LINES: usize = 100;

/// Connections that the kernel keeps for us until they are accepted. Those that
/// find no place try again a second later.
const BACKLOG: u32 = 4096;

/// How long to wait after an accept that failed, mostly for file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Takes an address, ready for many clients that come at once.
///
/// # Errors
/// When the address is not to be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What every connection is served with.
#[derive(Clone)]
struct Serving {
    router: Router,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    /// Set by the signal to stop.
    closing: Arc<AtomicBool>,
}

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
    let serving = Serving { router, tls, limits, closing: Arc::default() };
    serving.accept_until(stop, &listener, &permits, &graceful).await;

    serving.closing.store(true, Ordering::Relaxed);
    let stopping = Instant::now();
    let delay = tokio::time::sleep(limits.drain_delay);
    serving.accept_until(delay, &listener, &permits, &graceful).await;
    for accepted in waiting(listener, &permits) {
        serving.begin(accepted, &graceful);
    }
    let every_connection = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(limits.linger, permits.acquire_many(every_connection)).await;
    let left = limits.drain.saturating_sub(stopping.elapsed());
    if timeout(left, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

impl Serving {
    async fn accept_until(
        &self,
        end: impl Future<Output = ()>,
        listener: &TcpListener,
        permits: &Arc<Semaphore>,
        graceful: &GracefulShutdown,
    ) {
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => return,
                accepted = accept(listener, permits) => accepted,
            };
            match accepted {
                Ok(accepted) => self.begin(accepted, graceful),
                Err(cause) => {
                    tracing::warn!(%cause, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn begin(&self, (stream, peer, permit): Accepted, graceful: &GracefulShutdown) {
        let (serving, watcher) = (self.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Err(cause) = serving.connection(stream, peer, watcher).await {
                tracing::debug!(%cause, "connection ended early");
            }
            drop(permit);
        });
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) -> Ended {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write));
        let stream = Box::pin(stream);
        let Some(tls) = self.tls.clone() else { return self.http(stream, peer, watcher, false).await };
        let mut stream = timeout(self.limits.headers, tls.accept(stream)).await??;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        if http2 {
            // HTTP/1 has a timer for the header. Here nothing else limits the
            // wait for the preface; later the peer answers our pings in time.
            stream.get_mut().0.as_mut().set_read_timeout_pinned(Some(self.limits.headers));
        }
        self.http(stream, peer, watcher, http2).await
    }

    /// HTTP/1 unless TLS agreed on HTTP/2: guessing from the first bytes would
    /// wait for them without a time-out.
    async fn http<S>(self, stream: S, peer: SocketAddr, watcher: Watcher, http2: bool) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let refusal = Arc::new(OnceLock::new());
        let stream =
            if http2 { Followed::blind(stream) } else { Followed::new(stream, Arc::clone(&refusal)) };
        let builder = builder(self.limits);
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let (router, refusal) = (self.router.clone(), refusal.get().copied());
            let closing = Arc::clone(&self.closing);
            async move {
                let mut response = match refusal {
                    Some(refusal) => refusal.into_response(),
                    None => router.oneshot(request).await?,
                };
                // HTTP/2 says it with a frame of its own.
                if !http2 && closing.load(Ordering::Relaxed) {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let builder = if http2 { builder.http2_only() } else { builder.http1_only() };
        watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await
    }
}

/// TLS that offers HTTP/2 (RFC 7301).
pub fn tls_acceptor(mut config: ServerConfig) -> TlsAcceptor {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// How a connection ended.
type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<Accepted> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, peer, permit))
}

/// What the kernel has accepted for us, and would reset with the listener.
fn waiting(listener: TcpListener, permits: &Arc<Semaphore>) -> Vec<Accepted> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let next = || {
        let permit = Arc::clone(permits).try_acquire_owned().ok()?;
        let (stream, peer) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        stream.set_nodelay(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer, permit))
    };
    std::iter::from_fn(next).collect()
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
        .keep_alive_interval(limits.headers / 3)
        .keep_alive_timeout(limits.headers / 3);
    builder
}
