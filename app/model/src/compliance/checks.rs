//! Every check by its id, in the order in which it is shown. How each measures stands in the
//! service, under the same id; those of area [`Area::People`] are attested only.

use crate::event::text_enum;

text_enum! {
    /// What a check looks at.
    Area {
        Trail = "trail",
        Database = "database",
        Objects = "objects",
        Accounts = "accounts",
        Transport = "transport",
        Alerts = "alerts",
        /// What no program can see.
        People = "people",
    }
}

impl Area {
    /// The words that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trail => "The trail",
            Self::Database => "Database",
            Self::Objects => "Object store",
            Self::Accounts => "Accounts, sessions and tokens",
            Self::Transport => "Network and settings",
            Self::Alerts => "Alerts",
            Self::People => "What people attest",
        }
    }
}

/// A check: what it claims when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: &'static str,
    pub area: Area,
    /// A statement that is true when the check holds.
    pub title: &'static str,
}

const fn check(area: Area, id: &'static str, title: &'static str) -> Check {
    Check { id, area, title }
}

/// All of them.
pub const CHECKS: &[Check] = &[
    check(
        Area::Trail,
        "trail.app_cannot_alter",
        "The application's role cannot change or remove events",
    ),
    check(
        Area::Trail,
        "trail.complete",
        "No event is missing without a record of its removal",
    ),
    check(
        Area::Trail,
        "trail.truncation_recorded",
        "A TRUNCATE of any partition is recorded",
    ),
    check(
        Area::Trail,
        "trail.terms_kept",
        "Protected categories cannot be deleted before their term",
    ),
    check(
        Area::Trail,
        "trail.deletions_recorded",
        "Every deletion has a reason and its own event",
    ),
    check(
        Area::Trail,
        "trail.exportable",
        "Events can be read back as JSON",
    ),
    check(
        Area::Trail,
        "trail.sealed",
        "Every event is sealed soon after it was recorded",
    ),
    check(
        Area::Trail,
        "trail.rows_match",
        "Every event is stored as it was sealed",
    ),
    check(
        Area::Trail,
        "trail.task_logs_match",
        "Task logs are what their events recorded",
    ),
    check(
        Area::Trail,
        "trail.recovery_key_apart",
        "The recovery key is kept apart from the keys that sign",
    ),
    check(
        Area::Database,
        "database.encrypted",
        "The database connection cannot be read on its way",
    ),
    check(
        Area::Database,
        "database.least_privilege",
        "The application's role is neither owner nor superuser",
    ),
    check(
        Area::Database,
        "database.durable",
        "An acknowledged event survives a crash",
    ),
    check(
        Area::Database,
        "database.checksums",
        "The database notices damaged pages",
    ),
    check(
        Area::Database,
        "database.encrypted_at_rest",
        "The database's storage is encrypted",
    ),
    check(
        Area::Objects,
        "objects.private",
        "Strangers cannot read stored objects",
    ),
    check(
        Area::Objects,
        "objects.encrypted",
        "Stored objects are encrypted",
    ),
    check(
        Area::Objects,
        "objects.versioned",
        "Overwritten objects keep their earlier versions",
    ),
    check(
        Area::Objects,
        "objects.locked",
        "Stored objects are locked against removal",
    ),
    check(
        Area::Objects,
        "objects.written_once",
        "The object store writes an object once only",
    ),
    check(
        Area::Objects,
        "objects.transport",
        "The way to the object store is encrypted",
    ),
    check(
        Area::Accounts,
        "accounts.used",
        "No open account was unused for 90 days",
    ),
    check(
        Area::Accounts,
        "accounts.personal",
        "No default or shared account is open",
    ),
    check(
        Area::Accounts,
        "accounts.few_admins",
        "Not everyone is an administrator",
    ),
    check(
        Area::Accounts,
        "accounts.second_owner",
        "A second owner can sign in",
    ),
    check(
        Area::Accounts,
        "accounts.passwords_hashed",
        "Passwords are kept as argon2id hashes only",
    ),
    check(
        Area::Accounts,
        "accounts.second_factor",
        "Administrators sign in with a second factor",
    ),
    check(
        Area::Accounts,
        "sessions.eight_hours",
        "No session lasts longer than 8 hours",
    ),
    check(
        Area::Accounts,
        "tokens.rotated",
        "No open token is older than 90 days",
    ),
    check(Area::Accounts, "tokens.expire", "Every open token expires"),
    check(
        Area::Transport,
        "transport.https",
        "Readers reach the console by HTTPS",
    ),
    check(
        Area::Transport,
        "transport.tls_1_3",
        "TLS 1.3 is the oldest version that is spoken",
    ),
    check(
        Area::Transport,
        "settings.environment",
        "The settings fit the environment",
    ),
    check(
        Area::Transport,
        "settings.no_secrets",
        "The configuration file holds no secrets",
    ),
    check(
        Area::Transport,
        "settings.data_folder",
        "Only its own user can read the data folder",
    ),
    check(
        Area::Alerts,
        "alerts.watching",
        "The trail is being watched for alarming events",
    ),
    check(
        Area::Alerts,
        "alerts.delivered",
        "Alerts leave this installation by webhook",
    ),
    check(
        Area::People,
        "people.access_review",
        "Who may do what was reviewed",
    ),
    check(
        Area::People,
        "people.backup_tested",
        "A backup was restored and looked at",
    ),
    check(
        Area::People,
        "people.recovery_plan",
        "The disaster recovery plan was tried",
    ),
    check(
        Area::People,
        "people.network",
        "Network limits stand: private subnets, VPN, firewall",
    ),
    check(
        Area::People,
        "people.updates",
        "Updates are installed on a schedule",
    ),
    check(
        Area::People,
        "people.monitoring",
        "Somebody is called when the service is down",
    ),
    check(
        Area::People,
        "people.secret_manager",
        "Secrets come from a secret manager and are rotated",
    ),
    check(
        Area::People,
        "people.single_sign_on",
        "Accounts come from SSO or LDAP",
    ),
    check(Area::People, "people.trained", "The team is trained"),
    check(
        Area::People,
        "people.isolation",
        "Production and test are kept apart, without unmasked copies",
    ),
    check(
        Area::People,
        "people.sources",
        "Data sources are opened read-only",
    ),
    check(
        Area::People,
        "people.outputs",
        "Outputs are validated and first tried on small sets",
    ),
    check(
        Area::People,
        "people.transformations",
        "Transformations are documented and keep references whole",
    ),
    check(
        Area::People,
        "people.classification",
        "Data classification is not bypassed",
    ),
    check(
        Area::People,
        "people.retention_policy",
        "How long what is kept is written down",
    ),
    check(
        Area::People,
        "people.breach_procedure",
        "Who tells whom of a breach, and how soon, is written down",
    ),
    check(
        Area::People,
        "people.agreements",
        "Business associate agreements are signed",
    ),
];

/// The check of this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id)
}
