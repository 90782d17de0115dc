//! Whether the way to the readers and the settings fit what the installation says it is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Facts;
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
    permissions(folder)
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
