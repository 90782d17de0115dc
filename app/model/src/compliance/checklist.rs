//! The checklist: practices, readiness for production, data handling (rows B7, B11, B14).

use crate::event::text_enum;

text_enum! {
    /// A part of the checklist.
    Chapter { Practices = "practices", Production = "production", Data = "data" }
}

impl Chapter {
    /// The words that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Practices => "Security practices",
            Self::Production => "Ready for production",
            Self::Data => "Data handling",
        }
    }
}

/// A line of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practice {
    pub chapter: Chapter,
    pub title: &'static str,
    /// Ids of the checks behind it.
    pub checks: &'static [&'static str],
}

const fn line(chapter: Chapter, title: &'static str, checks: &'static [&'static str]) -> Practice {
    Practice {
        chapter,
        title,
        checks,
    }
}

use Chapter::{Data, Practices, Production};

/// The lines, in the order in which they are shown.
pub const PRACTICES: &[Practice] = &[
    line(
        Practices,
        "Secrets come from a secret manager and are rotated",
        &["people.secret_manager", "tokens.rotated"],
    ),
    line(
        Practices,
        "Passwords of 12 or more characters, kept as argon2id hashes",
        &["accounts.passwords_hashed"],
    ),
    line(
        Practices,
        "A second factor for administrators",
        &["accounts.second_factor"],
    ),
    line(
        Practices,
        "No default or shared accounts",
        &["accounts.personal"],
    ),
    line(Practices, "Access is reviewed", &["people.access_review"]),
    line(
        Practices,
        "Unused accounts are disabled",
        &["accounts.used"],
    ),
    line(Practices, "No permanent tokens", &["tokens.expire"]),
    line(
        Practices,
        "Certificates are verified and database connections encrypted",
        &["database.encrypted", "objects.transport"],
    ),
    line(
        Practices,
        "No secrets in configuration",
        &["settings.no_secrets"],
    ),
    line(
        Practices,
        "Remote access by VPN, database not public, default ports behind a firewall",
        &["people.network"],
    ),
    line(
        Practices,
        "Not everyone is an administrator, and no owner stands alone",
        &["accounts.few_admins", "accounts.second_owner"],
    ),
    line(
        Practices,
        "No caller without credentials, internal ones included",
        &["database.least_privilege", "objects.private"],
    ),
    line(
        Production,
        "Default passwords are changed",
        &["accounts.personal"],
    ),
    line(
        Production,
        "Sign-in by SSO or LDAP",
        &["people.single_sign_on"],
    ),
    line(
        Production,
        "HTTPS",
        &["transport.https", "transport.tls_1_3"],
    ),
    line(
        Production,
        "Secret manager",
        &["people.secret_manager", "settings.no_secrets"],
    ),
    line(
        Production,
        "Roles limit what each may do",
        &["accounts.few_admins", "database.least_privilege"],
    ),
    line(
        Production,
        "Full audit",
        &[
            "trail.app_cannot_alter",
            "trail.complete",
            "trail.truncation_recorded",
            "trail.sealed",
            "trail.rows_match",
        ],
    ),
    line(
        Production,
        "Network limits and isolation",
        &["people.network", "people.isolation"],
    ),
    line(
        Production,
        "Monitoring",
        &["alerts.watching", "alerts.delivered", "people.monitoring"],
    ),
    line(Production, "Updates", &["people.updates"]),
    line(
        Production,
        "Backup and recovery plan, both tried",
        &["people.backup_tested", "people.recovery_plan"],
    ),
    line(
        Production,
        "Settings by environment",
        &["settings.environment", "settings.data_folder"],
    ),
    line(Production, "The team is trained", &["people.trained"]),
    line(Data, "Sources are opened read-only", &["people.sources"]),
    line(
        Data,
        "Outputs are validated, tests run on small sets first",
        &["people.outputs"],
    ),
    line(
        Data,
        "Transformations are documented, references stay whole",
        &["people.transformations"],
    ),
    line(
        Data,
        "Production and test are kept apart, no unmasked copies",
        &["people.isolation"],
    ),
    line(
        Data,
        "Classification is never bypassed",
        &["people.classification"],
    ),
];
