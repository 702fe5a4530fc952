//! The configuration file: TOML, every value with the line it stands on.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::key::{self, KEYS, Key, Kind};
use super::value::{ConfigError, Origin, Value, Values};

/// Lays the file's values over those already there.
pub fn apply(values: &mut Values, path: &Path, text: &str) -> Result<(), ConfigError> {
    let reader = Reader { path, text };
    // The parser's own rendering quotes the line, which may hold a secret.
    let table = DeTable::parse(text).map_err(|problem| {
        let offset = problem.span().map_or(0, |span| span.start);
        reader.refuse(offset, problem.message().lines().next().unwrap_or_default())
    })?;
    reader.table(values, "", table.get_ref())
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn table(&self, values: &mut Values, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (word, value) in table {
            let name = format!("{prefix}{}", word.get_ref());
            let offset = word.span().start;
            match (key::find(&name), value.get_ref()) {
                (Some(key), value) => {
                    let text = scalar_or_list(key, value).map_err(|what| self.refuse(offset, &what))?;
                    values.set(key.name, Value::new(text, self.origin(offset)));
                }
                (None, DeValue::Table(inner))
                    if prefix.is_empty() && key::sections().any(|section| section == name) =>
                {
                    self.table(values, &format!("{name}."), inner)?;
                }
                (None, DeValue::Table(_)) if prefix.is_empty() => {
                    return Err(self.unknown(offset, "section", &name, key::sections()));
                }
                (None, _) => {
                    return Err(self.unknown(
                        offset,
                        "key",
                        &name,
                        KEYS.iter().map(|key| key.name.to_owned()),
                    ));
                }
            }
        }
        Ok(())
    }

    fn unknown(
        &self,
        offset: usize,
        what: &str,
        name: &str,
        known: impl Iterator<Item = String>,
    ) -> ConfigError {
        let nearest = key::nearest(name, known).unwrap_or_default();
        self.refuse(offset, &format!("unknown {what} {name}, did you mean {nearest}?"))
    }

    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        Origin::File { path: self.path.to_owned(), line: before.matches('\n').count() + 1 }
    }

    fn refuse(&self, offset: usize, what: &str) -> ConfigError {
        ConfigError(format!("{}: {what}", self.origin(offset)))
    }
}

fn scalar_or_list(key: &Key, value: &DeValue<'_>) -> Result<String, String> {
    match (key.kind, value) {
        (Kind::List, DeValue::Array(elements)) => {
            let texts: Result<Vec<_>, _> =
                elements.iter().map(|element| scalar(key, element.get_ref())).collect();
            Ok(texts?.join(","))
        }
        (_, value) => scalar(key, value),
    }
}

fn scalar(key: &Key, value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        other => Err(format!("{} cannot be a TOML {}", key.name, other.type_str())),
    }
}
