//! The table of every setting: the one place that says what a setting is called in the file, in
//! the environment and on the command line. A setting that is not in this table does not exist:
//! the layers refuse it.

/// One setting under its names. The name in the file is `section.key`, or `key` at the top level.
#[derive(Debug)]
pub struct Setting {
    /// Name in the TOML file and in error messages.
    pub key: &'static str,
    /// Name of the environment variable.
    pub env: &'static str,
    /// Whether the value must never be shown. A secret has no flag, since command lines are
    /// readable by every process of a machine, but `<env>_FILE` may name a file that holds it.
    pub secret: bool,
    /// The value that counts when no layer gives one; `None` means "absent".
    pub default: Option<&'static str>,
    /// What it does, in one sentence.
    pub about: &'static str,
}

const fn open(
    key: &'static str,
    env: &'static str,
    default: Option<&'static str>,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        env,
        secret: false,
        default,
        about,
    }
}

const fn secret(key: &'static str, env: &'static str, about: &'static str) -> Setting {
    Setting {
        key,
        env,
        secret: true,
        default: None,
        about,
    }
}

/// Every setting, in the order in which documentation lists them.
pub const SETTINGS: &[Setting] = &[
    open(
        "data_dir",
        "AUDITORIUM_DATA_DIR",
        None,
        "Folder of all local data.",
    ),
    open(
        "listen",
        "AUDITORIUM_LISTEN",
        None,
        "Address and port to serve on.",
    ),
    open(
        "trail.keys",
        "AUDITORIUM_TRAIL_KEYS",
        None,
        "Folder of the keys that sign the trail; `keys` in the data folder where it is left out.",
    ),
    open(
        "trail.witnesses",
        "AUDITORIUM_TRAIL_WITNESSES",
        None,
        "Policy file with the witnesses that are asked to cosign, each with its address.",
    ),
    open(
        "environment",
        "AUDITORIUM_ENVIRONMENT",
        Some("development"),
        "development, staging or production; decides defaults and what is refused.",
    ),
    open(
        "public_url",
        "AUDITORIUM_PUBLIC_URL",
        None,
        "Address under which people open it.",
    ),
    open(
        "trusted_proxies",
        "TRUSTED_PROXIES",
        None,
        "Networks of the reverse proxies whose X-Forwarded-For counts.",
    ),
    open(
        "tls.cert",
        "AUDITORIUM_TLS_CERT",
        None,
        "Certificate chain, PEM.",
    ),
    open(
        "tls.key",
        "AUDITORIUM_TLS_KEY",
        None,
        "Private key of the certificate, PEM.",
    ),
    open(
        "tls.min_version",
        "AUDITORIUM_TLS_MIN_VERSION",
        None,
        "1.3, or 1.2 where one must.",
    ),
    secret(
        "database.url",
        "DATABASE_URL",
        "Postgres, as the application's role.",
    ),
    secret(
        "database.owner_url",
        "DATABASE_OWNER_URL",
        "Postgres, as the owner; migrate only.",
    ),
    secret(
        "database.reader_url",
        "DATABASE_READER_URL",
        "Postgres, as the reader; `auditorium sql` only.",
    ),
    open(
        "database.max_connections",
        "AUDITORIUM_DATABASE_MAX_CONNECTIONS",
        Some("20"),
        "Size of the connection pool of this process.",
    ),
    open(
        "database.postgres_bin",
        "AUDITORIUM_POSTGRES_BIN",
        None,
        "Folder of the Postgres programs for the embedded database.",
    ),
    open(
        "s3.endpoint",
        "S3_ENDPOINT",
        None,
        "Address of the S3 service.",
    ),
    open("s3.region", "S3_REGION", None, "Region of the S3 service."),
    open(
        "s3.access_key_id",
        "S3_ACCESS_KEY_ID",
        None,
        "Name of the S3 key.",
    ),
    secret(
        "s3.secret_access_key",
        "S3_SECRET_ACCESS_KEY",
        "Secret of the S3 key.",
    ),
    open(
        "s3.bucket_prefix",
        "S3_BUCKET_PREFIX",
        Some(""),
        "Put before the bucket names logs, exports and archive.",
    ),
    open(
        "session.hours",
        "AUDITORIUM_SESSION_HOURS",
        Some("8"),
        "Life of a session in hours, 1 to 8.",
    ),
    open(
        "token.days",
        "AUDITORIUM_TOKEN_DAYS",
        Some("90"),
        "Life of a token in days, 1 to 90.",
    ),
    open("log.format", "AUDITORIUM_LOG_FORMAT", None, "text or json."),
    open(
        "log.filter",
        "AUDITORIUM_LOG",
        Some("info"),
        "Filter directives, as in RUST_LOG.",
    ),
    open(
        "limits.sign_ins_per_minute",
        "AUDITORIUM_LIMITS_SIGN_INS_PER_MINUTE",
        Some("10"),
        "Sign-in attempts of one address; 0 means unlimited.",
    ),
    open(
        "limits.requests_per_second",
        "AUDITORIUM_LIMITS_REQUESTS_PER_SECOND",
        Some("200"),
        "Requests of one address without a token; 0 means unlimited.",
    ),
    open(
        "limits.writes_per_second",
        "AUDITORIUM_LIMITS_WRITES_PER_SECOND",
        Some("20000"),
        "Requests of one token; 0 means unlimited.",
    ),
    open(
        "limits.body_mib",
        "AUDITORIUM_LIMITS_BODY_MIB",
        Some("32"),
        "Largest request body in MiB, after decompression.",
    ),
    open(
        "purge.session_days",
        "AUDITORIUM_PURGE_SESSION_DAYS",
        Some("90"),
        "Days after which a session that has ended is forgotten.",
    ),
    open(
        "purge.link_days",
        "AUDITORIUM_PURGE_LINK_DAYS",
        Some("30"),
        "Days after which a link that was opened or ran out is forgotten.",
    ),
    open(
        "purge.token_days",
        "AUDITORIUM_PURGE_TOKEN_DAYS",
        Some("365"),
        "Days after which a token that was revoked or ran out is forgotten.",
    ),
    open(
        "purge.delivery_days",
        "AUDITORIUM_PURGE_DELIVERY_DAYS",
        Some("30"),
        "Days after which a webhook delivery that arrived or was given up is forgotten.",
    ),
];

