//! The configuration in force, for people and programs, without its secrets.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::key::{KEYS, Key, Kind};
use super::value::items;
use super::{Loaded, database_url};

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
            Kind::DatabaseUrl => database_url::shown(text),
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
