//! Checks beside an API, at ten million living tokens. Of those the sidecar
//! knows only what was taken back; how many that are is what counts.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use porteiro::clock::Clock;
use porteiro::config::Issuer;
use porteiro::oauth::params::Params;
use porteiro::oauth::{Algorithm, Scope};
use porteiro::random::Random;
use porteiro::secret::Secret;
use porteiro::server::Limits;
use porteiro::sidecar::{Settings, Sidecar, WhenSilent};
use porteiro::store::Store;
use serde_json::json;
use tokio::net::TcpListener;

use crate::durable::Durable;
use crate::support::{Call, Credentials, Listening, TestServer};

const AUDIENCE: &str = "https://orders.example";

/// Tokens that are asked about.
const TOKENS: usize = 20_000;

pub async fn measure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let durable = Durable::new(&[("ISSUER", &issuer)]).await;
    let app = durable.app();
    let _tasks = porteiro::housekeeping::start(app);
    let _listening = Listening::on(listener, durable.server.router(), Limits::default());
    let api = durable
        .server
        .machine("orders-api", |client| {
            client.scope = Scope::parse("revocations.read").unwrap();
            client.resource = vec![AUDIENCE.into()];
        })
        .await;
    let mut taken_back = 0;
    for of_ten_million in [0i64, 10_000, 100_000, 1_000_000] {
        grow(&durable, taken_back, of_ten_million).await;
        taken_back = of_ten_million;
        app.revocations.refresh().await.unwrap();
        let resident = process(&issuer, &api).await;
        println!("{taken_back:>8} of 10000000 taken back: the sidecar's process has {resident} MiB");
    }
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        checks(&issuer, &durable, &api, algorithm).await;
    }
}

/// Writes what was taken back straight into the log.
async fn grow(durable: &Durable, from: i64, to: i64) {
    let now = durable.app().now();
    durable
        .execute(format!(
            "INSERT INTO revocation (seq, kind, subject, issued_before, revoked_at, expires_at, actor, reason)
             SELECT n, 'token', gen_random_uuid()::text, {0}, {0}, {1}, 'bench', 'measured'
             FROM generate_series({2}, {3}) n;
             UPDATE counter SET value = {3} WHERE name = 'revocation'",
            now.0,
            now.0 + 86_400_000,
            from + 1,
            to.max(from)
        ))
        .await;
}

/// The resident memory of `porteiro verify` once it knows everything.
async fn process(issuer: &str, api: &Credentials) -> i64 {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, &api.client_secret).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_porteiro"))
        .args(["verify", "--issuer", issuer, "--listen", &free.to_string(), "--audience", AUDIENCE])
        .args(["--client-id", &api.client_id, "--client-secret-file", secret.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ready = async || {
        let answer = readiness(free).await;
        answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    };
    while !ready().await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: i64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    kib / 1024
}

/// What `/readyz` answers.
async fn readiness(address: std::net::SocketAddr) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}

/// Checks one after the other on one core, each token for the first time, and
/// once more; beside the signature alone.
async fn checks(issuer: &str, durable: &Durable, api: &Credentials, algorithm: Algorithm) {
    let settings = Settings {
        issuer: Issuer::parse(issuer).unwrap(),
        audience: vec![AUDIENCE.into()],
        scope: Vec::new(),
        client_id: api.client_id.clone(),
        client_secret: Secret::new(api.client_secret.as_str()),
        when_silent: WhenSilent::FailClosed,
        authorities: None,
    };
    let sidecar = Sidecar::new(settings, Clock::System).unwrap();
    let _following = sidecar.start();
    while !sidecar.is_current() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let app = durable.app();
    let keys = app.keys.current();
    let tokens: Vec<String> = (0..TOKENS)
        .map(|_| {
            let now = app.now();
            let claims = json!({
                "iss": issuer, "aud": AUDIENCE, "sub": "bob", "client_id": "shop", "scope": "orders.read",
                "iat": now.seconds(), "exp": now.seconds() + 900, "jti": app.random.uuid_v7(now).unwrap(),
            });
            keys.sign_jwt(algorithm, "at+jwt", &claims, now).unwrap()
        })
        .collect();
    let nothing = Params::parse(b"");
    let mut rates = Vec::new();
    for _ in 0..2 {
        let began = Instant::now();
        for token in &tokens {
            assert!(sidecar.verify(Some(token), &nothing).await.unwrap().is_ok());
        }
        rates.push(TOKENS as f64 / began.elapsed().as_secs_f64());
    }
    let began = Instant::now();
    for token in &tokens {
        assert!(keys.verify_jwt(token, app.now()).is_ok());
    }
    let alone = TOKENS as f64 / began.elapsed().as_secs_f64();
    println!(
        "{algorithm}: the signature alone {alone:.0}/s; the sidecar {:.0}/s at first sight, {:.0}/s again \
         (one core, 1000000 taken back)",
        rates[0], rates[1]
    );
}
