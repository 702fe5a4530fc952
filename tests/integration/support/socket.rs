//! A server behind a real socket, for what only a socket can show.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use porteiro::server::{self, Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than any answer may take, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that listens on a free loopback port.
pub struct Listening {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Listening {
    pub async fn start(router: Router, limits: Limits) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), router, limits)
    }

    /// As [`Listening::start`], where the port had to be known before.
    pub fn on(listener: TcpListener, router: Router, limits: Limits) -> Self {
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let done = tokio::spawn(server::serve(listener, None, router, limits, stopped));
        Self { address, stop, done }
    }

    /// Asks the server to stop; what is returned is done when it has.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.done
    }

    pub async fn connect(&self) -> Wire {
        Wire { stream: TcpStream::connect(self.address).await.unwrap() }
    }

    /// Sends bytes on a connection of their own and reads until it is closed.
    pub async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut wire = self.connect().await;
        wire.send(request).await;
        wire.read_to_end().await
    }
}

/// One connection, byte by byte.
pub struct Wire {
    stream: TcpStream,
}

impl Wire {
    /// Sends what the server still takes: it may have closed already.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Whether the server, or the kernel for it, still takes these bytes.
    pub async fn is_taken(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let sending = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes.as_ref()));
        sending.await.expect("the server neither reads nor closes the connection").is_ok()
    }

    /// Everything until the server closes the connection.
    pub async fn read_to_end(&mut self) -> String {
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut answer)).await;
        // A reset closes the connection as well.
        let _ = read.expect("the server does not close the connection");
        String::from_utf8(answer).unwrap()
    }

    /// Everything up to a text that is sure to come.
    pub async fn read_until(&mut self, end: &str) -> String {
        let mut answer = Vec::new();
        let reading = async {
            while !answer.ends_with(end.as_bytes()) {
                answer.push(self.stream.read_u8().await.expect("the server closed the connection"));
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the server does not answer");
        String::from_utf8(answer).unwrap()
    }

    /// One answer whose body is as long as it says.
    pub async fn read_answer(&mut self) -> String {
        let mut answer = Vec::new();
        let reading = async {
            while !is_complete(&answer) {
                let byte = self.stream.read_u8().await.expect("the server closed the connection");
                answer.push(byte);
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the server does not answer");
        String::from_utf8(answer).unwrap()
    }
}

fn is_complete(answer: &[u8]) -> bool {
    let Some((head, body)) = std::str::from_utf8(answer).ok().and_then(|text| text.split_once("\r\n\r\n"))
    else {
        return false;
    };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() == length.unwrap_or(0)
}
