//! The matrix: what SOC 2, GDPR and HIPAA ask for, and the checks behind each row (row C11).
//!
//! Numbers are those of the AICPA Trust Services Criteria (2017, points of focus 2022), of
//! Regulation (EU) 2016/679, and of 45 CFR part 164.

use super::Framework;

/// A row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub id: &'static str,
    pub title: &'static str,
    /// What is done for it.
    pub summary: &'static str,
    /// Control, article or section numbers; a framework without one does not ask for it.
    pub controls: &'static [(Framework, &'static str)],
    /// Ids of the checks behind it.
    pub checks: &'static [&'static str],
}

impl Requirement {
    /// The numbers of a framework, or nothing where it does not ask.
    #[must_use]
    pub fn control(&self, framework: Framework) -> Option<&'static str> {
        self.controls
            .iter()
            .find(|(name, _)| *name == framework)
            .map(|(_, numbers)| *numbers)
    }
}

use Framework::{Gdpr, Hipaa, Soc2};

/// The rows, in the order in which they are shown.
pub const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        id: "access-control",
        title: "Access control",
        summary: "Roles, sessions and tokens with an end, team isolation",
        controls: &[
            (Soc2, "CC6.1, CC6.2, CC6.3"),
            (Gdpr, "Art. 25(2), 32(1)(b)"),
            (Hipaa, "§164.312(a)(1), §164.308(a)(4)"),
        ],
        checks: &[
            "accounts.few_admins",
            "accounts.personal",
            "accounts.used",
            "accounts.second_factor",
            "accounts.passwords_hashed",
            "sessions.eight_hours",
            "tokens.rotated",
            "tokens.expire",
            "people.access_review",
        ],
    },
    Requirement {
        id: "encryption-at-rest",
        title: "Encryption at rest",
        summary: "AES-256 with managed keys for database and objects",
        controls: &[
            (Soc2, "CC6.1, C1.1"),
            (Gdpr, "Art. 32(1)(a)"),
            (Hipaa, "§164.312(a)(2)(iv)"),
        ],
        checks: &[
            "database.encrypted_at_rest",
            "objects.encrypted",
            "objects.private",
            "settings.data_folder",
        ],
    },
    Requirement {
        id: "encryption-in-transit",
        title: "Encryption in transit",
        summary: "TLS 1.3 to readers, verified TLS to database and object store",
        controls: &[
            (Soc2, "CC6.7"),
            (Gdpr, "Art. 32(1)(a)"),
            (Hipaa, "§164.312(e)(1), (e)(2)(ii)"),
        ],
        checks: &[
            "transport.https",
            "transport.tls_1_3",
            "database.encrypted",
            "objects.transport",
        ],
    },
    Requirement {
        id: "audit-logging",
        title: "Audit logging",
        summary: "One trail that the application cannot alter",
        controls: &[
            (Soc2, "CC7.2, CC7.3"),
            (Gdpr, "Art. 5(1)(f), 5(2), 30"),
            (Hipaa, "§164.312(b), (c)(1)"),
        ],
        checks: &[
            "trail.app_cannot_alter",
            "trail.complete",
            "trail.truncation_recorded",
            "trail.sealed",
            "trail.rows_match",
            "trail.task_logs_match",
            "trail.recovery_key_apart",
            "objects.written_once",
            "database.least_privilege",
            "database.durable",
            "database.checksums",
        ],
    },
    Requirement {
        id: "data-retention",
        title: "Data retention",
        summary: "Terms by category, deletion with a reason, locked copies",
        controls: &[
            (Soc2, "C1.2, P4.2, P4.3"),
            (Gdpr, "Art. 5(1)(e)"),
            (Hipaa, "§164.316(b)(2)(i)"),
        ],
        checks: &[
            "trail.terms_kept",
            "objects.versioned",
            "objects.locked",
            "people.retention_policy",
        ],
    },
    Requirement {
        id: "breach-notification",
        title: "Breach notification",
        summary: "Alarming events are found at once and sent on",
        controls: &[
            (Soc2, "CC7.3, CC7.4, P6.6"),
            (Gdpr, "Art. 33, 34"),
            (Hipaa, "§164.308(a)(6), §164.404, §164.410"),
        ],
        checks: &[
            "alerts.watching",
            "alerts.delivered",
            "people.breach_procedure",
        ],
    },
    Requirement {
        id: "right-to-erasure",
        title: "Right to erasure",
        summary: "A deletion workflow that leaves a record of itself",
        controls: &[(Gdpr, "Art. 17")],
        checks: &["trail.deletions_recorded"],
    },
    Requirement {
        id: "data-portability",
        title: "Access and data portability",
        summary: "Export as CSV, NDJSON and JSON",
        controls: &[(Gdpr, "Art. 15(3), 20")],
        checks: &["trail.exportable"],
    },
    Requirement {
        id: "minimum-necessary",
        title: "Minimum necessary",
        summary: "Roles show what the work needs",
        controls: &[(Hipaa, "§164.502(b), §164.514(d)")],
        checks: &[
            "accounts.few_admins",
            "people.access_review",
            "people.classification",
        ],
    },
    Requirement {
        id: "business-associates",
        title: "Business associate agreements",
        summary: "Agreements with whoever handles health data for you",
        controls: &[(Hipaa, "§164.504(e), §164.308(b)(1)")],
        checks: &["people.agreements"],
    },
];
