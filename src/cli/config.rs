//! `porteiro config`: what is in force, and whether it will do.

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Global, Output, load_config};
use crate::config::{Loaded, Mode};

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Say whether `serve` would accept the configuration, and what is weak in it
    Check {
        /// Fail when a setting is weak
        #[arg(long)]
        strict: bool,
    },
    /// Print every key with its value and where that comes from
    Show,
}

impl Config {
    /// Runs the verb.
    pub fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        match self {
            Config::Check { strict } => check(&load_config(global, Mode::Serve)?, strict, output),
            Config::Show => {
                show(&load_config(global, Mode::Admin)?, output);
                Ok(())
            }
        }
    }
}

fn check(loaded: &Loaded, strict: bool, output: Output) -> Result<(), Failure> {
    let weaknesses = loaded.weaknesses();
    if output.is_json() {
        output.object(&json!({ "valid": true, "weaknesses": weaknesses }));
    } else {
        weaknesses.iter().for_each(|line| output.line(&format!("weak: {line}")));
    }
    if strict && !weaknesses.is_empty() {
        return Err(Failure::Configuration("--strict: the configuration is valid but weak".into()));
    }
    output.note("the configuration is valid");
    Ok(())
}

fn show(loaded: &Loaded, output: Output) {
    if output.is_json() {
        output.object(&loaded.json());
    } else {
        output.list(&loaded.rows(), &["key", "value", "origin"]);
    }
}
