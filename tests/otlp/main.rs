//! The program sends traces by OTLP to whoever listens. Built with `--features
//! otlp`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops here")]

mod collector;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use collector::Collector;

/// W3C Trace Context §3.2: the trace that the caller is in.
const TRACE_ID: [u8; 16] = *b"\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Server {
    process: Child,
    port: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn porteiro(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porteiro"));
    command.env_clear().current_dir(folder).env("PORTEIRO_DATABASE__URL", "sqlite:porteiro.db");
    command
}

fn serve(folder: &Path, collector: u16) -> Server {
    let port = free_port();
    let process = porteiro(folder)
        .arg("serve")
        .env("PORTEIRO_ISSUER", format!("http://127.0.0.1:{port}"))
        .env("PORTEIRO_SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{collector}"))
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { process, port };
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "the server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

impl Server {
    fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) -> Duration {
        let asked = Instant::now();
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success());
        asked.elapsed()
    }
}

/// A client that may have tokens, with its secret.
fn client(folder: &Path) -> String {
    let made = porteiro(folder)
        .args(["client", "create", "reports", "--json", "--issuer", "http://localhost"])
        .output()
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    made["client_secret"].as_str().unwrap().to_owned()
}

/// One span for the request, in the trace of whoever asked, with the words of
/// OpenTelemetry's conventions and the parts that take time. No secret is in
/// anything that is sent (SECURITY-CASES 259).
#[test]
fn a_token_request_is_a_span_of_its_callers_trace_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let secret = client(folder.path());
    let collector = Collector::start();
    let server = serve(folder.path(), collector.port());
    let form = format!("grant_type=client_credentials&client_id=reports&client_secret={secret}");
    let answer = server.post("/oauth2/token", &format!("traceparent: {TRACEPARENT}\r\n"), &form);
    let (_, token) = answer.split_once("\"access_token\":\"").expect(&answer);
    let token = token.split_once('"').unwrap().0;
    server.post("/oauth2/revoke?state=do-not-tell", "", &format!("{form}&token={token}"));
    server.stop();

    for words in ["POST /oauth2/token", "http.request.method", "http.route", "service.name"] {
        assert!(collector.received(words.as_bytes()), "{words}");
    }
    // The name of a span, with the tag and the length before it.
    for part in ["\x2a\x04sign", "\x2a\x06record"] {
        assert!(collector.received(part.as_bytes()), "{part:?}");
    }
    assert!(collector.received(&TRACE_ID), "the caller's trace");
    for secret in [&secret, token, token.rsplit('.').next().unwrap(), "do-not-tell"] {
        assert!(!collector.received(secret.as_bytes()), "{secret}");
    }
}

#[test]
fn a_collector_that_is_away_costs_neither_an_answer_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let secret = client(folder.path());
    let server = serve(folder.path(), free_port());
    let form = format!("grant_type=client_credentials&client_id=reports&client_secret={secret}");
    for _ in 0..5 {
        let asked = Instant::now();
        assert!(server.post("/oauth2/token", "", &form).starts_with("HTTP/1.1 200"));
        assert!(asked.elapsed() < Duration::from_secs(2));
    }
    assert!(server.stop() < Duration::from_secs(15));
}
