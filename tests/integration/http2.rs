//! HTTP/2 frame by frame (RFC 9113): floods are bounded, silence has an end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use porteiro::server::{self, Limits};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Engine, Fixture as _, TestServer};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Types and flags of frames (RFC 9113 §6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Longer than any of the server's time-outs here.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than a server may take of a flood before it ends the connection.
const FLOOD: usize = 64 << 20;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block without a table (RFC 7541 §6.2.2): method by its static
/// index, then `:scheme`, `:path` and `:authority`.
fn head(method: u8, path: &str) -> Vec<u8> {
    let literal =
        |index: u8, text: &str| [&[index, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![method, 0x87], literal(4, path), literal(1, "localhost")].concat()
}

fn get(path: &str) -> Vec<u8> {
    head(0x82, path)
}

/// A server behind TLS, and how to speak HTTP/2 with it.
struct Listening {
    _server: TestServer,
    listener: std::net::SocketAddr,
    connector: TlsConnector,
}

impl Listening {
    async fn with(limits: Limits) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec![String::from("localhost")]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = vec![b"h2".to_vec()];
        let server = TestServer::on(Engine::Sqlite).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Some(server::tls_acceptor(config));
        tokio::spawn(server::serve(listener, tls, server.router(), limits, std::future::pending()));
        Self { _server: server, listener: address, connector: TlsConnector::from(Arc::new(client)) }
    }

    async fn connect(&self) -> Wire {
        let stream = TcpStream::connect(self.listener).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        Wire(self.connector.connect(name, stream).await.unwrap())
    }

    /// A connection that has said how it speaks.
    async fn begin(&self) -> Wire {
        let mut wire = self.connect().await;
        wire.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await;
        wire
    }

    /// Whether others are served.
    async fn serves(&self) -> bool {
        let mut wire = self.begin().await;
        wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/livez"))).await;
        let answered = async {
            loop {
                let (kind, _, stream, payload) = wire.frame().await.expect("an answer");
                if (kind, stream) == (HEADERS, 1) {
                    // 0x88 is `:status: 200` (RFC 7541 App. A).
                    return payload.first() == Some(&0x88);
                }
            }
        };
        timeout(PATIENCE, answered).await.expect("nobody is served")
    }
}

struct Wire(TlsStream<TcpStream>);

impl Wire {
    /// Whether the server still takes it.
    async fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = async { self.0.write_all(bytes).await.is_ok() && self.0.flush().await.is_ok() };
        timeout(PATIENCE, sent).await.unwrap_or(false)
    }

    /// The next frame; `None` when the connection has ended.
    async fn frame(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((head[3], head[4], stream, payload))
    }

    /// Sends the same again and again until the server ends the connection,
    /// and says after how many bytes.
    async fn flood(self, mut next: impl FnMut(usize) -> Vec<u8>) -> usize {
        let (mut reader, mut writer) = tokio::io::split(self.0);
        // Whoever does not read is stopped by the write time-out instead.
        let reading = tokio::spawn(async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await });
        let mut sent = 0;
        for number in 0.. {
            let bytes = next(number);
            if sent >= FLOOD || reading.is_finished() || writer.write_all(&bytes).await.is_err() {
                break;
            }
            sent += bytes.len();
        }
        sent
    }
}

/// SECURITY-CASES 246: HTTP/2 is spoken, or the connection is closed.
#[tokio::test]
async fn a_connection_on_which_http2_does_not_begin_is_closed() {
    let soon = Duration::from_millis(500);
    let listening = Listening::with(Limits { headers: soon, ..Limits::default() }).await;
    assert!(listening.serves().await);
    for beginning in [&b""[..], &PREFACE[..10], PREFACE] {
        let mut wire = listening.connect().await;
        wire.send(beginning).await;
        let started = Instant::now();
        let ended = timeout(PATIENCE, async { while wire.frame().await.is_some() {} }).await;
        assert!(ended.is_ok(), "it stays open after {beginning:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}

/// SECURITY-CASES 247: CVE-2023-44487.
#[tokio::test]
async fn requests_that_are_given_up_at_once_end_the_connection() {
    let listening = Listening::with(Limits::default()).await;
    let wire = listening.begin().await;
    let sent = wire
        .flood(|number| {
            let stream = u32::try_from(number * 2 + 1).unwrap();
            let asked = frame(HEADERS, END_HEADERS | END_STREAM, stream, &get("/.well-known/jwks.json"));
            [asked, frame(RST_STREAM, 0, stream, &8u32.to_be_bytes())].concat()
        })
        .await;
    assert!(sent < FLOOD, "the server takes resets without end");
    assert!(listening.serves().await);
}

/// SECURITY-CASES 247: RUSTSEC-2024-0332.
#[tokio::test]
async fn a_header_without_end_closes_the_connection() {
    let listening = Listening::with(Limits::default()).await;
    let mut wire = listening.begin().await;
    wire.send(&frame(HEADERS, 0, 1, &get("/livez"))).await;
    // A header field without a name in the table, 16 KiB of them in a frame.
    let field = [&[0x00, 0x01, b'x', 0x40][..], &[b'y'; 64]].concat();
    let fields = field.repeat(16_384 / field.len());
    let sent = wire.flood(|_| frame(CONTINUATION, 0, 1, &fields)).await;
    assert!(sent < FLOOD, "the server takes a header without end");
    assert!(listening.serves().await);
}

/// SECURITY-CASES 247: RUSTSEC-2026-0258.
#[tokio::test]
async fn empty_data_without_end_closes_the_connection() {
    let listening = Listening::with(Limits::default()).await;
    let mut wire = listening.begin().await;
    wire.send(&frame(HEADERS, END_HEADERS, 1, &head(0x83, "/oauth2/token"))).await;
    let sent = wire.flood(|_| frame(DATA, 0, 1, &[]).repeat(1_000)).await;
    assert!(sent < FLOOD, "the server takes nothing without end");
    assert!(listening.serves().await);
}

/// RFC 9113 §5.4.1.
#[tokio::test]
async fn a_peer_is_told_why_its_connection_ends() {
    let listening = Listening::with(Limits::default()).await;
    let mut wire = listening.begin().await;
    // Frames on a stream that was never opened (RFC 9113 §5.1).
    wire.send(&frame(DATA, 0, 7, b"x")).await;
    let told = async {
        while let Some((kind, ..)) = wire.frame().await {
            if kind == GOAWAY {
                return true;
            }
        }
        false
    };
    assert!(timeout(PATIENCE, told).await.expect("the connection stays open"));
    assert!(listening.serves().await);
}
