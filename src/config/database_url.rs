//! `database.url`, as libpq writes it when there are several servers:
//! `postgres://USER:PASSWORD@HOST1:5432,HOST2:5432/NAME`.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use url::Url;

/// Never the text or the parser's words in its place: they may quote the
/// password.
const INVALID: &str = "is not a valid database URL, percent-encode special characters in the password";

const HIDDEN: &str = "[redacted]";

/// A `postgres://` URL in parts. Where a part begins is decided as RFC 3986
/// §3.2 does, so a password that is not percent-encoded may end up in another.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    scheme: &'a str,
    user: &'a str,
    password: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = who.split_once(':').map_or((who, None), |(user, word)| (user, Some(word)));
        Some(Self { scheme, user, password, hosts, path, query })
    }

    /// Names and values of the query, as they are written.
    fn parameters(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    fn parameter(&self, wanted: &str) -> Option<&'a str> {
        self.parameters().filter(|(name, _)| *name == wanted).last().map(|(_, value)| value)
    }

    /// One URL for each host, without what only libpq understands.
    fn servers(&self) -> Result<Vec<String>, String> {
        let wanted = self.parameter("target_session_attrs").unwrap_or("read-write");
        if !["any", "read-write", "primary"].contains(&wanted) {
            return Err("must lead to a server that takes writes: leave target_session_attrs away".into());
        }
        let (hosts, ports) = (self.parameter("host"), self.parameter("port"));
        let hosts: Vec<&str> = hosts.unwrap_or(self.hosts).split(',').collect();
        let ports: Vec<&str> = ports.map(|ports| ports.split(',').collect()).unwrap_or_default();
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err(format!("names {} hosts and {} ports", hosts.len(), ports.len()));
        }
        let several = hosts.len() > 1;
        if several && hosts.iter().any(|host| host.is_empty()) {
            return Err("names a host that is empty, between two commas or at an end".into());
        }
        let port = |number: usize| ports.get(number).or(ports.first()).copied();
        Ok(hosts.into_iter().enumerate().map(|(number, host)| self.server(host, port(number))).collect())
    }

    fn server(&self, host: &str, port: Option<&str>) -> String {
        let Self { scheme, user, path, .. } = self;
        let who = match self.password {
            Some(password) => format!("{user}:{password}@"),
            None if user.is_empty() => String::new(),
            None => format!("{user}@"),
        };
        let ours = ["target_session_attrs", "load_balance_hosts", "host", "port"];
        let kept = self.parameters().filter(|(name, _)| !ours.contains(name));
        let mut query: Vec<String> = kept.map(|(name, value)| format!("{name}={value}")).collect();
        let in_query = self.parameter("host").is_some();
        query.extend(in_query.then(|| format!("host={host}")));
        query.extend(port.map(|port| format!("port={port}")));
        let authority = if in_query { "localhost" } else { host };
        format!("{scheme}://{who}{authority}{path}?{}", query.join("&"))
    }
}

