//! What only a real socket shows: limits, time-outs, framing and the end.

use std::time::{Duration, Instant};

use porteiro::server::Limits;

use crate::support::{Engine, Fixture as _, Listening, TestServer};

/// Time-outs that a test can wait for.
fn impatient() -> Limits {
    let soon = Duration::from_millis(300);
    Limits { headers: soon, write: soon, drain: Duration::from_secs(5), ..Limits::default() }
}

async fn listening(limits: Limits) -> (TestServer, Listening) {
    let server = TestServer::on(Engine::Sqlite).await;
    let listening = Listening::start(server.router(), limits).await;
    (server, listening)
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

/// Asks for a token with wrong credentials; the body can follow the head.
fn token_request(fields: &str) -> String {
    format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{fields}\r\n"
    )
}

/// SECURITY-CASES 246: the header's time-out is on, whatever `axum::serve` does.
#[tokio::test]
async fn a_header_that_is_not_complete_in_time_closes_the_connection() {
    let (_server, listening) = listening(impatient()).await;
    let mut wire = listening.connect().await;
    let started = Instant::now();
    wire.send("GET /livez HTTP/1.1\r\nHost: loc").await;
    let answer = wire.read_to_end().await;
    assert!(!answer.contains("200"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// SECURITY-CASES 246: a byte now and then does not keep it open.
#[tokio::test]
async fn a_header_that_trickles_in_closes_the_connection() {
    let (_server, listening) = listening(impatient()).await;
    let mut wire = listening.connect().await;
    wire.send("GET /livez HTTP/1.1\r\nX: ").await;
    for _ in 0..20 {
        wire.send("a").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    wire.send("\r\n\r\n").await;
    let answer = wire.read_to_end().await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

/// SECURITY-CASES 246: nor does a connection on which nothing comes.
#[tokio::test]
async fn an_idle_connection_is_closed() {
    let (_server, listening) = listening(impatient()).await;
    let mut wire = listening.connect().await;
    wire.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let started = Instant::now();
    assert_eq!(status(&wire.read_to_end().await), "200");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// SECURITY-CASES 246: nor one that asks and asks and reads no answer.
#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let (_server, listening) = listening(impatient()).await;
    let mut wire = listening.connect().await;
    let requests = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500);
    let begun = Instant::now();
    while wire.is_taken(&requests).await {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is answered for ever");
    }
}

/// SECURITY-CASES 188: RFC 6585 §5.
#[tokio::test]
async fn headers_over_64_kib_are_refused() {
    let (_server, listening) = listening(Limits::default()).await;
    let long = "a".repeat(70 * 1024);
    let answer =
        listening.exchange(format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n")).await;
    assert_eq!(status(&answer), "431");
    let fitting = "a".repeat(40 * 1024);
    let request =
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: {fitting}\r\n\r\n");
    assert_eq!(status(&listening.exchange(request).await), "200");
}

/// CONTRACT §3: RFC 6585 §5.
#[tokio::test]
async fn more_than_100_header_lines_are_refused() {
    let (_server, listening) = listening(Limits::default()).await;
    let request = |lines| {
        let lines = "X: y\r\n".repeat(lines);
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n")
    };
    assert_eq!(status(&listening.exchange(request(98)).await), "200");
    assert_eq!(status(&listening.exchange(request(99)).await), "431");
}

/// SECURITY-CASES 93: JSON, whether the length is announced or not.
#[tokio::test]
async fn a_body_over_64_kib_is_refused() {
    let (_server, listening) = listening(Limits::default()).await;
    let body = "a".repeat(64 * 1024 + 1);
    let announced = token_request(&format!("Connection: close\r\nContent-Length: {}\r\n", body.len()));
    let chunked = token_request("Connection: close\r\nTransfer-Encoding: chunked\r\n");
    for request in [format!("{announced}{body}"), format!("{chunked}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())]
    {
        let answer = listening.exchange(request).await;
        assert_eq!(status(&answer), "413", "{answer}");
        assert!(answer.contains("\"invalid_request\""), "{answer}");
    }
}

/// SECURITY-CASES 95: RFC 9112 §6.3.
#[tokio::test]
async fn two_lengths_in_one_request_are_refused_and_the_connection_closed() {
    let (_server, listening) = listening(Limits::default()).await;
    let table = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
    ];
    for lengths in table {
        let smuggled = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let answer = listening.exchange(format!("{}0\r\n\r\n{smuggled}", token_request(lengths))).await;
        assert_eq!(status(&answer), "400", "{lengths:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{lengths:?}: {answer}");
    }
}

/// SECURITY-CASES 78: RFC 9110 §15.5.6.
#[tokio::test]
async fn a_wrong_method_is_refused_with_the_right_one() {
    let (_server, listening) = listening(Limits::default()).await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE"] {
        let request = format!(
            "{method} /oauth2/token?grant_type=client_credentials HTTP/1.1\r\nHost: localhost\r\n\
                     Connection: close\r\nX-HTTP-Method-Override: POST\r\n\r\n"
        );
        let answer = listening.exchange(request).await.to_lowercase();
        assert_eq!(status(&answer), "405", "{method}: {answer}");
        assert!(answer.contains("\r\nallow: post"), "{method}: {answer}");
    }
}

/// SECURITY-CASES X-10: what was accepted is answered, nothing new is.
#[tokio::test]
async fn a_request_that_was_accepted_is_answered_while_stopping() {
    let (_server, listening) = listening(Limits::default()).await;
    let address = listening.address;
    let mut wire = listening.connect().await;
    wire.send(token_request("Content-Length: 29\r\n")).await;
    let mut idle = listening.connect().await;
    idle.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(status(&idle.read_answer().await), "200");

    let done = listening.stop();
    assert_eq!(idle.read_to_end().await, "", "an idle connection is closed at once");
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    wire.send("grant_type=client_credentials").await;
    assert_eq!(status(&wire.read_to_end().await), "401");
    tokio::time::timeout(Duration::from_secs(5), done).await.expect("it does not end").unwrap();
}

/// A request that never ends does not hold the server up for ever.
#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off() {
    let limits = Limits { drain: Duration::from_millis(200), ..Limits::default() };
    let (_server, listening) = listening(limits).await;
    let mut wire = listening.connect().await;
    wire.send(token_request("Content-Length: 29\r\n")).await;
    let done = listening.stop();
    tokio::time::timeout(Duration::from_secs(5), done).await.expect("it does not end").unwrap();
}