/// Variables that begin with `AUDITORIUM_` and belong to commands rather than to the installation.
pub(super) const OTHER_VARIABLES: &[&str] = &[
    "AUDITORIUM_CONFIG",
    "AUDITORIUM_SITE",
    "AUDITORIUM_URL",
    "AUDITORIUM_TOKEN",
];

/// Kubernetes sets the first two for a service that is called `auditorium`, the tests the third;
/// they are nobody's mistake.
pub(super) const FOREIGN_PREFIXES: &[&str] =
    &["AUDITORIUM_SERVICE_", "AUDITORIUM_PORT", "AUDITORIUM_TEST_"];

/// The setting of this name in the file.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The name closest to a misspelt one, where one is close enough to be worth a hint.
pub(super) fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 3 && *distance < candidate.len())
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in bytes; names are ASCII.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut previous = i;
        let mut next = vec![i + 1];
        for (b, above) in right.bytes().zip(row.iter().skip(1)) {
            let beside = next.last().copied().unwrap_or(i + 1);
            next.push(
                (previous + usize::from(a != b))
                    .min(beside + 1)
                    .min(above + 1),
            );
            previous = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_settings_share_a_name() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            for other in SETTINGS.iter().skip(index + 1) {
                assert_ne!(setting.key, other.key);
                assert_ne!(setting.env, other.env);
            }
        }
    }

    #[test]
    fn a_near_miss_is_recognised_and_a_far_one_is_not() {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        assert_eq!(closest("tls.crt", keys()), Some("tls.cert"));
        assert_eq!(closest("lisen", keys()), Some("listen"));
        assert_eq!(closest("something.else.entirely", keys()), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
