//! The one table of keys. Environment names, suggestions, `config show` and
//! the reference file `config/porteiro.toml` all derive from it.

use Initial::{Is, Unset};
use Kind::{DatabaseUrl, Flag, List, Number, Secret, Text};

/// How a value is written in TOML and JSON, and whether it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Never shown.
    Secret,
    /// Shown without its password.
    DatabaseUrl,
    Flag,
    Number,
    /// An array in TOML and JSON, comma-separated in the environment.
    List,
}

/// What holds when nobody says anything.
#[derive(Clone, Copy, Debug)]
pub enum Initial {
    Is(&'static str),
    /// No default; the text is an example for the reference file.
    Unset(&'static str),
}

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// `section.key`, or the bare name at the top level.
    pub name: &'static str,
    pub kind: Kind,
    pub initial: Initial,
    /// What it does, for the reference file. Lines separated by `\n`.
    pub doc: &'static str,
}

impl Key {
    /// `PORTEIRO_` and the path in capitals, sections split by `__`.
    pub fn environment_name(&self) -> String {
        format!("PORTEIRO_{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The default, if there is one.
    pub fn default(&self) -> Option<&'static str> {
        match self.initial {
            Is(text) => Some(text),
            Unset(_) => None,
        }
    }

    /// The section and the name within it; no section at the top level.
    pub fn path(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((section, name)) => (Some(section), name),
            None => (None, self.name),
        }
    }
}

/// The key with this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The name of every section, once for each of its keys.
pub fn sections() -> impl Iterator<Item = String> {
    KEYS.iter().filter_map(|key| key.path().0).map(str::to_owned)
}

/// The candidate that looks most like `name`.
pub fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    candidates.max_by(|a, b| {
        let likeness =
            |candidate: &str| strsim::jaro_winkler(name, candidate) + shared_ending(name, candidate);
        likeness(a).total_cmp(&likeness(b))
    })
}

/// Who leaves out the section gets the last word right: `PORTEIRO_LISTEN`.
fn shared_ending(name: &str, candidate: &str) -> f64 {
    let last_word = |text: &str| text.rsplit(['_', '.']).next().map(str::to_owned);
    if last_word(name) == last_word(candidate) { 0.2 } else { 0.0 }
}

const fn key(name: &'static str, kind: Kind, initial: Initial, doc: &'static str) -> Key {
    Key { name, kind, initial, doc }
}

