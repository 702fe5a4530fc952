//! From what was said to the tree, refusing what is invalid or unsafe.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::value::{self, ConfigError, Values};
use super::{
    Admin, Audit, Branding, Compat, Config, Database, Issuer, Keys, Limits, Log, LogFormat, Metrics, Mode,
    Outbound, Passwords, Profile, Server, Sessions, Tokens, database_url, disk,
};
use crate::secret::Secret;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Builds the tree.
pub fn build(values: &Values, mode: Mode) -> Result<Config, ConfigError> {
    let server = server(values, mode)?;
    let profile = values.required("profile", |text| match text {
        "default" => Ok(Profile::Default),
        "strict" => Ok(Profile::Strict),
        _ => Err(format!("is {text:?}, write default or strict")),
    })?;
    Ok(Config {
        issuer: issuer(values, mode, server.listen)?,
        server,
        database: database(values)?,
        tokens: tokens(values)?,
        keys: keys(values)?,
        passwords: passwords(values)?,
        sessions: sessions(values)?,
        limits: Limits {
            login_failures: values.number("limits.login_failures", 1, 1000)?,
            login_window: values.duration("limits.login_window", SECOND, DAY)?,
            address_failures: values.number("limits.address_failures", 1, 1_000_000)?,
        },
        compat: compat(values, profile)?,
        outbound: outbound(values, mode)?,
        admin: Admin { api: values.flag("admin.api")? },
        audit: Audit { purge_after: values.duration("audit.purge_after", DAY, 3_650 * DAY)? },
        log: log(values)?,
        branding: branding(values, mode)?,
        metrics: Metrics { listen: values.optional("metrics.listen", address)? },
        profile,
    })
}

fn issuer(values: &Values, mode: Mode, listen: SocketAddr) -> Result<Issuer, ConfigError> {
    if let Some(issuer) = values.optional("issuer", Issuer::parse)? {
        return Ok(issuer);
    }
    if mode == Mode::Serve {
        let what = "is not set: give --issuer, PORTEIRO_ISSUER or `issuer` in porteiro.toml the address \
                    that people use, such as https://login.example.com";
        return Err(values.refuse("issuer", what));
    }
    let default = format!("http://localhost:{}", listen.port());
    Issuer::parse(&default).map_err(|what| values.refuse("issuer", what))
}

fn server(values: &Values, mode: Mode) -> Result<Server, ConfigError> {
    let path = |text: &str| Ok(PathBuf::from(text));
    let server = Server {
        listen: values.required("server.listen", address)?,
        tls_cert: values.optional("server.tls_cert", path)?,
        tls_key: values.optional("server.tls_key", path)?,
        trusted_proxies: values.optional("server.trusted_proxies", networks)?.unwrap_or_default(),
        drain_delay: values.duration("server.drain_delay", Duration::ZERO, 15 * SECOND)?,
    };
    match (&server.tls_cert, &server.tls_key) {
        (Some(_), None) => Err(values.refuse("server.tls_cert", "needs server.tls_key beside it")),
        (None, Some(_)) => Err(values.refuse("server.tls_key", "needs server.tls_cert beside it")),
        _ if mode == Mode::Admin => Ok(server),
        _ => server.tls().map(|_| server),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("is {text:?}, write an IP address and a port such as 127.0.0.1:8080"))
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let network = |item: &str| {
        let single = item.parse::<IpAddr>().map(IpNet::from);
        let network = item.parse::<IpNet>().ok().or(single.ok());
        network.ok_or_else(|| format!("has {item:?}, write addresses or networks such as 10.0.0.0/8"))
    };
    value::items(text).map(network).collect()
}

fn database(values: &Values) -> Result<Database, ConfigError> {
    let url =
        values.required("database.url", |text| database_url::check(text).map(|()| Secret::new(text)))?;
    Ok(Database {
        url,
        migrate_on_start: values.flag("database.migrate_on_start")?,
        max_connections: values.number("database.max_connections", 1, 10_000)?,
    })
}

fn tokens(values: &Values) -> Result<Tokens, ConfigError> {
    Ok(Tokens {
        access_lifetime: values.duration("tokens.access_lifetime", SECOND, 30 * DAY)?,
        refresh_lifetime: values.duration("tokens.refresh_lifetime", SECOND, 10 * YEAR)?,
        code_lifetime: values.duration("tokens.code_lifetime", SECOND, 10 * MINUTE)?,
        refresh_retry_window: values.duration("tokens.refresh_retry_window", Duration::ZERO, 5 * MINUTE)?,
        default_audience: values.optional("tokens.default_audience", |text| Ok(text.to_owned()))?,
        purge_after: values.duration("tokens.purge_after", SECOND, YEAR)?,
    })
}

