//! The store: within reach, fitting, in time, and with keys that are not old.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;

use super::{CLOCK_DIFFERENCE, Finding, Severity, database, registered, said};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::store::Store;

/// Looks into the store, when it can be opened.
pub async fn findings(config: &Config) -> Vec<Finding> {
    let url = config.database.url.reveal();
    // Opening would make it.
    if let Some(file) = missing_file(url) {
        let finding = format!("there is no database at {}", file.display());
        return vec![Finding::error("store_missing", finding, "porteiro migrate up")];
    }
    match Store::open(url, 2).await {
        Ok(store) => look_into(&store, config).await,
        Err(cause) => {
            let fix = "start the database, or correct database.url";
            vec![Finding::error("store_unreachable", said(&cause), fix)]
        }
    }
}

fn missing_file(url: &str) -> Option<std::path::PathBuf> {
    let options: SqliteConnectOptions = url.strip_prefix("sqlite:").and_then(|_| url.parse().ok())?;
    let file: &Path = options.get_filename();
    (!file.exists()).then(|| file.to_owned())
}

async fn look_into(store: &Store, config: &Config) -> Vec<Finding> {
    let now = Clock::System.now();
    let mut findings = vec![migrations(store).await];
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return findings;
    }
    findings.extend(database::findings(store).await);
    findings.push(clock(store, now).await);
    findings.extend(keys(store, config, now).await);
    findings.extend(registered::findings(store).await);
    findings
}

async fn migrations(store: &Store) -> Finding {
    let up = "porteiro migrate up";
    if let Err(cause) = store.check_schema().await {
        return Finding::error("schema_too_new", said(&cause), "install the newer program");
    }
    match store.migrations().await {
        Ok(all) if all.iter().all(|migration| migration.applied) => {
            Finding::ok("migrations", format!("all {} migrations are applied", all.len()))
        }
        Ok(_) => Finding::error("migrations_pending", "the schema is behind this program", up),
        Err(cause) => Finding::error("store_unreachable", said(&cause), "start the database"),
    }
}

async fn clock(store: &Store, now: Timestamp) -> Finding {
    match store.clock().await {
        Ok(Some(theirs)) if theirs.since(now).max(now.since(theirs)) > CLOCK_DIFFERENCE => Finding::warning(
            "clock_difference",
            format!(
                "the clocks of this machine and the database differ by {:?}",
                theirs.since(now).max(now.since(theirs))
            ),
            "run a time service (NTP) on both machines",
        ),
        Ok(_) => Finding::ok("clock", "the clocks of this machine and the database agree"),
        Err(cause) => Finding::error("store_unreachable", said(&cause), "start the database"),
    }
}

async fn keys(store: &Store, config: &Config, now: Timestamp) -> Vec<Finding> {
    let keys = match store.signing_keys().await {
        Ok(keys) => keys,
        Err(cause) => return vec![Finding::error("keys_unreadable", said(&cause), "porteiro key list")],
    };
    let signing: Vec<_> = keys
        .iter()
        .filter(|key| key.activates_at <= now && key.retired_at.is_none_or(|at| at > now))
        .collect();
    if signing.is_empty() {
        let fix = "start porteiro serve once: it makes them";
        return vec![Finding::warning("keys_missing", "there are no signing keys yet", fix)];
    }
    let too_old = config.keys.rotate_every * 2;
    let old = signing.iter().filter(|key| now.since(key.activates_at) > too_old);
    let mut findings: Vec<Finding> = old
        .map(|key| {
            let days = now.since(key.activates_at).as_secs() / 86_400;
            let finding = format!("key {} signs since {days} days, twice keys.rotate_every", key.kid);
            Finding::warning("key_old", finding, "porteiro key rotate")
        })
        .collect();
    if config.keys.master_key.is_some() && signing.iter().any(|key| !key.sealed) {
        let finding = "keys.master_key is set and some private keys are not sealed yet";
        findings.push(Finding::warning("key_unsealed", finding, "restart porteiro serve: it seals them"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("keys", format!("{} keys sign, none is too old", signing.len())));
    }
    findings
}
