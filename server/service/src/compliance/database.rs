//! Whether the database is reached, used and set up safely.

use store::compliance::database::{Durability, Power, Way};

use super::verdict::{Finding, Verdict, of, probe};
use crate::Services;

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    let durability = probe(services, async |p| p.durability().await).await;
    let checksums = durability.as_ref().map(checksums).ok();
    let mut findings = vec![
        of(
            "database.encrypted",
            probe(services, async |p| p.way().await).await,
            way,
        ),
        of(
            "database.least_privilege",
            probe(services, async |p| p.power().await).await,
            power,
        ),
        of("database.durable", durability, durable),
        ("database.encrypted_at_rest", at_rest(services)),
    ];
    findings.extend(checksums.map(|verdict| ("database.checksums", verdict)));
    findings
}

fn way(found: &Way) -> Verdict {
    let evidence = match (&found.client, found.encrypted) {
        (_, true) => format!(
            "pg_stat_ssl says {} with {} for this connection.",
            found.version.as_deref().unwrap_or_default(),
            found.cipher.as_deref().unwrap_or_default()
        ),
        (None, false) => {
            "The connection is a unix socket: it does not leave this machine.".to_owned()
        }
        (Some(client), false) if found.is_loopback => {
            format!("The connection comes from {client}: it does not leave this machine.")
        }
        (Some(client), false) => {
            format!("pg_stat_ssl says that this connection from {client} is not encrypted.")
        }
    };
    Verdict::judge(
        found.encrypted || found.is_loopback,
        evidence,
        "Set sslmode=verify-full in DATABASE_URL and hostssl in the server's pg_hba.conf.",
    )
}

fn power(found: &Power) -> Verdict {
    let evidence = if found.excess.is_empty() {
        format!(
            "Role {} is neither superuser nor a member of {}, which owns logs.",
            found.role, found.owner
        )
    } else {
        format!("Role {} is: {}.", found.role, found.excess.join(", "))
    };
    Verdict::judge(
        found.excess.is_empty(),
        evidence,
        "Connect as auditorium_app (DATABASE_URL) and revoke its other roles and attributes.",
    )
}

fn durable(found: &Durability) -> Verdict {
    let off = |value: &str| value == "off";
    let lossy = off(&found.fsync) || off(&found.full_page_writes) || off(&found.synchronous_commit);
    Verdict::judge(
        !lossy,
        format!(
            "fsync = {}, full_page_writes = {}, synchronous_commit = {}.",
            found.fsync, found.full_page_writes, found.synchronous_commit
        ),
        "Set fsync, full_page_writes and synchronous_commit to on in postgresql.conf, then reload.",
    )
}

fn checksums(found: &Durability) -> Verdict {
    Verdict::judge(
        found.data_checksums == "on",
        format!("data_checksums = {}.", found.data_checksums),
        "Stop the server, run pg_checksums --enable on its data folder, and start it again.",
    )
}

fn at_rest(services: &Services) -> Verdict {
    let place = if services.facts.embedded_database {
        "The database's files stand in the data folder; whether its disk is encrypted cannot be seen from here."
    } else {
        "The database is a server elsewhere; whether its disk is encrypted cannot be asked by SQL."
    };
    Verdict::unknown(
        place,
        "Encrypt the volume (LUKS, or the provider's keys with AES-256), then attest it here.",
    )
}

#[cfg(test)]
mod tests {
    use model::compliance::Outcome;

    use super::*;

    fn reached(client: Option<&str>, encrypted: bool, is_loopback: bool) -> Way {
        Way {
            encrypted,
            version: Some("TLSv1.3".to_owned()),
            cipher: Some("TLS_AES_256_GCM_SHA384".to_owned()),
            client: client.map(str::to_owned),
            is_loopback,
        }
    }

    #[test]
    fn a_plain_connection_holds_on_this_machine_only() {
        assert_eq!(way(&reached(None, false, true)).outcome, Outcome::Holds);
        assert_eq!(
            way(&reached(Some("127.0.0.1"), false, true)).outcome,
            Outcome::Holds
        );
        assert_eq!(
            way(&reached(Some("10.0.0.7"), false, false)).outcome,
            Outcome::Fails
        );
        assert_eq!(
            way(&reached(Some("10.0.0.7"), true, false)).outcome,
            Outcome::Holds
        );
    }

    #[test]
    fn a_server_that_may_lose_commits_fails() {
        let set = |fsync: &str, commit: &str| Durability {
            fsync: fsync.to_owned(),
            full_page_writes: "on".to_owned(),
            synchronous_commit: commit.to_owned(),
            data_checksums: fsync.to_owned(),
        };
        assert_eq!(durable(&set("on", "on")).outcome, Outcome::Holds);
        assert_eq!(durable(&set("on", "off")).outcome, Outcome::Fails);
        assert_eq!(durable(&set("off", "on")).outcome, Outcome::Fails);
        assert_eq!(checksums(&set("on", "on")).outcome, Outcome::Holds);
        assert_eq!(checksums(&set("off", "on")).outcome, Outcome::Fails);
    }
}