fn keys(values: &Values) -> Result<Keys, ConfigError> {
    let keys = Keys {
        rotate_every: values.duration("keys.rotate_every", SECOND, 10 * YEAR)?,
        publish_ahead: values.duration("keys.publish_ahead", Duration::ZERO, 7 * DAY)?,
        master_key: master_key(values, "keys.master_key")?,
        old_master_key: master_key(values, "keys.old_master_key")?,
    };
    if keys.old_master_key.is_some() && keys.master_key.is_none() {
        return Err(values.refuse("keys.old_master_key", "needs the new one in keys.master_key beside it"));
    }
    if keys.rotate_every <= keys.publish_ahead {
        return Err(values.refuse("keys.rotate_every", "must be longer than keys.publish_ahead"));
    }
    Ok(keys)
}

fn master_key(values: &Values, name: &str) -> Result<Option<Secret>, ConfigError> {
    // An empty variable is a slip that must not leave the keys unsealed.
    let Some(value) = values.even_empty(name) else { return Ok(None) };
    if let Some(file) = &value.secret_file {
        disk::check_private(file).map_err(|what| values.refuse(name, what))?;
    }
    if value.text.reveal().len() < 16 {
        let what = "is shorter than 16 characters, use the output of `openssl rand -base64 32`";
        return Err(values.refuse(name, what));
    }
    Ok(Some(value.text.clone()))
}

fn passwords(values: &Values) -> Result<Passwords, ConfigError> {
    let argon2_parallelism = values.number("passwords.argon2_parallelism", 1, 64)?;
    Ok(Passwords {
        // RFC 9106 §3.1: eight blocks of memory for each lane.
        argon2_memory_kib: values.number("passwords.argon2_memory_kib", 8 * argon2_parallelism, 1 << 22)?,
        argon2_iterations: values.number("passwords.argon2_iterations", 1, 100)?,
        argon2_parallelism,
    })
}

fn sessions(values: &Values) -> Result<Sessions, ConfigError> {
    let sessions = Sessions {
        idle_lifetime: values.duration("sessions.idle_lifetime", SECOND, YEAR)?,
        absolute_lifetime: values.duration("sessions.absolute_lifetime", SECOND, YEAR)?,
    };
    if sessions.idle_lifetime > sessions.absolute_lifetime {
        return Err(values.refuse("sessions.idle_lifetime", "is longer than sessions.absolute_lifetime"));
    }
    Ok(sessions)
}

fn compat(values: &Values, profile: Profile) -> Result<Compat, ConfigError> {
    let allowed = profile == Profile::Default;
    Ok(Compat {
        query_grant_type: values.flag("compat.query_grant_type")? && allowed,
        implicit: values.flag("compat.implicit")? && allowed,
    })
}

fn outbound(values: &Values, mode: Mode) -> Result<Outbound, ConfigError> {
    let allowed = values.optional("outbound.allowed_networks", networks)?;
    let default = if mode == Mode::Dev { "127.0.0.0/8,::1" } else { "" };
    Ok(Outbound {
        allowed_networks: allowed.unwrap_or_else(|| networks(default).unwrap_or_default()),
        ca_file: values.optional("outbound.ca_file", |text| Ok(PathBuf::from(text)))?,
    })
}

fn log(values: &Values) -> Result<Log, ConfigError> {
    Ok(Log {
        format: values.required("log.format", |text| match text {
            "auto" => Ok(LogFormat::Auto),
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err(format!("is {text:?}, write auto, json or pretty")),
        })?,
        level: values.required("log.level", |text| {
            text.parse().map_err(|_| format!("is {text:?}, write error, warn, info, debug or trace"))
        })?,
    })
}

fn branding(values: &Values, mode: Mode) -> Result<Branding, ConfigError> {
    let logo = values.optional("branding.logo", |text| match mode {
        Mode::Admin => Ok(None),
        Mode::Serve | Mode::Dev => disk::logo(Path::new(text)).map(Some),
    })?;
    Ok(Branding {
        name: values.required("branding.name", |text| Ok(text.to_owned()))?,
        accent: values.required("branding.accent", |text| {
            text.parse().map_err(|problem| format!("is {text:?}: {problem}"))
        })?,
        logo: logo.flatten(),
    })
}
