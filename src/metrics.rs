//! What is counted, for Prometheus (OpenMetrics 1.0 text).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// The labels of OpenTelemetry's HTTP server metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Http {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Grant {
    grant_type: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

type Duplex = Gauge<f64, AtomicU64>;

/// Every counter of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    http: Family<Http, Histogram>,
    token_requests: Family<Grant, Counter>,
    validations: Family<Outcome, Counter>,
    revocations: Family<Kind, Counter>,
    logins: Family<Outcome, Counter>,
    rate_limited: Family<Kind, Counter>,
    state: State,
}

/// What is looked up when somebody asks.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Passwords that wait for their turn.
    pub hashes_waiting: Gauge,
    /// Connections to the store.
    pub store_connections: Gauge,
    /// Those of them that nobody uses.
    pub store_connections_idle: Gauge,
    /// Age of what is known of revocations, in seconds.
    pub revocation_view_age: Duplex,
    /// Age of the key that signs RS256, in seconds.
    pub signing_key_age: Duplex,
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let durations = || Histogram::new(exponential_buckets(0.0005, 2.0, 14));
        let mut metrics = Self {
            registry: Arc::default(),
            http: Family::new_with_constructor(durations),
            token_requests: Family::default(),
            validations: Family::default(),
            revocations: Family::default(),
            logins: Family::default(),
            rate_limited: Family::default(),
            state: State::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    fn register(&self) -> Registry {
        let mut all = Registry::default();
        let help = "Time to answer a request";
        all.register_with_unit("http_server_request_duration", help, Unit::Seconds, self.http.clone());
        let registry = all.sub_registry_with_prefix("porteiro");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What is running", build);
        registry.register(
            "token_requests",
            "Token requests by grant and result",
            self.token_requests.clone(),
        );
        registry.register("validations", "Judgements on access tokens by outcome", self.validations.clone());
        registry.register(
            "revocations",
            "Entries of the log of revocations that were read",
            self.revocations.clone(),
        );
        registry.register("logins", "Passwords that were tried, by outcome", self.logins.clone());
        registry.register("rate_limited", "Requests that had to wait, by limit", self.rate_limited.clone());
        let state = &self.state;
        registry.register(
            "password_hashes_waiting",
            "Passwords that wait to be hashed",
            state.hashes_waiting.clone(),
        );
        registry.register(
            "store_connections",
            "Open connections to the store",
            state.store_connections.clone(),
        );
        registry.register("store_connections_idle", "Unused ones", state.store_connections_idle.clone());
        let age = "Age of what this server knows of revocations";
        registry.register_with_unit(
            "revocation_view_age",
            age,
            Unit::Seconds,
            state.revocation_view_age.clone(),
        );
        let age = "Age of the key that signs RS256";
        registry.register_with_unit("signing_key_age", age, Unit::Seconds, state.signing_key_age.clone());
        all
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels = Http {
            http_request_method: method,
            http_route: route.to_owned(),
            http_response_status_code: status,
        };
        self.http.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A token request ended; `result` is `issued` or the error code.
    pub fn token_request(&self, grant_type: &'static str, result: &'static str) {
        self.token_requests.get_or_create(&Grant { grant_type, result }).inc();
    }

    /// A token was judged; `outcome` is `active` or the `error_code`.
    pub fn validated(&self, outcome: &'static str) {
        self.validations.get_or_create(&Outcome { outcome }).inc();
    }

    /// An entry of the log of revocations was read.
    pub fn revocation(&self, kind: &'static str) {
        self.revocations.get_or_create(&Kind { kind }).inc();
    }

    /// A password was tried.
    pub fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }

    /// A request had to wait.
    pub fn rate_limited(&self, kind: &'static str) {
        self.rate_limited.get_or_create(&Kind { kind }).inc();
    }

    /// The gauges, to be set before [`Metrics::render`].
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Everything as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
