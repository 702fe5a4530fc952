//! The settings: one tree, read once. Flags go before the environment, the
//! environment before the file, the file before the defaults of [`key::KEYS`].

mod build;
pub mod database_url;
mod disk;
mod environment;
mod file;
mod issuer;
pub mod key;
mod load;
#[cfg(test)]
mod reference;
mod show;
#[cfg(test)]
mod tests;
mod tls;
mod value;
mod weakness;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::filter::Targets;

pub use crate::branding::Branding;
use crate::secret::Secret;

pub use environment::Environment;
pub use issuer::Issuer;
pub use load::{Loaded, Mode, Overrides, load};
pub use show::Row;
pub use value::{ConfigError, Origin};

/// Everything that can be set. What the keys mean is told in [`key::KEYS`].
#[derive(Clone, Debug)]
pub struct Config {
    pub issuer: Issuer,
    pub server: Server,
    pub database: Database,
    pub tokens: Tokens,
    pub keys: Keys,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub limits: Limits,
    pub compat: Compat,
    pub outbound: Outbound,
    pub admin: Admin,
    pub audit: Audit,
    pub log: Log,
    pub branding: Branding,
    pub metrics: Metrics,
    pub profile: Profile,
}

impl Config {
    /// `aud` of an access token when the request named no resource.
    pub fn default_audience(&self) -> &str {
        self.tokens.default_audience.as_deref().unwrap_or_else(|| self.issuer.as_str())
    }
}

/// The listener.
#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// Set together with `tls_key`; see [`Server::tls`].
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// See [`crate::server::Limits`].
    pub drain_delay: Duration,
}

/// The store.
#[derive(Clone, Debug)]
pub struct Database {
    /// Holds a password, hence a secret.
    pub url: Secret,
    pub migrate_on_start: bool,
    pub max_connections: u32,
}

/// Life of codes and tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access_lifetime: Duration,
    pub refresh_lifetime: Duration,
    pub code_lifetime: Duration,
    /// Zero: a repeated refresh is never answered.
    pub refresh_retry_window: Duration,
    /// See [`Config::default_audience`].
    pub default_audience: Option<String>,
    pub purge_after: Duration,
}

/// Signing keys.
#[derive(Clone, Debug)]
pub struct Keys {
    pub rotate_every: Duration,
    pub publish_ahead: Duration,
    pub master_key: Option<Secret>,
    /// Opens what it sealed before `master_key` took its place.
    pub old_master_key: Option<Secret>,
}

/// Argon2id (RFC 9106 §3.1).
#[derive(Clone, Debug)]
pub struct Passwords {
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub argon2_parallelism: u32,
}

/// Login sessions.
#[derive(Clone, Debug)]
pub struct Sessions {
    pub idle_lifetime: Duration,
    pub absolute_lifetime: Duration,
}

/// What slows guessing down.
#[derive(Clone, Debug)]
pub struct Limits {
    pub login_failures: u32,
    pub login_window: Duration,
    pub address_failures: u32,
}

/// Concessions to older clients. All off in the strict profile, whatever was
/// said about them.
#[derive(Clone, Debug)]
pub struct Compat {
    pub query_grant_type: bool,
    pub implicit: bool,
}

/// Calls that this server makes.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Networks that may be called although they are not the Internet.
    pub allowed_networks: Vec<ipnet::IpNet>,
    pub ca_file: Option<PathBuf>,
}

/// Administration over HTTP.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Whether there are `/api/v1`, `/openapi.json` and `/docs`.
    pub api: bool,
}

/// The audit trail.
#[derive(Clone, Debug)]
pub struct Audit {
    pub purge_after: Duration,
}

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or levels by the module that a line comes from.
    pub level: Targets,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    Json,
    Pretty,
}

/// `GET /metrics`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Off unless set.
    pub listen: Option<SocketAddr>,
}

/// How much of the old is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Default,
    /// No password grant, implicit flow, query parameters or codes without
    /// PKCE (RFC 9700 §2).
    Strict,
}
