//! `porteiro doctor`: what is wrong or weak, and the command that mends it.

mod certificate;
mod database;
mod issuer;
mod machine;
mod registered;
mod stored;

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::{Failure, Global, Output, load_config};
use crate::config::Mode;
use crate::error::Error;

/// Look for what is wrong or weak, and say how to mend it
#[derive(Args, Clone, Copy, Debug)]
pub struct Doctor {
    /// End with exit code 1 for warnings too
    #[arg(long)]
    strict: bool,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// Looked at, and fine.
    Ok,
    /// To know; nothing can be done about it here.
    Note,
    /// Works, and could be safer.
    Warning,
    /// Does not work, or will stop working.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    severity: Severity,
    /// Stable, for scripts.
    code: &'static str,
    finding: String,
    /// The command or setting that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(code: &'static str, finding: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, code, finding: finding.into(), fix: None }
    }

    fn note(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Note, code, finding: finding.into(), fix: Some(fix.into()) }
    }

    fn warning(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, finding: finding.into(), fix: Some(fix.into()) }
    }

    fn error(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, finding: finding.into(), fix: Some(fix.into()) }
    }
}

/// A clock that differs by more than this makes fresh tokens look unborn or
/// expired elsewhere.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(2);

impl Doctor {
    /// Looks at everything. Ends with exit code 1 when something is an error.
    ///
    /// # Errors
    /// Exit code 6 when the configuration is invalid, which is a finding as
    /// well; 1 for errors found, with `--strict` for warnings too.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let loaded = match load_config(global, Mode::Serve) {
            Ok(loaded) => loaded,
            Err(failure) => {
                let fix = "correct it, then run: porteiro config check";
                print(output, &[Finding::error("configuration_invalid", failure.message(), fix)]);
                return Err(failure);
            }
        };
        let mut findings: Vec<Finding> = loaded.weaknesses().into_iter().map(weak_setting).collect();
        if findings.is_empty() {
            findings.push(Finding::ok("configuration", "nothing in the configuration is weak"));
        }
        findings.extend(stored::findings(&loaded.config).await);
        findings.extend(machine::findings(&loaded.config));
        findings.extend(issuer::findings(&loaded.config).await);
        print(output, &findings);
        self.judge(&findings)
    }

    fn judge(self, findings: &[Finding]) -> Result<(), Failure> {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        match (count(Severity::Error), count(Severity::Warning)) {
            (0, 0) => Ok(()),
            (0, _) if !self.strict => Ok(()),
            (errors, warnings) => Err(Failure::Failed(format!("errors: {errors}, warnings: {warnings}"))),
        }
    }
}

fn print(output: Output, findings: &[Finding]) {
    output.list(findings, &["severity", "code", "finding", "fix"]);
}

/// What lies beneath an error, which says most.
fn said(error: &Error) -> String {
    error.cause().map_or_else(|| error.to_string(), ToString::to_string)
}

fn weak_setting(weakness: String) -> Finding {
    Finding::warning("weak_setting", weakness, "porteiro config show")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strictness_makes_a_failure_of_a_warning() {
        let table = [
            (Finding::ok("", ""), true, true),
            (Finding::note("", "", ""), true, true),
            (Finding::warning("", "", ""), true, false),
            (Finding::error("", "", ""), false, false),
        ];
        for (finding, passes, passes_strictly) in table {
            let findings = [Finding::ok("", ""), finding];
            let judged = |strict| Doctor { strict }.judge(&findings).is_ok();
            assert_eq!((judged(false), judged(true)), (passes, passes_strictly), "{findings:?}");
        }
    }
}
