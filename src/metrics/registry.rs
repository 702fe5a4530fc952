//! The names under which everything is printed, and what they mean.

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::Metrics;

impl Metrics {
    pub(super) fn register(&self) -> Registry {
        let mut all = Registry::default();
        // OpenTelemetry's name; the others are our own.
        seconds(&mut all, "http_server_request_duration", "Time to answer a request", self.http.clone());
        let ours = all.sub_registry_with_prefix("porteiro");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "What is running", build);
        self.register_tokens(ours);
        self.register_refusals(ours);
        self.register_state(ours);
        all
    }

    fn register_tokens(&self, ours: &mut Registry) {
        ours.register("token_requests", "Token requests by grant and result", self.token_requests.clone());
        ours.register("tokens_issued", "What was issued, by kind", self.issued.clone());
        seconds(ours, "signing_duration", "Time to sign a token", self.signing.clone());
        ours.register("token_batch_records", "Token records in one commit", self.batch.clone());
        seconds(ours, "token_commit_duration", "Time to commit token records", self.commit.clone());
        ours.register("validations", "Judgements on access tokens by outcome", self.validations.clone());
        let help = "Entries of the log of revocations that were read";
        ours.register("revocations", help, self.revocations.clone());
        let help = "Time from a revocation until it was known here";
        seconds(ours, "revocation_lag", help, self.revocation_lag.clone());
    }

    fn register_refusals(&self, ours: &mut Registry) {
        ours.register("logins", "Passwords that were tried, by outcome", self.logins.clone());
        ours.register("rate_limited", "Requests that had to wait, by limit", self.rate_limited.clone());
    }

    fn register_state(&self, ours: &mut Registry) {
        let state = &self.state;
        let help = "Passwords that wait to be hashed";
        ours.register("password_hashes_waiting", help, state.hashes_waiting.clone());
        let help = "Open connections to the store";
        ours.register("store_connections", help, state.store_connections.clone());
        ours.register("store_connections_idle", "Unused ones", state.store_connections_idle.clone());
        let help = "Age of what this server knows of revocations";
        seconds(ours, "revocation_view_age", help, state.revocation_view_age.clone());
        let help = "Readers of the feed of revocations";
        ours.register("revocation_feed_readers", help, state.feed_readers.clone());
        seconds(ours, "signing_key_age", "Age of the key that signs", state.signing_key_age.clone());
        let help = "Log lines that nobody read in time";
        ours.register("log_lines_dropped", help, state.log_lines_dropped.clone());
    }
}

fn seconds(registry: &mut Registry, name: &str, help: &str, metric: impl Metric) {
    registry.register_with_unit(name, help, Unit::Seconds, metric);
}