/// Every key there is, in the order of the reference file.
pub const KEYS: &[Key] = &[
    key(
        "issuer",
        Text,
        Unset("https://login.example.com"),
        "Where people and programs reach this server, and the exact `iss` of every token.\n\
         No slash is added or removed. With a path, every route lives under it.\n\
         http:// is accepted on a loopback host only. `serve` requires it.",
    ),
    key(
        "profile",
        Text,
        Is("default"),
        "default, or strict: refuses the password grant, the implicit flow, parameters in\n\
         the query of the token endpoint and codes without PKCE, whatever else is set.",
    ),
    key("server.listen", Text, Is("127.0.0.1:8080"), "Address and port to listen on."),
    key(
        "server.tls_cert",
        Text,
        Unset("/etc/porteiro/tls.crt"),
        "Certificate chain in PEM, for TLS without a proxy in front. Needs tls_key.",
    ),
    key(
        "server.tls_key",
        Text,
        Unset("/etc/porteiro/tls.key"),
        "Private key of the certificate in PEM. Other users must not be able to read it.",
    ),
    key(
        "server.trusted_proxies",
        List,
        Is(""),
        "Addresses or networks whose Forwarded and X-Forwarded-For headers are believed,\n\
         such as [\"10.0.0.0/8\"]. From anyone else these headers are ignored.",
    ),
    key(
        "server.drain_delay",
        Text,
        Is("0s"),
        "How long the server goes on accepting after SIGTERM while /readyz says no, so that\n\
         a balancer that asks there has looked elsewhere by then. 15s at most.",
    ),
    key(
        "database.url",
        DatabaseUrl,
        Is("sqlite:porteiro-data/porteiro.db"),
        "sqlite:FILE, or postgres://USER:PASSWORD@HOST/NAME shared by several servers. A primary\n\
         and its standbys: postgres://USER:PASSWORD@HOST1:5432,HOST2:5432/NAME; the one that takes\n\
         writes is used, and found again when they change places. Whole URLs may also be listed,\n\
         separated by commas.",
    ),
    key(
        "database.migrate_on_start",
        Flag,
        Is("true"),
        "Whether `serve` brings the schema up to date. If not, run `porteiro migrate up`.",
    ),
    key(
        "database.max_connections",
        Number,
        Is("16"),
        "Connections that requests take in turn at most. On Postgres a few more serve them together.",
    ),
    key(
        "tokens.access_lifetime",
        Text,
        Is("15m"),
        "How long an access token is valid. A client may have its own.",
    ),
    key(
        "tokens.refresh_lifetime",
        Text,
        Is("30d"),
        "How long a refresh token is valid when nobody uses it. A client may have its own.",
    ),
    key(
        "tokens.code_lifetime",
        Text,
        Is("60s"),
        "How long an authorization code is valid; 10m at most (RFC 6749 section 4.1.2).",
    ),
    key(
        "tokens.refresh_retry_window",
        Text,
        Is("10s"),
        "A refresh repeated within this time gets the same answer again; later it counts\n\
         as theft and revokes the grant. 0 switches retries off.",
    ),
    key(
        "tokens.default_audience",
        Text,
        Unset("https://api.example.com"),
        "`aud` of an access token when the request names no resource. Unset: the issuer.",
    ),
    key("tokens.purge_after", Text, Is("24h"), "How long an expired record is kept before it is deleted."),
    key("keys.rotate_every", Text, Is("90d"), "Age at which a signing key is replaced."),
    key(
        "keys.publish_ahead",
        Text,
        Is("10m"),
        "How long a new key is published before it signs, so that caches have it in time.",
    ),
    key(
        "keys.master_key",
        Secret,
        Unset("the output of: openssl rand -base64 32"),
        "Seals the private keys in the database. Better given as PORTEIRO_KEYS__MASTER_KEY_FILE.\n\
         Keep a copy: sealed keys cannot be opened without it.",
    ),
    key(
        "keys.old_master_key",
        Secret,
        Unset("the master key of before"),
        "After a change of master_key: opens what the old one sealed, which is sealed anew at\n\
         the start. To be removed when every server has started with the new one.",
    ),
    key("passwords.argon2_memory_kib", Number, Is("19456"), "Argon2id memory per password check, in KiB."),
    key("passwords.argon2_iterations", Number, Is("2"), "Argon2id passes over that memory."),
    key("passwords.argon2_parallelism", Number, Is("1"), "Argon2id lanes."),
    key(
        "sessions.idle_lifetime",
        Text,
        Is("24h"),
        "A login session ends when it was not used for this long.",
    ),
    key("sessions.absolute_lifetime", Text, Is("30d"), "A login session ends after this long in any case."),
    key(
        "limits.login_failures",
        Number,
        Is("10"),
        "Wrong passwords for one account within login_window before every further attempt\n\
         is answered as a wrong one, with growing pauses.",
    ),
    key("limits.login_window", Text, Is("15m"), "The time over which failed logins are counted."),
    key(
        "limits.address_failures",
        Number,
        Is("1000"),
        "Failed logins from one address within login_window before it gets 429. Addresses\n\
         behind server.trusted_proxies are told apart.",
    ),
    key(
        "compat.query_grant_type",
        Flag,
        Is("true"),
        "Whether `grant_type` and `scope` may come in the query of POST /oauth2/token.",
    ),
    key(
        "compat.implicit",
        Flag,
        Is("false"),
        "Whether clients that have the implicit grant may use it. New ones should not.",
    ),
    key(
        "outbound.allowed_networks",
        List,
        Is(""),
        "Networks of your own that this server may call, such as [\"10.0.0.0/8\"], when a client\n\
         registers an address there for back-channel logout. Everything else that is not the\n\
         public Internet is refused, and so is http:// outside these networks.\n\
         `dev` allows the loopback addresses.",
    ),
    key(
        "outbound.ca_file",
        Text,
        Unset("/etc/porteiro/ca.pem"),
        "Certification authorities in PEM that are trusted for these calls beside the public ones.",
    ),
    key(
        "admin.api",
        Flag,
        Is("true"),
        "Whether the administration API answers: /api/v1, its description /openapi.json and\n\
         the page /docs. The command line and the page /admin do not need it.",
    ),
    key(
        "audit.purge_after",
        Text,
        Is("365d"),
        "How long a line of the audit trail is kept. On Postgres whole months go: up to a\n\
         month later.",
    ),
    key("log.format", Text, Is("auto"), "json, pretty, or auto: pretty on a terminal, json elsewhere."),
    key(
        "log.level",
        Text,
        Is("info"),
        "error, warn, info, debug, trace, or a filter such as info,porteiro=debug.",
    ),
    key("branding.name", Text, Is("Porteiro"), "The name on the pages."),
    key(
        "branding.logo",
        Text,
        Unset("/etc/porteiro/logo.svg"),
        "Picture above the login form: SVG, PNG, JPEG, GIF or WebP.",
    ),
    key("branding.accent", Text, Is("#0f766e"), "Colour of buttons and links, as #rrggbb."),
    key(
        "metrics.listen",
        Text,
        Unset("127.0.0.1:9090"),
        "Address for GET /metrics, which has a listener of its own. Off unless set.",
    ),
];
