//! What was said about each key, and who said it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;

/// An invalid or unsafe configuration: one line that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub(super) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A value as text, lists comma-separated, whatever source it came from. Any
/// of them may be a secret, so none prints itself.
#[derive(Clone, Debug)]
pub struct Value {
    pub text: Secret,
    pub origin: Origin,
    /// The file that held it, when `…_FILE` named one.
    pub secret_file: Option<PathBuf>,
}

impl Value {
    /// A value that stands where it was said.
    pub fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self { text: Secret::new(text), origin, secret_file: None }
    }
}

/// The value of every key that has one, by name.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// Sets a key; what was set before gives way.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.0.insert(name, value);
    }

    /// What was said about a key. An empty text takes a value back, as in
    /// `PORTEIRO_METRICS__LISTEN=`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.text.reveal().is_empty())
    }

    /// As [`Values::get`], but an empty text counts.
    pub fn even_empty(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A failure that names the key and where its value comes from.
    pub fn refuse(&self, name: &str, what: impl fmt::Display) -> ConfigError {
        match self.0.get(name) {
            Some(value) => ConfigError(format!("{name} {what} ({})", value.origin)),
            None => ConfigError(format!("{name} {what}")),
        }
    }

    /// Reads a key that may be absent.
    pub fn optional<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        parse(value.text.reveal()).map(Some).map_err(|what| self.refuse(name, what))
    }

    /// Reads a key that must have a value.
    pub fn required<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.optional(name, parse)?.ok_or_else(|| self.refuse(name, "must have a value"))
    }

    /// A duration such as `15m` between two bounds.
    pub fn duration(&self, name: &str, least: Duration, most: Duration) -> Result<Duration, ConfigError> {
        self.required(name, |text| {
            let parsed = humantime::parse_duration(text);
            let duration =
                parsed.map_err(|_| format!("is {text:?}, write a duration such as 60s, 15m or 30d"))?;
            if (least..=most).contains(&duration) {
                return Ok(duration);
            }
            let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
            Err(format!("is {text}, choose between {least} and {most}"))
        })
    }

    /// A whole number between two bounds.
    pub fn number(&self, name: &str, least: u32, most: u32) -> Result<u32, ConfigError> {
        self.required(name, |text| match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(format!("is {text:?}, write a whole number between {least} and {most}")),
        })
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        self.required(name, |text| text.parse().map_err(|_| format!("is {text:?}, write true or false")))
    }
}

/// Splits a list as the environment writes it.
pub fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
