//! From the sources to the tree: an empty machine, and what is put on it.

mod layers;
mod refusals;
mod weaknesses;

use std::path::PathBuf;

use tempfile::TempDir;

use super::{ConfigError, Environment, Loaded, Mode, Overrides, load};

/// An empty machine: no flags, no variables, no file.
#[derive(Default)]
struct Sources {
    overrides: Overrides,
    environment: Environment,
    folder: Option<TempDir>,
}

impl Sources {
    fn with(variables: &[(&str, &str)]) -> Self {
        let mut sources = Self::default();
        for (name, value) in variables {
            sources.environment.variables.insert((*name).into(), (*value).into());
        }
        sources
    }

    fn written(&mut self, name: &str, text: &str, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.folder.get_or_insert_with(|| TempDir::new().unwrap());
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn file(mut self, text: &str) -> Self {
        self.overrides.config = Some(self.written("porteiro.toml", text, 0o644));
        self
    }

    fn variable_file(mut self, name: &str, text: &str, mode: u32) -> Self {
        let path = self.written("value", text, mode);
        self.environment.variables.insert(name.into(), path.display().to_string());
        self
    }

    fn load(&self, mode: Mode) -> Result<Loaded, ConfigError> {
        load(&self.overrides, &self.environment, mode)
    }

    fn refusal(&self) -> String {
        let line = self.load(Mode::Admin).unwrap_err().to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    }
}
