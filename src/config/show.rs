//! The configuration in force, for people and programs, without its secrets.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use url::Url;

use super::Loaded;
use super::key::{KEYS, Key, Kind};
use super::value::items;

const HIDDEN: &str = "[redacted]";

/// One key, what holds for it, and who said so.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub key: &'static str,
    pub value: String,
    pub origin: String,
}

impl Loaded {
    /// A row for every key.
    pub fn rows(&self) -> Vec<Row> {
        let row = |key: &Key| Row {
            key: key.name,
            value: self.shown(key).unwrap_or_default(),
            origin: self
                .values
                .even_empty(key.name)
                .map_or("not set".into(), |value| value.origin.to_string()),
        };
        KEYS.iter().map(row).collect()
    }

    /// An object keyed by section, then key; `null` where nothing is set.
    pub fn json(&self) -> Json {
        let mut root = Map::new();
        for key in KEYS {
            let value = json(key.kind, self.shown(key));
            let (section, name) = key.path();
            let members = match section {
                Some(section) => root.entry(section).or_insert_with(|| Map::new().into()).as_object_mut(),
                None => Some(&mut root),
            };
            if let Some(members) = members {
                members.insert(name.to_owned(), value);
            }
        }
        root.into()
    }

    fn shown(&self, key: &Key) -> Option<String> {
        let text = self.values.get(key.name)?.text.reveal();
        Some(match key.kind {
            Kind::Secret => HIDDEN.to_owned(),
            Kind::DatabaseUrl => without_password(text),
            Kind::Text | Kind::Flag | Kind::Number | Kind::List => text.to_owned(),
        })
    }
}

fn json(kind: Kind, text: Option<String>) -> Json {
    match (kind, text) {
        (Kind::List, text) => items(&text.unwrap_or_default()).collect(),
        (_, None) => Json::Null,
        (Kind::Flag | Kind::Number, Some(text)) => text.parse().unwrap_or(Json::Null),
        (_, Some(text)) => text.into(),
    }
}

/// A database URL that may be shown. When it is not certain where the
/// password ends, nothing is.
fn without_password(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else { return HIDDEN.to_owned() };
    let behind_host = [Some(url.path()), url.query(), url.fragment()];
    if behind_host.into_iter().flatten().any(|part| part.contains('@') || part.contains("password")) {
        return HIDDEN.to_owned();
    }
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return HIDDEN.to_owned();
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("postgres://ana:12/s3cret@db.example/p", HIDDEN),
            ("postgres://ana:12#s3cret@db.example/p", HIDDEN),
            ("postgres://ana:12?s3cret@db.example/p", HIDDEN),
            ("postgres://db.example/p?password=s3cret", HIDDEN),
            ("postgres://ana:s3/cret@db.example/p", HIDDEN),
        ];
        for (text, shown) in table {
            assert_eq!(without_password(text), shown, "{text}");
        }
    }
}