/// The URLs of a list that is separated by commas.
fn listed(text: &str) -> Vec<&str> {
    let mut urls = Vec::new();
    let mut rest = text;
    while let Some(end) = [",postgres://", ",postgresql://"].iter().filter_map(|next| rest.find(next)).min() {
        urls.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
    urls.push(rest);
    urls
}

/// A URL for each Postgres server that the text names, in its order.
///
/// # Errors
/// A sentence without the password.
pub fn servers(text: &str) -> Result<Vec<String>, String> {
    let mut servers = Vec::new();
    for url in listed(text) {
        let parts = Parts::of(url).filter(|parts| ["postgres", "postgresql"].contains(&parts.scheme));
        servers.extend(parts.ok_or("must begin with sqlite: or postgres://")?.servers()?);
    }
    let valid = servers.iter().all(|server| PgConnectOptions::from_str(server).is_ok());
    if valid { Ok(servers) } else { Err(INVALID.into()) }
}

/// Whether the text can be a database URL.
///
/// # Errors
/// A sentence that follows `database.url`, without the password.
pub fn check(text: &str) -> Result<(), String> {
    match text.strip_prefix("sqlite:") {
        Some(file) if file.is_empty() || file.contains(":memory:") || file.contains("mode=memory") => {
            Err("must name a file, such as sqlite:porteiro-data/porteiro.db".into())
        }
        Some(_) => SqliteConnectOptions::from_str(text).map(drop).map_err(|_| INVALID.into()),
        None => servers(text).map(drop),
    }
}

/// The text without its passwords. When it is not certain where one ends,
/// nothing of it.
pub fn shown(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let urls: Option<Vec<String>> = listed(text).into_iter().map(without_password).collect();
    urls.map_or_else(|| HIDDEN.to_owned(), |urls| urls.join(","))
}

fn without_password(url: &str) -> Option<String> {
    let parts = Parts::of(url)?;
    if [parts.path, parts.query].iter().any(|part| part.contains('@') || part.contains("password")) {
        return None;
    }
    let servers = parts.servers().ok()?;
    if !servers.iter().all(|server| Url::parse(server).is_ok()) {
        return None;
    }
    match parts.password {
        None => Some(url.to_owned()),
        Some(_) => {
            let (_, behind) = url.rsplit_once('@')?;
            Some(format!("{}://{}:***@{behind}", parts.scheme, parts.user))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_gets_a_url_of_its_own() {
        let table: [(&str, &[&str]); 7] = [
            ("postgres://db/p", &["postgres://db/p?"]),
            ("postgres://ana:x@db1,db2:5433/p", &["postgres://ana:x@db1/p?", "postgres://ana:x@db2:5433/p?"]),
            (
                "postgres://ana@[::1]:1,[::2]/p?sslmode=require&target_session_attrs=read-write",
                &["postgres://ana@[::1]:1/p?sslmode=require", "postgres://ana@[::2]/p?sslmode=require"],
            ),
            (
                "postgresql:///p?host=/run/a,/run/b&port=5432,5433",
                &[
                    "postgresql://localhost/p?host=/run/a&port=5432",
                    "postgresql://localhost/p?host=/run/b&port=5433",
                ],
            ),
            (
                "postgres://db/p?host=a,b&port=1",
                &["postgres://localhost/p?host=a&port=1", "postgres://localhost/p?host=b&port=1"],
            ),
            (
                "postgres://a/p,postgresql://u:w@b,c/q",
                &["postgres://a/p?", "postgresql://u:w@b/q?", "postgresql://u:w@c/q?"],
            ),
            ("postgres:///p", &["postgres:///p?"]),
        ];
        for (text, expected) in table {
            assert_eq!(servers(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let table = [
            ("mysql://db/p", "must begin with"),
            ("postgres://db1,/p", "a host that is empty"),
            ("postgres://a,b/p?port=1,2,3", "names 2 hosts and 3 ports"),
            ("postgres://a,b/p?target_session_attrs=standby", "takes writes"),
            ("postgres://a:none,b/p", INVALID),
            ("sqlite::memory:", "must name a file"),
        ];
        for (text, expected) in table {
            let refusal = check(text).unwrap_err();
            assert!(refusal.contains(expected), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        let table = [
            ("sqlite:data/p.db", "sqlite:data/p.db"),
            ("postgres://db.example/porteiro", "postgres://db.example/porteiro"),
            ("postgres://ana@db.example/porteiro", "postgres://ana@db.example/porteiro"),
            (
                "postgres://ana:s3cret@db.example:5433/p?sslmode=require",
                "postgres://ana:***@db.example:5433/p?sslmode=require",
            ),
            ("postgres://ana:s3@cret@db.example/p", "postgres://ana:***@db.example/p"),
            ("postgres://ana:s3cret@db1:5432,db2:5433/p", "postgres://ana:***@db1:5432,db2:5433/p"),
            (
                "postgres://ana:s3cret@db1/p,postgres://bob:0ther@db2/p",
                "postgres://ana:***@db1/p,postgres://bob:***@db2/p",
            ),
            ("postgres://ana:s3c,ret@db1,db2/p", "postgres://ana:***@db1,db2/p"),
            ("postgres://ana:12/s3cret@db.example/p", HIDDEN),
            ("postgres://ana:12#s3cret@db.example/p", HIDDEN),
            ("postgres://ana:12?s3cret@db.example/p", HIDDEN),
            ("postgres://ana:12,9/s3cret@db1,db2/p", HIDDEN),
            ("postgres://db.example/p?password=s3cret", HIDDEN),
            ("postgres://db1,db2/p?password=s3cret", HIDDEN),
            ("postgres://ana:s3/cret@db.example/p", HIDDEN),
            ("postgres://ana:s3/cret@db1,db2/p", HIDDEN),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
