//! What this machine gives the server: a certificate, room on the disk.

use std::path::Path;

use rustix::fs::statvfs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::{Finding, certificate};
use crate::clock::Clock;
use crate::config::Config;

const MIB: u64 = 1024 * 1024;

/// Free space below which writes will soon fail, and where it is time to act.
const ALARMING: u64 = 64 * MIB;
const LITTLE: u64 = 1024 * MIB;

/// Looks at what the configuration names here.
pub fn findings(config: &Config) -> Vec<Finding> {
    let certificate = config.server.tls_cert.as_deref().map(own_certificate);
    let disk =
        config.database.url.reveal().starts_with("sqlite:").then(|| disk(config.database.url.reveal()));
    certificate.into_iter().chain(disk.flatten()).collect()
}

fn own_certificate(path: &Path) -> Finding {
    match CertificateDer::from_pem_file(path) {
        Ok(der) => certificate::judge(&der, "server.tls_cert", Clock::System.now()),
        Err(cause) => Finding::error(
            "certificate_unreadable",
            format!("{}: {cause}", path.display()),
            "put a certificate chain in PEM there",
        ),
    }
}

fn disk(url: &str) -> Option<Finding> {
    let options: SqliteConnectOptions = url.parse().ok()?;
    let folder = options.get_filename().parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let system = statvfs(folder).ok()?;
    Some(room(folder, system.f_bavail.saturating_mul(system.f_frsize)))
}

fn room(folder: &Path, free: u64) -> Finding {
    let told = format!("{} MiB are free for the database in {}", free / MIB, folder.display());
    let fix = "make room, or move the database: a full disk means 503 to every login";
    match free {
        0..ALARMING => Finding::error("disk_full", told, fix),
        ALARMING..LITTLE => Finding::warning("disk_filling", told, fix),
        _ => Finding::ok("disk", told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_judged_by_the_room_that_is_left() {
        let codes = [10, 500, 5000].map(|mib| room(Path::new("/data"), mib * MIB).code);
        assert_eq!(codes, ["disk_full", "disk_filling", "disk"]);
    }
}
