//! Environment variables. `PORTEIRO_SERVER__LISTEN` is `server.listen`, and
//! `PORTEIRO_SERVER__LISTEN_FILE` names a file that holds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::disk;
use super::key::{self, KEYS, Key};
use super::value::{ConfigError, Origin, Value, Values};

const CONFIG: &str = "PORTEIRO_CONFIG";

/// What surrounds the process, as far as configuration goes.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The variables, by name.
    pub variables: BTreeMap<String, String>,
    /// Where a configuration file is looked for when nobody names one.
    pub files: Vec<PathBuf>,
}

impl Environment {
    /// That of this process: the only place that asks for it.
    pub fn of_process() -> Self {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        Self {
            variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            files: ["porteiro.toml", "/etc/porteiro/porteiro.toml"].map(PathBuf::from).into(),
        }
    }

    /// The file that `PORTEIRO_CONFIG` names.
    pub fn config_file(&self) -> Option<&Path> {
        self.variables.get(CONFIG).filter(|path| !path.is_empty()).map(Path::new)
    }

    /// The issuer, for a program that needs nothing else of the configuration.
    ///
    /// # Errors
    /// When it is said twice, or a file that it is to be read from cannot be.
    pub fn issuer(&self) -> Result<Option<String>, ConfigError> {
        let value = key::find("issuer").map(|key| self.value(key)).transpose()?.flatten();
        Ok(value.map(|value| value.text.reveal().to_owned()))
    }

    /// Lays the variables over the values already there.
    pub fn apply(&self, values: &mut Values) -> Result<(), ConfigError> {
        self.check_names()?;
        if let Some(url) = self.variables.get("DATABASE_URL").filter(|url| !url.is_empty()) {
            values.set("database.url", Value::new(url, Origin::Environment("DATABASE_URL".into())));
        }
        for key in KEYS {
            if let Some(value) = self.value(key)? {
                values.set(key.name, value);
            }
        }
        Ok(())
    }

    fn value(&self, key: &Key) -> Result<Option<Value>, ConfigError> {
        let name = key.environment_name();
        let file_name = format!("{name}_FILE");
        match (self.variables.get(&name), self.variables.get(&file_name)) {
            (Some(_), Some(_)) => {
                Err(ConfigError(format!("{name} and {file_name} are both set, keep one of them")))
            }
            (Some(text), None) => Ok(Some(Value::new(text, Origin::Environment(name)))),
            (None, Some(path)) => {
                let text = disk::read(Path::new(path), &file_name)?;
                let mut value =
                    Value::new(text.trim_end_matches(['\r', '\n']), Origin::Environment(file_name));
                value.secret_file = Some(path.into());
                Ok(Some(value))
            }
            (None, None) => Ok(None),
        }
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        let known: Vec<String> = KEYS.iter().map(Key::environment_name).collect();
        for name in self.variables.keys().filter(|name| name.starts_with("PORTEIRO_")) {
            let stem = name.strip_suffix("_FILE").unwrap_or(name);
            if name == CONFIG || is_service_link(name) || known.iter().any(|known| known == stem) {
                continue;
            }
            let nearest = key::nearest(stem, known.iter().cloned()).unwrap_or_default();
            return Err(ConfigError(format!("unknown environment variable {name}, did you mean {nearest}?")));
        }
        Ok(())
    }
}

/// Kubernetes announces a service named `porteiro` to every pod beside it as
/// `PORTEIRO_PORT`, `PORTEIRO_SERVICE_HOST`, `PORTEIRO_PORT_8080_TCP_ADDR`.
fn is_service_link(name: &str) -> bool {
    name.ends_with("_PORT")
        || name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT_")
        || name.contains("_TCP")
        || name.contains("_UDP")
}
