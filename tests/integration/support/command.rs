//! The program as a script calls it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Database;

/// How a command ended.
pub struct Ran {
    pub code: Option<i32>,
    /// What `--json` printed; null when that was nothing.
    pub json: Value,
    pub stderr: String,
}

/// Runs `porteiro … --json` on a database and hands it `input` on its
/// standard input.
pub fn porteiro(database: &Database, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_porteiro"))
        .args(arguments)
        .args(["--json", "--issuer", "https://login.example.com", "--database-url", &database.url])
        .env_clear()
        .env("PORTEIRO_PASSWORDS__ARGON2_MEMORY_KIB", "64")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        json: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
