//! Checks of the database, as the application sees it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{FromRow, PgPool};
use store::bootstrap::{APP, check_schema};

use super::Finding;
use crate::config::{Config, Source};
use crate::embedded::{self, Endpoint, installation};
use crate::installation::DATABASE;

const PATIENCE: Duration = Duration::from_secs(10);
/// How far the clocks of server and database may be apart.
const SKEW_SECS: i64 = 5;

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (options, is_local) = match &config.database.source {
        Source::Embedded { postgres_bin } => {
            let bin = postgres_bin.as_deref();
            let (programs, options) = examine_embedded(config, bin).await;
            findings.extend(programs);
            (options, true)
        }
        Source::External { application, .. } => {
            (Some(application.options()), application.is_local())
        }
    };
    if let Some(options) = options {
        findings.extend(examine_connection(options, is_local).await);
    }
    findings
}

async fn examine_embedded(
    config: &Config,
    bin: Option<&std::path::Path>,
) -> (Vec<Finding>, Option<PgConnectOptions>) {
    let mut findings = Vec::new();
    match installation::find(bin, embedded::major(&config.data_dir).unwrap_or_default()).await {
        Ok(found) => findings.push(Finding::holds(
            "Postgres programs",
            format!("Postgres {} in {}", found.major, found.bin.display()),
        )),
        Err(error) => {
            let mend = "install it, or set DATABASE_URL";
            findings.push(Finding::fails("Postgres programs", error.to_string(), mend));
        }
    }
    let running = Endpoint::running(&config.data_dir, bin).await;
    match running {
        Ok(Some(endpoint)) => (findings, Some(endpoint.options(APP, DATABASE))),
        Ok(None) => {
            let text = "the embedded database does not run, so it was not looked at";
            findings.push(Finding::unknown("database", text));
            (findings, None)
        }
        Err(error) => {
            findings.push(Finding::unknown("database", error.to_string()));
            (findings, None)
        }
    }
}

#[derive(FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one row of independent answers"
)]
struct Facts {
    role: String,
    superuser: bool,
    alters: bool,
    encrypted: bool,
    fsync: bool,
    at: DateTime<Utc>,
}

async fn examine_connection(options: PgConnectOptions, is_local: bool) -> Vec<Finding> {
    const CHECK: &str = "database";
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE);
    let pool = match pool.connect_with(options).await {
        Ok(pool) => pool,
        Err(error) => {
            let mend = "start the server, or correct DATABASE_URL and the network in between";
            return vec![Finding::fails(CHECK, error.to_string(), mend)];
        }
    };
    let mut findings = vec![Finding::holds(CHECK, "answers")];
    if let Err(error) = check_schema(&pool).await {
        findings.push(Finding::fails(
            "schema",
            error.to_string(),
            "run `auditorium migrate`",
        ));
        return findings;
    }
    findings.push(Finding::holds("schema", "is what this program needs"));
    match facts(&pool).await {
        Ok(facts) => findings.extend(judge(&facts, is_local)),
        Err(error) => findings.push(Finding::unknown("database role", error.to_string())),
    }
    pool.close().await;
    findings
}

async fn facts(pool: &PgPool) -> sqlx::Result<Facts> {
    sqlx::query_as(
        "select current_user::text as role, rolsuper as superuser,
                has_table_privilege('logs', 'update') or has_table_privilege('logs', 'delete')
                    or has_table_privilege('logs', 'truncate') as alters,
                coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
                current_setting('fsync')::bool and current_setting('full_page_writes')::bool as fsync,
                clock_timestamp() as at
         from pg_roles where rolname = current_user",
    )
    .fetch_one(pool)
    .await
}

fn judge(facts: &Facts, is_local: bool) -> Vec<Finding> {
    let role = &facts.role;
    let mut findings = Vec::new();
    findings.push(if facts.superuser || facts.alters {
        Finding::fails(
            "database role",
            format!("the role {role} may change or remove what was recorded"),
            format!("put the role {APP} into DATABASE_URL; it may only insert and read"),
        )
    } else {
        Finding::holds(
            "database role",
            format!("{role} cannot change or remove what was recorded"),
        )
    });
    findings.push(match (facts.encrypted, is_local) {
        (true, _) => Finding::holds("database connection", "is encrypted"),
        (false, true) => Finding::holds("database connection", "stays on this machine"),
        (false, false) => Finding::fails(
            "database connection",
            "is not encrypted",
            "use sslmode=verify-full in DATABASE_URL",
        ),
    });
    findings.push(if facts.fsync {
        Finding::holds("durability", "the database waits for the disk")
    } else {
        Finding::fails(
            "durability",
            "fsync or full_page_writes is off",
            "set both to on: an acknowledged event can be lost otherwise",
        )
    });
    let skew = (Utc::now() - facts.at).num_seconds().abs();
    findings.push(if skew <= SKEW_SECS {
        Finding::holds("clock", "agrees with the database's")
    } else {
        let evidence = format!("is {skew} seconds off the database's");
        Finding::warns(
            "clock",
            evidence,
            "synchronise both machines, for example with chrony",
        )
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn states(facts: &Facts, is_local: bool) -> Vec<State> {
        judge(facts, is_local)
            .iter()
            .map(|finding| finding.state)
            .collect()
    }

    #[test]
    fn a_role_that_alters_logs_and_an_open_connection_fail() {
        let good = Facts {
            role: "app".to_owned(),
            superuser: false,
            alters: false,
            encrypted: false,
            fsync: true,
            at: Utc::now(),
        };
        assert_eq!(states(&good, true), [State::Holds; 4]);
        let bad = Facts {
            alters: true,
            fsync: false,
            at: DateTime::UNIX_EPOCH,
            ..good
        };
        assert_eq!(
            states(&bad, false),
            [State::Fails, State::Fails, State::Fails, State::Warns]
        );
    }
}
