//! Runs of compliance checks, attestations, and what the checks measure in the database.
//!
//! Probes answer with facts; what a fact means is the service's to say. They run in a
//! transaction that is always rolled back, with the application's own role.

pub mod accounts;
pub mod database;
pub mod objects;
pub mod trail;

use chrono::{DateTime, Utc};
use model::compliance::{Attestation, Change, CheckResult, NewAttestation, Outcome, Run, checks};
use uuid::Uuid;

use crate::{Error, Result, Store, Transaction};

/// Changes of one check that its history shows.
const CHANGES_SHOWN: i64 = 50;

/// A transaction for probes: what they try is undone.
#[derive(Debug)]
pub struct Probes {
    inner: sqlx::Transaction<'static, sqlx::Postgres>,
}

impl Probes {
    fn connection(&mut self) -> &mut sqlx::PgConnection {
        &mut self.inner
    }

    /// Undoes whatever a probe got to do.
    pub async fn end(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: Uuid,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    by: String,
}

#[derive(sqlx::FromRow)]
struct ResultRow {
    check_id: String,
    outcome: String,
    evidence: String,
    advice: Option<String>,
    checked_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct AttestationRow {
    id: Uuid,
    check_id: String,
    note: String,
    by_name: String,
    attested_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<AttestationRow> for Attestation {
    fn from(row: AttestationRow) -> Self {
        Self {
            id: row.id,
            check: row.check_id,
            note: row.note,
            by: row.by_name,
            attested_at: row.attested_at,
            expires_at: row.expires_at,
        }
    }
}

fn outcome(text: &str) -> Result<Outcome> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "check_results",
        column: "outcome",
        value: text.to_owned(),
    })
}

impl ResultRow {
    fn result(self) -> Result<CheckResult> {
        let title =
            checks::by_id(&self.check_id).map_or(self.check_id.as_str(), |known| known.title);
        Ok(CheckResult {
            title: title.to_owned(),
            outcome: outcome(&self.outcome)?,
            id: self.check_id,
            evidence: self.evidence,
            checked_at: self.checked_at,
            advice: self.advice,
            attestation: None,
        })
    }
}

impl Store {
    /// Opens the transaction that probes run in. None of them waits long for a lock.
    pub async fn probes(&self) -> Result<Probes> {
        let mut inner = self.pool.begin().await?;
        sqlx::query("set local lock_timeout = '2s'")
            .execute(&mut *inner)
            .await?;
        sqlx::query("set local statement_timeout = '30s'")
            .execute(&mut *inner)
            .await?;
        Ok(Probes { inner })
    }

    /// The newest run with what it measured; none before the first.
    pub async fn latest_run(&self) -> Result<Option<Run>> {
        let row: Option<RunRow> = sqlx::query_as(
            "select id, started_at, finished_at, by from check_runs
             order by finished_at desc, id desc limit 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let results: Vec<ResultRow> = sqlx::query_as(
            "select check_id, outcome, evidence, advice, checked_at from check_results where run_id = $1",
        )
        .bind(row.id)
        .fetch_all(&self.pool)
        .await?;
        Ok(Some(Run {
            id: row.id,
            started_at: row.started_at,
            finished_at: row.finished_at,
            by: row.by,
            results: results
                .into_iter()
                .map(ResultRow::result)
                .collect::<Result<_>>()?,
        }))
    }

    /// When a check began to say something else, the newest first.
    pub async fn check_changes(&self, check: &str) -> Result<Vec<Change>> {
        let rows: Vec<(DateTime<Utc>, String, String)> = sqlx::query_as(
            "select checked_at, outcome, evidence from (
                 select checked_at, outcome, evidence,
                        lag(outcome) over (order by checked_at) as before
                 from check_results where check_id = $1
             ) r where before is distinct from outcome order by checked_at desc limit $2",
        )
        .bind(check)
        .bind(CHANGES_SHOWN)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(at, text, evidence)| {
                Ok(Change {
                    at,
                    outcome: outcome(&text)?,
                    evidence,
                })
            })
            .collect()
    }

    /// Attestations of one check, the newest first.
    pub async fn attestations(&self, check: &str) -> Result<Vec<Attestation>> {
        let rows: Vec<AttestationRow> = sqlx::query_as(
            "select id, check_id, note, by_name, attested_at, expires_at from attestations
             where check_id = $1 order by attested_at desc limit $2",
        )
        .bind(check)
        .bind(CHANGES_SHOWN)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Attestation::from).collect())
    }

    /// For each check the newest attestation that stands, or else the newest that has expired.
    pub async fn newest_attestations(&self, now: DateTime<Utc>) -> Result<Vec<Attestation>> {
        let rows: Vec<AttestationRow> = sqlx::query_as(
            "select distinct on (check_id) id, check_id, note, by_name, attested_at, expires_at
             from attestations order by check_id, expires_at > $1 desc, attested_at desc",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Attestation::from).collect())
    }
}

impl Transaction {
    /// Lets one process at a time run the scheduled checks. True when the newest run ended
    /// before `before` and no other process is at it; then this holds until the transaction ends.
    pub async fn claim_check_run(&mut self, before: DateTime<Utc>) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select pg_try_advisory_xact_lock(7170301)
                    and not exists (select from check_runs where finished_at >= $1)",
        )
        .bind(before)
        .fetch_one(self.connection())
        .await?)
    }

    /// Adds a run and what it measured.
    pub async fn insert_run(&mut self, run: &Run) -> Result<()> {
        sqlx::query(
            "insert into check_runs (id, started_at, finished_at, by) values ($1, $2, $3, $4)",
        )
        .bind(run.id)
        .bind(run.started_at)
        .bind(run.finished_at)
        .bind(&run.by)
        .execute(self.connection())
        .await?;
        for result in &run.results {
            sqlx::query(
                "insert into check_results (run_id, check_id, outcome, evidence, advice, checked_at)
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(run.id)
            .bind(&result.id)
            .bind(result.outcome.as_str())
            .bind(&result.evidence)
            .bind(&result.advice)
            .bind(result.checked_at)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// Adds an attestation by the actor of this id and name.
    pub async fn insert_attestation(
        &mut self,
        id: Uuid,
        new: &NewAttestation,
        by: (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "insert into attestations (id, check_id, note, by_id, by_name, attested_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(&new.check)
        .bind(&new.note)
        .bind(by.0)
        .bind(by.1)
        .bind(now)
        .bind(new.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
