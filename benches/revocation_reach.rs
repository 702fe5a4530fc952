//! How soon a revocation on one server is seen through another: by
//! introspection, `/oauth2/verify`, the feed and the sidecar. Two servers with
//! pools of their own on one private Postgres.
//!
//! `cargo bench --bench revocation_reach [-- COUNT]`

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops here; not all of what tests stand on is used"
)]

#[macro_use]
#[path = "../tests/integration/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use porteiro::clock::Clock;
use porteiro::config::Issuer;
use porteiro::oauth::Scope;
use porteiro::random::Random;
use porteiro::secret::Secret;
use porteiro::server::Limits;
use porteiro::sidecar::{Settings, Sidecar, WhenSilent};
use porteiro::store::Store;
use support::{Call, Credentials, Database, Engine, Events, Fixture as _, Listening, TestServer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const AUDIENCE: &str = "https://orders.example";

/// Between two questions about the same token.
const EVERY: Duration = Duration::from_millis(2);

/// A way to learn of a revocation by asking.
#[derive(Clone, Copy)]
enum Way {
    Introspection,
    Verify,
    Sidecar,
}

type Heard = Arc<Mutex<HashMap<String, Instant>>>;

#[derive(Clone)]
struct Servers {
    here: Arc<TestServer>,
    there: Arc<TestServer>,
    sidecar: Sidecar,
    shop: Credentials,
    api: Credentials,
    heard: Heard,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts this as well, and is not to wait for it.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000);
    tokio::runtime::Runtime::new().unwrap().block_on(measure(count));
}

async fn measure(count: usize) {
    let database = Database::on(Engine::Postgres).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let (here, there) = (server(&database, &issuer).await, server(&database, &issuer).await);
    let _working = [porteiro::housekeeping::start(&here.app), porteiro::housekeeping::start(&there.app)];
    let _listening = Listening::on(listener, there.router(), Limits::default());
    let shop = here.machine("shop", |client| client.audience = vec![AUDIENCE.into()]).await;
    let api = here
        .machine("orders-api", |client| {
            client.scope = Scope::parse("revocations.read").unwrap();
            client.resource = vec![AUDIENCE.into()];
        })
        .await;
    let sidecar = Sidecar::new(settings(&issuer, &api), Clock::System).unwrap();
    let _following = sidecar.start();
    while !sidecar.is_current() {
        tokio::time::sleep(EVERY).await;
    }
    let heard = Heard::default();
    let feed = Events::open(there.router(), "/oauth2/revocations", &there.token(&api).await, None).await;
    tokio::spawn(listen(feed, Arc::clone(&heard)));
    let servers = Servers { here: Arc::new(here), there: Arc::new(there), sidecar, shop, api, heard };

    let (seen, mut results) = mpsc::unbounded_channel();
    // About one every 60 ms, at no fixed point of the servers' own rhythm.
    for number in 0..count {
        let (servers, seen) = (servers.clone(), seen.clone());
        tokio::spawn(async move { seen.send(servers.one().await).unwrap() });
        tokio::time::sleep(Duration::from_millis(20 + (number as u64 * 37) % 80)).await;
    }
    drop(seen);
    let mut ways: [(&str, Vec<Duration>); 4] =
        ["introspection", "verify", "sidecar", "feed"].map(|way| (way, Vec::new()));
    while let Some(delays) = results.recv().await {
        ways.iter_mut().zip(delays).for_each(|((_, all), delay)| all.push(delay));
    }
    println!("{count} revocations, milliseconds from the request on one server to its effect on another");
    for (way, mut all) in ways {
        all.sort();
        let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("{way:14} p50 {:6.1}  p99 {:6.1}  max {:6.1}", at(0.5), at(0.99), at(1.0));
    }
}

async fn server(database: &Database, issuer: &str) -> TestServer {
    let store = Store::open(&database.url, 8).await.unwrap();
    TestServer::over(store, Clock::System, Random::System, &[("ISSUER", issuer)]).await
}

fn settings(issuer: &str, api: &Credentials) -> Settings {
    Settings {
        issuer: Issuer::parse(issuer).unwrap(),
        audience: vec![AUDIENCE.into()],
        scope: Vec::new(),
        client_id: api.client_id.clone(),
        client_secret: Secret::new(api.client_secret.as_str()),
        when_silent: WhenSilent::FailClosed,
        authorities: None,
    }
}

/// Notes when each token's revocation comes.
async fn listen(mut feed: Events, heard: Heard) {
    while let Some(event) = feed.next().await {
        let now = Instant::now();
        if let Some(jti) = event.data["subject"].as_str() {
            heard.lock().unwrap().insert(jti.to_owned(), now);
        }
    }
}

impl Servers {
    /// Takes one token back and says how long each way took to know.
    async fn one(&self) -> [Duration; 4] {
        let token = self.here.token(&self.shop).await;
        // Known to the caches that a token in use is in.
        for way in [Way::Introspection, Way::Verify, Way::Sidecar] {
            assert!(!self.refuses(way, &token).await);
        }
        let began = Instant::now();
        let form = [("token", token.as_str())];
        assert_eq!(self.here.post("/oauth2/revoke").basic(&self.shop).form(&form).await.status, 200);
        let (introspection, verify, sidecar, feed) = tokio::join!(
            self.refused_at(Way::Introspection, &token),
            self.refused_at(Way::Verify, &token),
            self.refused_at(Way::Sidecar, &token),
            self.told_at(&token),
        );
        [introspection, verify, sidecar, feed].map(|at| at.duration_since(began))
    }

    async fn refused_at(&self, way: Way, token: &str) -> Instant {
        while !self.refuses(way, token).await {
            tokio::time::sleep(EVERY).await;
        }
        Instant::now()
    }

    async fn refuses(&self, way: Way, token: &str) -> bool {
        let get = |router, path| Call::new(router, axum::http::Method::GET, path).bearer(token);
        match way {
            Way::Introspection => {
                let call = self.there.post("/oauth2/introspect").basic(&self.api);
                call.form(&[("token", token)]).await.json()["active"] == false
            }
            Way::Verify => get(self.there.router(), "/oauth2/verify").send().await.status == 401,
            Way::Sidecar => get(self.sidecar.router(), "/verify").send().await.status == 401,
        }
    }

    async fn told_at(&self, token: &str) -> Instant {
        let keys = self.here.app.keys.current();
        let jti =
            keys.verify_jwt(token, self.here.app.now()).unwrap().claims["jti"].as_str().unwrap().to_owned();
        loop {
            if let Some(at) = self.heard.lock().unwrap().get(&jti) {
                return *at;
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}
