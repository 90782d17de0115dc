//! Whether the way to the readers and the settings fit what the installation says it is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Facts;
use model::compliance::Outcome;

use super::verdict::{Finding, Verdict, list};
use crate::Services;

pub(super) fn check(services: &Services) -> Vec<Finding> {
    let facts = &services.facts;
    let environment = services.settings.environment.as_str();
    vec![
        (
            "transport.https",
            https(facts, &services.settings.public_url),
        ),
        ("transport.tls_1_3", tls(facts)),
        ("settings.environment", fits(facts, environment)),
        ("settings.no_secrets", secrets(facts)),
        (
            "settings.data_folder",
            data_folder(facts.data_dir.as_deref()),
        ),
    ]
}

fn https(facts: &Facts, public_url: &str) -> Verdict {
    let evidence = match (facts.https, facts.listens_on_loopback) {
        (true, _) => format!("Readers open {public_url}."),
        (false, true) => format!("Readers open {public_url}, which does not leave this machine."),
        (false, false) => format!("Readers open {public_url} by plain HTTP."),
    };
    Verdict::judge(
        facts.https || facts.listens_on_loopback,
        evidence,
        "Set tls.cert and tls.key (--tls-cert, --tls-key), or public_url with https where a proxy serves it.",
    )
}

fn tls(facts: &Facts) -> Verdict {
    match facts.tls_min_version.as_deref() {
        Some(version) => Verdict::judge(
            version == "1.3",
            format!("The oldest version that this process speaks is TLS {version}."),
            "Remove tls.min_version (AUDITORIUM_TLS_MIN_VERSION); 1.3 is the default.",
        ),
        None if facts.listens_on_loopback && !facts.https => Verdict::unknown(
            "This process serves plain HTTP to this machine only.",
            "Set tls.cert and tls.key to serve others.",
        ),
        None => Verdict::unknown(
            "TLS is served by a proxy in front of this process.",
            "Set TLS 1.3 as the oldest version at the proxy, then attest it here.",
        ),
    }
}

fn fits(facts: &Facts, environment: &str) -> Verdict {
    let evidence = if facts.warnings.is_empty() {
        format!("The environment is {environment}; nothing in the settings contradicts it.")
    } else {
        format!(
            "The environment is {environment}, and {} settings do not fit it: {}.",
            facts.warnings.len(),
            facts.warnings.join("; ")
        )
    };
    Verdict::judge(
        facts.warnings.is_empty(),
        evidence,
        "Change the settings named above; `auditorium doctor` says the same.",
    )
}

fn secrets(facts: &Facts) -> Verdict {
    let evidence = if facts.secrets_in_file.is_empty() {
        "No secret setting has its value in the configuration file.".to_owned()
    } else {
        format!(
            "The configuration file holds {}.",
            list(&facts.secrets_in_file)
        )
    };
    Verdict::judge(
        facts.secrets_in_file.is_empty(),
        evidence,
        "Move them into the environment or into files named by <VARIABLE>_FILE, which a secret manager fills.",
    )
}

fn data_folder(folder: Option<&Path>) -> Verdict {
    let Some(folder) = folder else {
        return Verdict::unknown(
            "This process keeps no local data.",
            "Nothing, unless that is wrong.",
        );
    };
    let outer = permissions(folder);
    if outer.outcome != Outcome::Fails || mode(folder).is_none_or(|mode| mode & READ_OR_WRITE != 0)
    {
        return outer;
    }
    inside(folder)
}

/// The bits by which group and others read or write.
const READ_OR_WRITE: u32 = 0o066;

/// The permission bits of a file or folder.
fn mode(path: &Path) -> Option<u32> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(metadata.permissions().mode() & 0o777)
}

/// A folder that others can pass through, as an embedded Postgres under its own user needs, is
/// as private as what stands in it.
fn inside(folder: &Path) -> Verdict {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            return Verdict::unknown(
                format!(
                    "{} cannot be looked into: {}.",
                    folder.display(),
                    error.kind()
                ),
                "Check that the folder belongs to the user of this process.",
            );
        }
    };
    let open: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| mode(&entry.path()).is_some_and(|mode| mode.trailing_zeros() < 6))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let mode = mode(folder).unwrap_or_default();
    let evidence = if open.is_empty() {
        format!(
            "{} has mode {mode:04o}; nothing in it is open to others.",
            folder.display()
        )
    } else {
        format!(
            "{} has mode {mode:04o}; open to others in it: {}.",
            folder.display(),
            list(&open)
        )
    };
    Verdict::judge(
        open.is_empty(),
        evidence,
        format!("Run: chmod go= {}/*", folder.display()),
    )
}

/// Whether others than the owner of a folder are kept out.
pub(super) fn permissions(folder: &Path) -> Verdict {
    match std::fs::metadata(folder) {
        Ok(metadata) => {
            let mode = metadata.permissions().mode() & 0o777;
            Verdict::judge(
                mode.trailing_zeros() >= 6,
                format!("{} has mode {mode:04o}.", folder.display()),
                format!("Run: chmod 700 {}", folder.display()),
            )
        }
        Err(error) => Verdict::unknown(
            format!(
                "{} cannot be looked at: {}.",
                folder.display(),
                error.kind()
            ),
            "Check that the folder exists and belongs to the user of this process.",
        ),
    }
}
