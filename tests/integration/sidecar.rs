//! `porteiro verify`: what it answers while it hears from the server, and when
//! it does not.

use std::process::Command;
use std::time::{Duration, Instant};

use porteiro::clock::{Clock, Timestamp};
use porteiro::config::Issuer;
use porteiro::oauth::{Algorithm, Scope};
use porteiro::random::Random;
use porteiro::secret::Secret;
use porteiro::server::Limits;
use porteiro::sidecar::{Settings, Sidecar, WhenSilent};
use porteiro::store::{Client, GrantFamily, NewRevocation, RevocationKind, Session, TokenRecord};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{Answer, Call, Credentials, Database, Engine, Fixture, Listening, TestServer};

const AUDIENCE: &str = "https://orders.example";
const PATIENCE: Duration = Duration::from_secs(20);

/// A server behind a socket, with a database of its own.
struct Reachable {
    server: TestServer,
    issuer: String,
    listening: Listening,
    api: Credentials,
    _tasks: JoinSet<()>,
    _database: Database,
}

impl Fixture for Reachable {
    async fn on(engine: Engine) -> Self {
        let database = Database::on(engine).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::fixed(Timestamp(1_800_000_000_000));
        let settings = [("ISSUER", issuer.as_str())];
        let server = TestServer::over(database.store.clone(), clock, Random::seeded(1), &settings).await;
        let api = server
            .machine("orders-api", |client| {
                client.scope = Scope::parse("revocations.read").unwrap();
                client.resource = vec![AUDIENCE.into()];
            })
            .await;
        let _tasks = porteiro::housekeeping::start(&server.app);
        let listening = Listening::on(listener, server.router(), Limits::default());
        Self { server, issuer, listening, api, _tasks, _database: database }
    }
}

/// A sidecar at work.
struct Beside {
    sidecar: Sidecar,
    _tasks: JoinSet<()>,
}

impl Reachable {
    fn sidecar(&self, api: &Credentials, when_silent: WhenSilent) -> Beside {
        let settings = Settings {
            issuer: Issuer::parse(&self.issuer).unwrap(),
            audience: vec![AUDIENCE.into()],
            scope: vec!["orders.read".into()],
            client_id: api.client_id.clone(),
            client_secret: Secret::new(api.client_secret.as_str()),
            when_silent,
            authorities: None,
        };
        let sidecar = Sidecar::new(settings, self.server.app.clock.clone()).unwrap();
        Beside { _tasks: sidecar.start(), sidecar }
    }

    async fn orders_client(&self, client_id: &str) -> Credentials {
        let change = |client: &mut Client| {
            client.scope = Scope::parse("orders.read orders.write").unwrap();
            client.audience = vec![AUDIENCE.into()];
        };
        self.server.machine(client_id, change).await
    }

    /// A person's token as this server would sign it, with other claims.
    fn sign(&self, other: &Value) -> String {
        let now = self.server.app.now();
        let mut claims = json!({
            "iss": self.issuer, "aud": AUDIENCE, "sub": "bob", "client_id": "shop", "scope": ["orders.read"],
            "exp": now.seconds() + 600, "jti": self.server.app.random.uuid_v7(now).unwrap(),
        });
        claims.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        self.server.app.keys.current().sign_jwt(Algorithm::RS256, "at+jwt", &claims, now).unwrap()
    }

