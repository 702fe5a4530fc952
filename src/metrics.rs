//! What is counted, for Prometheus (OpenMetrics 1.0 text). Every series is
//! explained in `docs/reference/metrics.md`.

mod labels;
mod registry;
mod state;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::MatchedPath;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::oauth::Algorithm;
use labels::{Grant, Http, Kind, Outcome, Route, Signature};

pub use labels::Issued;
pub use state::{Held, State};

/// Every counter of a process. Cheap to clone. Counting takes no memory: a
/// label is a constant, or shared with the request.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    http: Family<Http, Histogram>,
    token_requests: Family<Grant, Counter>,
    issued: Family<Issued, Counter>,
    signing: Family<Signature, Histogram>,
    batch: Histogram,
    commit: Histogram,
    validations: Family<Outcome, Counter>,
    revocations: Family<Kind, Counter>,
    revocation_lag: Histogram,
    logins: Family<Outcome, Counter>,
    rate_limited: Family<Kind, Counter>,
    state: State,
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            http: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 14))),
            token_requests: Family::default(),
            issued: Family::default(),
            signing: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.00002, 2.0, 14))),
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            commit: Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            validations: Family::default(),
            revocations: Family::default(),
            revocation_lag: Histogram::new(exponential_buckets(0.01, 2.0, 10)),
            logins: Family::default(),
            rate_limited: Family::default(),
            state: State::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, route: MatchedPath, status: u16, took: Duration) {
        let labels =
            Http { http_request_method: method, http_route: Route(route), http_response_status_code: status };
        self.http.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A token request ended; `result` is `issued` or the error code.
    pub fn token_request(&self, grant_type: &'static str, result: &'static str) {
        self.token_requests.get_or_create(&Grant { grant_type, result }).inc();
    }

    /// Something was issued.
    pub fn issued(&self, what: Issued) {
        self.issued.get_or_create(&what).inc();
    }

    /// A token was signed.
    pub fn signed(&self, algorithm: Algorithm, took: Duration) {
        self.signing.get_or_create(&Signature { alg: algorithm.as_str() }).observe(took.as_secs_f64());
    }

    /// So many token records were committed together.
    pub fn committed(&self, records: usize, took: Duration) {
        self.batch.observe(records as f64);
        self.commit.observe(took.as_secs_f64());
    }

    /// A token was judged; `outcome` is `active` or the `error_code`.
    pub fn validated(&self, outcome: &'static str) {
        self.validations.get_or_create(&Outcome { outcome }).inc();
    }

    /// An entry of the log of revocations was read.
    pub fn revocation(&self, kind: &'static str) {
        self.revocations.get_or_create(&Kind { kind }).inc();
    }

    /// So long after it was done a revocation was known here.
    pub fn revocation_lag(&self, lag: Duration) {
        self.revocation_lag.observe(lag.as_secs_f64());
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
