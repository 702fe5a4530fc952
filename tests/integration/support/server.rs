//! A whole server, driven in-process: no socket, a clock that stands still,
//! and the same random bytes at every run.

use std::time::Duration;

use axum::Router;
use axum::http::Method;
use porteiro::app::App;
use porteiro::clock::{Clock, Timestamp};
use porteiro::config::{self, Environment, Mode, Overrides};
use porteiro::oauth::GrantType;
use porteiro::random::Random;
use porteiro::router::router;
use porteiro::secret::Kind;
use porteiro::store::{Client, ClientSecret, SecretHash, Store};

use super::{Call, Database, Engine, Fixture};

/// The issuer of every test server.
pub const ISSUER: &str = "https://id.example.org";

/// When the tests take place: 2027-01-15 08:00:00 UTC.
const START: Timestamp = Timestamp(1_800_000_000_000);

/// A server with a database of its own.
pub struct TestServer {
    /// Its parts, to look into and to turn the clock of.
    pub app: App,
    router: Router,
    _database: Option<Database>,
}

/// A client's id and the secret that it authenticates with.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub client_id: String,
    pub client_secret: String,
}

impl Fixture for TestServer {
    async fn on(engine: Engine) -> Self {
        let database = Database::on(engine).await;
        let clock = Clock::fixed(START);
        let mut server = Self::over(database.store.clone(), clock, Random::seeded(1), &[]).await;
        server._database = Some(database);
        server
    }
}

impl TestServer {
    /// A server over an open, migrated store. The settings are environment
    /// variables without their `PORTEIRO_`.
    pub async fn over(store: Store, clock: Clock, random: Random, settings: &[(&str, &str)]) -> Self {
        let common = [
            ("ISSUER", ISSUER),
            ("PASSWORDS__ARGON2_MEMORY_KIB", "8"),
            ("PASSWORDS__ARGON2_ITERATIONS", "1"),
        ];
        let variables = common.iter().chain(settings);
        let variables = variables.map(|(name, value)| (format!("PORTEIRO_{name}"), (*value).to_owned()));
        let environment = Environment { variables: variables.collect(), files: Vec::new() };
        let loaded = config::load(&Overrides::default(), &environment, Mode::Serve).unwrap();
        let app = App::new(loaded.config, store, clock, random).await.unwrap();
        Self { router: router(app.clone()), app, _database: None }
    }

    /// Another server on the same data and by the same clock, configured
    /// differently.
    pub async fn replica(&self, settings: &[(&str, &str)]) -> Self {
        let (store, clock) = (self.app.store.clone(), self.app.clock.clone());
        Self::over(store, clock, self.app.random.clone(), settings).await
    }

    /// The routes, for a test that needs a real socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Turns the clock.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.router.clone(), method, path)
    }

    /// Registers a confidential client that may use client credentials, after
    /// `change` has made of it what the test is about.
    pub async fn machine(&self, client_id: &str, change: impl FnOnce(&mut Client)) -> Credentials {
        let now = self.app.now();
        let mut client = Client::new(client_id, now);
        client.grant_types = vec![GrantType::ClientCredentials];
        change(&mut client);
        let client_secret = Kind::ClientSecret.generate(&self.app.random).unwrap();
        let stored = ClientSecret {
            id: self.app.random.uuid_v7(now).unwrap(),
            client_id: client.client_id.clone(),
            hash: SecretHash::Sha256(client_secret.digest().to_vec()),
            created_at: now,
            expires_at: None,
        };
        assert!(self.app.store.create_client(&client, Some(&stored), "test").await.unwrap());
        Credentials { client_id: client.client_id, client_secret: client_secret.reveal().to_owned() }
    }

    /// An access token got with client credentials.
    pub async fn token(&self, client: &Credentials) -> String {
        let answer =
            self.post("/oauth2/token").basic(client).form(&[("grant_type", "client_credentials")]).await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }
}
