//! Collects what every source says and builds the tree from it.

use std::path::PathBuf;

use super::build::build;
use super::key::KEYS;
use super::value::{ConfigError, Origin, Value, Values};
use super::{Config, Environment, disk};

/// The flags that set a value.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub config: Option<PathBuf>,
    pub issuer: Option<String>,
    pub listen: Option<String>,
    pub database_url: Option<String>,
}

/// What the configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything must be right, and the issuer said.
    Serve,
    /// The issuer defaults to `http://localhost` with the port of `server.listen`.
    Dev,
    /// Commands on the database: the issuer as in [`Mode::Dev`], and files
    /// that only a server reads may be missing.
    Admin,
}

/// A configuration, and where each value of it comes from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// The file that was read.
    pub file: Option<PathBuf>,
    pub(super) values: Values,
}

/// Reads every source and builds the tree.
///
/// # Errors
/// One line about the first thing that is invalid or unsafe.
pub fn load(overrides: &Overrides, environment: &Environment, mode: Mode) -> Result<Loaded, ConfigError> {
    let mut values = defaults();
    let file = config_file(overrides, environment);
    if let Some((path, named_by)) = &file {
        super::file::apply(&mut values, path, &disk::read(path, named_by)?)?;
    }
    environment.apply(&mut values)?;
    overrides.apply(&mut values);
    let config = build(&values, mode)?;
    Ok(Loaded { config, file: file.map(|(path, _)| path), values })
}

fn defaults() -> Values {
    let mut values = Values::default();
    for (key, text) in KEYS.iter().filter_map(|key| Some((key, key.default()?))) {
        values.set(key.name, Value::new(text, Origin::Default));
    }
    values
}

/// The file to read and who named it. A file that somebody named must exist.
fn config_file(overrides: &Overrides, environment: &Environment) -> Option<(PathBuf, &'static str)> {
    let flag = overrides.config.as_deref().map(|path| (path, "--config"));
    let variable = || environment.config_file().map(|path| (path, "PORTEIRO_CONFIG"));
    let usual =
        || environment.files.iter().find(|path| path.exists()).map(|path| (path.as_path(), "default"));
    flag.or_else(variable).or_else(usual).map(|(path, named_by)| (path.to_owned(), named_by))
}

impl Overrides {
    fn apply(&self, values: &mut Values) {
        let flags = [
            ("issuer", "--issuer", &self.issuer),
            ("server.listen", "--listen", &self.listen),
            ("database.url", "--database-url", &self.database_url),
        ];
        for (name, flag, text) in flags {
            if let Some(text) = text {
                values.set(name, Value::new(text, Origin::Flag(flag)));
            }
        }
    }
}
