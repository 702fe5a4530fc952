//! `porteiro health`: asks the server on this machine whether it is ready. For
//! containers, whose image holds no other program that could ask.

mod pinned;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::{Failure, Global, Output, load_config};
use crate::config::Mode;

/// Less than what an orchestrator usually waits, more than a frozen store
/// takes to be told as one.
const PATIENCE: Duration = Duration::from_millis(4500);

/// Where the status code of an answer stands: after `HTTP/1.1 `.
const STATUS: std::ops::Range<usize> = 9..12;

/// Succeeds when `/readyz` answers 200.
///
/// # Errors
/// Exit code 1 when the server does not answer or is not ready.
pub fn run(global: &Global, output: Output) -> Result<(), Failure> {
    let config = load_config(global, Mode::Admin)?.config;
    let address = reachable(config.server.listen);
    let path = format!("{}/readyz", config.issuer.path().trim_end_matches('/'));
    let status = ask(address, &path, config.server.tls_cert.as_deref())
        .map_err(|cause| Failure::Failed(format!("the server at {address} does not answer: {cause}")))?;
    if status != "200" {
        return Err(Failure::Failed(format!(
            "the server at {address} is not ready: {path} answers {status}"
        )));
    }
    output.note("ready");
    Ok(())
}

/// A server that listens everywhere is reached on the loopback address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr, path: &str, certificate: Option<&Path>) -> io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match certificate {
        None => get(stream, path),
        Some(certificate) => get(pinned::connect(stream, address.ip(), certificate)?, path),
    }
}

fn get(mut stream: impl Read + Write, path: &str) -> io::Result<String> {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut start = [0; STATUS.end];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start[STATUS]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        let table = [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("192.0.2.7:443", "192.0.2.7:443"),
        ];
        for (listen, asked) in table {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
