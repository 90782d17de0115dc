//! Checks of the data folder, the TLS files and the limits of the operating system.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use chrono::Utc;
use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::config::{Config, Objects, Tls};
use crate::tls;

/// Free space below which Postgres should not be left to itself.
const FREE_BYTES: u64 = 1 << 30;
/// Days before its end on which a certificate should have been renewed.
const SOON_DAYS: i64 = 14;
/// Open files that a server with some hundred readers needs.
const OPEN_FILES: u64 = 1024;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![data_folder(&config.data_dir), open_files()];
    if config.data_dir.is_dir() {
        findings.push(free_space(&config.data_dir));
    }
    if let Objects::Folder(folder) = &config.objects
        && folder.is_dir()
    {
        findings.push(private("objects", folder));
    }
    if let Some(settings) = &config.network.tls {
        findings.push(match tls::load(settings) {
            Ok(_) => Finding::holds("TLS", "certificate and key serve together"),
            Err(error) => Finding::fails(
                "TLS",
                error.to_string(),
                "name a certificate and its own key, in PEM",
            ),
        });
        findings.push(certificate(settings));
        findings.push(private("TLS key", &settings.key));
    }
    findings
}

fn data_folder(folder: &Path) -> Finding {
    const CHECK: &str = "data folder";
    if !folder.exists() {
        let evidence = format!("{} does not exist yet", folder.display());
        return Finding::unknown(CHECK, format!("{evidence}; `auditorium serve` creates it"));
    }
    match rustix::fs::access(
        folder,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    ) {
        Ok(()) => Finding::holds(CHECK, format!("{} can be written", folder.display())),
        Err(errno) => Finding::fails(
            CHECK,
            format!("{} cannot be written: {errno}", folder.display()),
            "run as the user who owns it, or choose another with --data-dir",
        ),
    }
}

fn certificate(tls: &Tls) -> Finding {
    const CHECK: &str = "TLS certificate";
    const MEND: &str = "renew it; the running server takes new files by itself";
    match tls::expires_at(tls) {
        Ok(end) => {
            let days = (end - Utc::now()).num_days();
            let evidence = format!("counts until {}", end.format("%Y-%m-%d %H:%M UTC"));
            if end <= Utc::now() {
                Finding::fails(CHECK, evidence, MEND)
            } else if days < SOON_DAYS {
                Finding::warns(CHECK, evidence, MEND)
            } else {
                Finding::holds(CHECK, evidence)
            }
        }
        Err(error) => Finding::unknown(CHECK, error.to_string()),
    }
}

fn free_space(folder: &Path) -> Finding {
    const CHECK: &str = "free space";
    match rustix::fs::statvfs(folder) {
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let evidence = format!("{} MiB are free", free >> 20);
            if free >= FREE_BYTES {
                Finding::holds(CHECK, evidence)
            } else {
                Finding::fails(
                    CHECK,
                    evidence,
                    "make room, or move the data folder to a larger disk",
                )
            }
        }
        Err(errno) => Finding::unknown(CHECK, errno.to_string()),
    }
}

fn open_files() -> Finding {
    const CHECK: &str = "open files";
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < OPEN_FILES => Finding::warns(
            CHECK,
            format!("this process may open {limit} files"),
            format!("raise it: `ulimit -n {OPEN_FILES}`, or LimitNOFILE in the systemd unit"),
        ),
        Some(limit) => Finding::holds(CHECK, format!("this process may open {limit} files")),
        None => Finding::holds(CHECK, "this process may open any number of files"),
    }
}

/// Whether nobody but its owner and group can read a file or folder.
fn private(check: &'static str, path: &Path) -> Finding {
    match fs::metadata(path) {
        Ok(meta) if meta.permissions().mode() & 0o004 != 0 => Finding::warns(
            check,
            format!(
                "{} can be read by every account of this machine",
                path.display()
            ),
            format!("chmod o-rwx {}", path.display()),
        ),
        Ok(_) => Finding::holds(check, format!("{} is private", path.display())),
        Err(error) => Finding::unknown(check, format!("{}: {error}", path.display())),
    }
}