    async fn begin_session_and_grant(&self, id: Uuid) {
        let now = self.server.app.now();
        let expires_at = now + Duration::from_secs(3_600);
        let session = Session {
            id,
            digest: vec![1; 32],
            sub: "bob".into(),
            auth_time: now,
            amr: Default::default(),
            acr: "1".into(),
            user_agent: None,
            address: None,
            created_at: now,
            last_seen_at: now,
            expires_at,
            revoked_at: None,
        };
        self.server.app.store.create_session(&session, "test").await.unwrap();
        let grant = GrantFamily {
            id,
            client_id: "shop".into(),
            sub: "bob".into(),
            session_id: None,
            scope: "orders.read".into(),
            audience: Default::default(),
            claims: None,
            auth_time: None,
            amr: None,
            acr: None,
            offline: true,
            salt: vec![1; 16],
            generation: 0,
            rotated_at: None,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        let record = TokenRecord {
            jti: id,
            exp: expires_at,
            status_index: 0,
            client_id: "shop".into(),
            sub: Some("bob".into()),
            grant_id: Some(id),
            session_id: None,
            scope: "orders.read".into(),
        };
        self.server.app.store.create_grant(&grant, &record, None).await.unwrap();
    }

    /// Takes something back, as another server on the same store would.
    async fn revoke(&self, kind: RevocationKind, subject: &str) {
        let new = NewRevocation::new(kind, subject, self.server.app.now());
        assert!(self.server.app.store.revoke(&new).await.unwrap());
    }
}

impl Beside {
    async fn until(&self, what: &str, reached: impl AsyncFn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !reached(self).await {
            assert!(Instant::now() < deadline, "not reached: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn current(self) -> Self {
        self.until("news from the server", async |beside| beside.sidecar.is_current()).await;
        self
    }

    fn get(&self, path: &str) -> Call {
        Call::new(self.sidecar.router(), axum::http::Method::GET, path)
    }

    async fn verify(&self, token: &str) -> Answer {
        self.get("/verify").bearer(token).send().await
    }

    async fn refuses(&self, token: &str, error_code: &str) {
        self.until(error_code, async |beside| {
            let answer = beside.verify(token).await;
            answer.status == 401 && answer.json()["error_code"] == error_code
        })
        .await;
    }
}

contract! {
    /// CONTRACT §5: as the server itself answers.
    async fn the_sidecar_climbs_the_ladder(there: Reachable) {
        let beside = there.sidecar(&there.api, WhenSilent::FailClosed).current().await;
        let client = there.orders_client("shop").await;
        let token = there.server.token(&client).await;
        let answer = beside.verify(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("x-auth-request-client-id"), "shop");
        assert_eq!(answer.header("x-auth-request-scope"), "orders.read orders.write");

        beside.get("/verify").send().await.is_challenge(None, "token_missing");
        beside.verify("nonsense").await.is_challenge(Some("invalid_token"), "token_malformed");
        let elsewhere = there.server.machine("elsewhere", |_| {}).await;
        let elsewhere = there.server.token(&elsewhere).await;
        beside.verify(&elsewhere).await.is_challenge(Some("invalid_token"), "token_audience");
        let answer = beside.get("/verify?scope=orders.delete").bearer(&token).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error_code"]), (403, &json!("insufficient_scope")));

        there.server.post("/oauth2/revoke").basic(&client).form(&[("token", &token)]).await.is_ok();
        beside.refuses(&token, "token_revoked").await;
        let late = there.server.token(&client).await;
        there.server.advance(Duration::from_secs(3_600));
        beside.verify(&late).await.is_challenge(Some("invalid_token"), "token_expired");
    }

    /// Each way to take back reaches what it names and nothing else.
    async fn every_way_to_take_back_reaches_the_sidecar(there: Reachable) {
        let beside = there.sidecar(&there.api, WhenSilent::FailClosed).current().await;
        let id = there.server.app.random.uuid_v7(there.server.app.now()).unwrap();
        there.begin_session_and_grant(id).await;
        let id = id.to_string();
        let table = [
            (RevocationKind::Session, id.as_str(), there.sign(&json!({ "sid": id }))),
            (RevocationKind::Grant, id.as_str(), there.sign(&json!({ "grant_id": id }))),
            (RevocationKind::User, "alice", there.sign(&json!({ "sub": "alice" }))),
            (RevocationKind::Client, "kiosk", there.sign(&json!({ "client_id": "kiosk" }))),
            (RevocationKind::All, "", there.sign(&json!({}))),
        ];
        for (at, (kind, subject, reached)) in table.iter().enumerate() {
            for (_, _, still_good) in &table[at..] {
                assert_eq!(beside.verify(still_good).await.status, 200, "before {kind:?}");
            }
            there.revoke(*kind, subject).await;
            beside.refuses(reached, "token_revoked").await;
        }
    }

    async fn a_token_signed_by_a_new_key_is_accepted(there: Reachable) {
        let beside = there.sidecar(&there.api, WhenSilent::FailClosed).current().await;
        let client = there.orders_client("shop").await;
        there.server.app.rotation.rotate(false, "test").await.unwrap();
        there.server.advance(Duration::from_secs(601));
        let token = there.server.token(&client).await;
        beside.until("the new key", async |beside| beside.verify(&token).await.status == 200).await;
    }

    /// Its client may not read the feed, so there are no news at all.
    async fn without_news_it_asks_or_refuses_as_told(there: Reachable) {
        let deaf = there.server.machine("deaf", |client| client.resource = vec![AUDIENCE.into()]).await;
        let client = there.orders_client("shop").await;
        let token = there.server.token(&client).await;
        let asking = there.sidecar(&deaf, WhenSilent::Introspect);
        asking.until("the keys", async |beside| beside.verify(&token).await.status == 200).await;
        asking.verify("nonsense").await.is_challenge(Some("invalid_token"), "token_malformed");
        there.server.post("/oauth2/revoke").basic(&client).form(&[("token", &token)]).await.is_ok();
        asking.verify(&token).await.is_challenge(Some("invalid_token"), "token_revoked");

        for when_silent in [WhenSilent::FailClosed, WhenSilent::ServeStale(PATIENCE)] {
            let beside = there.sidecar(&deaf, when_silent);
            beside.verify(&token).await.is_error(503, "temporarily_unavailable");
            assert_eq!(beside.get("/readyz").send().await.status, 503);
        }
    }
}

/// The server goes away: what was last heard counts for as long as it may.
#[tokio::test]
async fn a_silent_feed_is_noticed() {
    let there = Reachable::on(Engine::Sqlite).await;
    let strict = there.sidecar(&there.api, WhenSilent::FailClosed).current().await;
    let lenient =
        there.sidecar(&there.api, WhenSilent::ServeStale(Duration::from_secs(3_600))).current().await;
    let client = there.orders_client("shop").await;
    let (token, revoked) = (there.server.token(&client).await, there.server.token(&client).await);
    there.server.post("/oauth2/revoke").basic(&client).form(&[("token", &revoked)]).await.is_ok();
    lenient.refuses(&revoked, "token_revoked").await;

    there.server.app.draining.send_replace(true);
    there.listening.stop().await.unwrap();
    strict.until("silence", async |beside| beside.verify(&token).await.status == 503).await;
    assert_eq!(strict.verify(&revoked).await.status, 401);
    assert_eq!(lenient.verify(&token).await.status, 200);
    assert_eq!(lenient.verify(&revoked).await.status, 401);
}

/// CONTRACT §1: exit codes, and one line that says what is wrong.
#[test]
fn unsafe_settings_are_refused_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let secret = secret.to_str().unwrap();
    let issuer = ["--issuer", "https://login.example.com"];
    let run = |extra: &[&str], issuer: Option<&str>| {
        let output = Command::new(env!("CARGO_BIN_EXE_porteiro"))
            .args(["verify", "--client-id", "orders-api"])
            .args(extra)
            .env_clear()
            .envs(issuer.map(|issuer| ("PORTEIRO_ISSUER", issuer)))
            .current_dir(folder.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let audience = ["--audience", AUDIENCE];
    let with_secret = ["--client-secret-file", secret];
    let table = [
        ([&audience[..], &with_secret[..]].concat(), 6, "--issuer is missing"),
        ([&issuer[..], &with_secret[..]].concat(), 2, "--audience"),
        ([&issuer[..], &audience[..], &["--client-secret-file", "/nowhere"][..]].concat(), 6, "/nowhere"),
        (
            [&issuer[..], &audience[..], &with_secret[..], &["--listen", "0.0.0.0:8089"][..]].concat(),
            6,
            "must be a loopback address",
        ),
        (
            [&["--issuer", "http://login.example.com"][..], &audience[..], &with_secret[..]].concat(),
            6,
            "https",
        ),
        (
            [&issuer[..], &audience[..], &with_secret[..], &["--ca-file", secret][..]].concat(),
            6,
            "certificates",
        ),
    ];
    for (arguments, code, sentence) in table {
        let (exit, said) = run(&arguments, None);
        assert_eq!(exit, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{said}");
        assert!(code != 6 || said.lines().count() == 1, "{said}");
    }
    // The environment may say the issuer, and a flag goes before it.
    let complete = [&audience[..], &with_secret[..], &["--ca-file", secret][..]].concat();
    for (arguments, issuer, sentence) in [
        (complete.clone(), "http://login.example.com", "https"),
        (complete.clone(), "https://login.example.com", "certificates"),
        ([&issuer[..], &complete[..]].concat(), "http://login.example.com", "certificates"),
    ] {
        let (exit, said) = run(&arguments, Some(issuer));
        assert!(exit == Some(6) && said.contains(sentence), "{arguments:?}, {issuer}: {said}");
    }
}
