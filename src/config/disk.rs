//! Files that the configuration names.

use std::path::Path;

use super::value::ConfigError;
use crate::branding::Logo;

/// Reads a text file that a key or flag named.
pub fn read(path: &Path, named_by: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|problem| {
        ConfigError(format!("cannot read {} named by {named_by}: {problem}", path.display()))
    })
}

/// Reads a picture for the pages.
pub fn logo(path: &Path) -> Result<Logo, String> {
    let bytes = std::fs::read(path).map_err(|problem| format!("cannot be read: {problem}"))?;
    Logo::from_bytes(bytes).ok_or_else(|| "is no SVG, PNG, JPEG, GIF or WebP image".into())
}

/// A private key that every user of the machine can read is none.
pub fn check_private(path: &Path) -> Result<(), String> {
    if readable_by_others(path) {
        return Err(format!("is readable by every user, run: chmod o-rwx {}", path.display()));
    }
    Ok(())
}

/// Whether every user of the machine can read the file.
#[cfg(unix)]
pub fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
pub fn readable_by_others(_: &Path) -> bool {
    false
}
