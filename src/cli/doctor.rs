//! `porteiro doctor`: what is wrong or weak, and the command that mends it.

mod certificate;
mod issuer;
mod machine;

use std::time::Duration;

use serde::Serialize;

use crate::cli::{Failure, Global, Output, load_config};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, Mode};
use crate::oauth::{GrantType, redirect_uri};
use crate::store::{Client, Store};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// Looked at, and fine.
    Ok,
    /// Works, and could be safer.
    Warning,
    /// Does not work, or will stop working.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    severity: Severity,
    /// Stable, for scripts.
    code: &'static str,
    finding: String,
    /// The command or setting that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(code: &'static str, finding: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, code, finding: finding.into(), fix: None }
    }

    fn warning(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, finding: finding.into(), fix: Some(fix.into()) }
    }

    fn error(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, finding: finding.into(), fix: Some(fix.into()) }
    }
}

/// A clock that differs by more than this makes fresh tokens look unborn or
/// expired elsewhere.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(2);

/// Looks at everything and ends with exit code 1 when something is an error.
///
/// # Errors
/// Exit code 6 when there is no configuration to look at, 1 for errors found.
pub async fn run(global: &Global, output: Output) -> Result<(), Failure> {
    let loaded = load_config(global, Mode::Serve)?;
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(loaded.weaknesses().into_iter().map(weak_setting));
    if findings.is_empty() {
        findings.push(Finding::ok("configuration", "nothing in the configuration is weak"));
    }
    match Store::open(loaded.config.database.url.reveal(), 2).await {
        Ok(store) => findings.extend(look_into(&store, &loaded.config).await),
        Err(cause) => findings.push(Finding::error(
            "store_unreachable",
            cause.to_string(),
            "start the database, or correct database.url",
        )),
    }
    findings.extend(machine::findings(&loaded.config));
    findings.extend(issuer::findings(&loaded.config).await);
    output.list(&findings, &["severity", "code", "finding", "fix"]);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors == 0 { Ok(()) } else { Err(Failure::Failed(format!("{errors} of the findings are errors"))) }
}

fn weak_setting(weakness: String) -> Finding {
    Finding::warning("weak_setting", weakness, "porteiro config show")
}

async fn look_into(store: &Store, config: &Config) -> Vec<Finding> {
    let now = Clock::System.now();
    let mut findings = vec![migrations(store).await];
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return findings;
    }
    findings.push(clock(store, now).await);
    findings.extend(keys(store, config, now).await);
    findings.extend(clients(store).await);
    findings.extend(people(store).await);
    findings
}

async fn migrations(store: &Store) -> Finding {
    let up = "porteiro migrate up";
    match store.migrations().await {
        Ok(all) if all.iter().all(|migration| migration.applied) => {
            Finding::ok("migrations", format!("all {} migrations are applied", all.len()))
        }
        Ok(_) => Finding::error("migrations_pending", "the schema is behind this program", up),
        Err(cause) => Finding::error("store_unreachable", cause.to_string(), "start the database"),
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
        Err(cause) => Finding::error("store_unreachable", cause.to_string(), "start the database"),
    }
}

async fn keys(store: &Store, config: &Config, now: Timestamp) -> Vec<Finding> {
    let keys = match store.signing_keys().await {
        Ok(keys) => keys,
        Err(cause) => return vec![Finding::error("keys_unreadable", cause.to_string(), "porteiro key list")],
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

async fn clients(store: &Store) -> Vec<Finding> {
    match store.clients().await {
        Ok(clients) => {
            let findings: Vec<Finding> =
                clients.iter().filter(|client| client.enabled).flat_map(client).collect();
            if findings.is_empty() {
                vec![Finding::ok("clients", format!("{} clients, none is weak", clients.len()))]
            } else {
                findings
            }
        }
        Err(cause) => vec![Finding::error("clients_unreadable", cause.to_string(), "porteiro client list")],
    }
}

fn client(client: &Client) -> Vec<Finding> {
    let id = &client.client_id;
    let mut findings = Vec::new();
    if client.allows(GrantType::AuthorizationCode) && !client.needs_pkce() {
        let fix = format!("porteiro client update {id} --require-pkce");
        findings.push(Finding::warning(
            "client_without_pkce",
            format!("client {id} need not send PKCE"),
            fix,
        ));
    }
    if client.allows(GrantType::Password) {
        let finding = format!("client {id} may use the password grant (RFC 9700 section 2.4)");
        let fix = format!("porteiro client update {id} --grant …, without password");
        findings.push(Finding::warning("client_with_password_grant", finding, fix));
    }
    if client.allows(GrantType::Implicit) {
        let finding = format!("client {id} may use the implicit grant (RFC 9700 section 2.1.2)");
        let fix = format!("porteiro client update {id} --grant …, without implicit");
        findings.push(Finding::warning("client_with_implicit_grant", finding, fix));
    }
    for uri in &client.redirect_uris {
        if let Err(cause) = redirect_uri::check_registration(uri) {
            let finding = format!("client {id} has the redirect URI {uri}: {}", cause.description);
            let fix = format!("porteiro client update {id} --redirect-uri …");
            findings.push(Finding::error("redirect_uri_unsafe", finding, fix));
        }
    }
    findings
}

async fn people(store: &Store) -> Vec<Finding> {
    match store.users().await {
        Ok(users) if users.iter().any(|user| user.admin && user.enabled) => {
            vec![Finding::ok("users", format!("{} users, at least one administrates", users.len()))]
        }
        Ok(_) => {
            let fix = "porteiro user create NAME --admin --password-file F";
            vec![Finding::warning("admin_missing", "no enabled user is an administrator", fix)]
        }
        Err(cause) => vec![Finding::error("users_unreadable", cause.to_string(), "porteiro user list")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_clients_are_named_with_the_command_that_mends_them() {
        let mut weak = Client::new("dashboard", Timestamp(0));
        weak.grant_types = vec![GrantType::AuthorizationCode, GrantType::Password];
        weak.redirect_uris = vec!["http://rp.test/cb".into()];
        let found: Vec<&str> = client(&weak).iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["client_without_pkce", "client_with_password_grant", "redirect_uri_unsafe"]);
        assert!(client(&weak).iter().all(|finding| finding.fix.as_ref().unwrap().contains("dashboard")));

        let mut strong = weak.clone();
        strong.grant_types = vec![GrantType::AuthorizationCode];
        strong.require_pkce = true;
        strong.redirect_uris = vec!["https://rp.test/cb".into()];
        assert!(client(&strong).is_empty());
    }
}
