//! Compares finished tasks' logs in the object store with what `task.finished` says of them.
//!
//! The digest is taken from the event, which has a leaf, and not from the table of tasks, which
//! whoever changes the object could change with it.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use futures::TryStreamExt as _;
use model::integrity::{LogDamage, LogDamageKind};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::STRETCH;
use crate::task_logs::hash::hexadecimal;
use crate::{Error, Result, Store};

/// The log of a finished task, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedLog {
    /// The position of `task.finished`.
    pub seq: i64,
    pub task: Uuid,
    pub name: String,
    object: String,
    length: u64,
    /// In lower-case hexadecimal digits.
    sha256: String,
}

#[derive(sqlx::FromRow)]
struct FinishedRow {
    seq: i64,
    task: Option<String>,
    length: Option<String>,
    sha256: Option<String>,
}

#[derive(sqlx::FromRow)]
struct LogDamageRow {
    task: Uuid,
    agent_id: Uuid,
    name: String,
    kind: String,
    intact_at: Option<DateTime<Utc>>,
    found_at: DateTime<Utc>,
}

impl Store {
    /// Takes the next stretch of a round and answers with the logs of the tasks that finished in
    /// it; none where a round is through and the next is not due, or another process is at it.
    pub async fn logs_to_check(
        &self,
        now: DateTime<Utc>,
        round: Duration,
    ) -> Result<Vec<FinishedLog>> {
        let from: Option<i64> = sqlx::query_scalar(
            "with head as (select sealed from trail_head),
                  at as (select seq, round_at from trail_log_cursor for update skip locked)
             update trail_log_cursor c set
                 seq = case when at.seq >= head.sealed then 0 else at.seq end + $1,
                 round_at = case when at.seq = 0 or at.seq >= head.sealed then $2 else at.round_at end
             from at, head where at.seq < head.sealed or at.round_at <= $3
             returning c.seq - $1",
        )
        .bind(STRETCH)
        .bind(now)
        .bind(now - round)
        .fetch_optional(&self.pool)
        .await?;
        match from {
            Some(from) => self.finished_logs(from, from + STRETCH).await,
            None => Ok(Vec::new()),
        }
    }

    /// The logs that `task.finished` of these positions tells of, as far as they are objects by
    /// now.
    async fn finished_logs(&self, from: i64, to: i64) -> Result<Vec<FinishedLog>> {
        let events: Vec<FinishedRow> = sqlx::query_as(
            "select seq, resource_id as task, details->>'log_length' as length, details->>'log_sha256' as sha256
             from logs where seq >= $1 and seq < $2 and action = 'task.finished' and source = 'auditorium'
             order by seq",
        )
        .bind(from)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        let ids: Vec<Uuid> = events
            .iter()
            .filter_map(|event| event.task.as_ref()?.parse().ok())
            .collect();
        let objects: Vec<(Uuid, String, String)> = sqlx::query_as(
            "select id, name, log_object from tasks where id = any ($1) and log_object is not null",
        )
        .bind(&ids)
        .fetch_all(&self.pool)
        .await?;
        let objects: HashMap<Uuid, (String, String)> = objects
            .into_iter()
            .map(|(id, name, object)| (id, (name, object)))
            .collect();
        let logs = events.into_iter().filter_map(|event| {
            let task: Uuid = event.task?.parse().ok()?;
            let (name, object) = objects.get(&task)?.clone();
            Some(FinishedLog {
                seq: event.seq,
                task,
                name,
                object,
                length: event.length?.parse().ok()?,
                sha256: event.sha256?,
            })
        });
        Ok(logs.collect())
    }

    /// How the object differs, if it does: by its size first, which costs little, then by its
    /// digest.
    pub async fn check_log(&self, log: &FinishedLog) -> Result<Option<LogDamageKind>> {
        let place = Path::from(log.object.as_str());
        let found = match self.objects.logs.get(&place).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(Some(LogDamageKind::Missing)),
            Err(error) => return Err(error.into()),
        };
        if found.meta.size != log.length {
            return Ok(Some(LogDamageKind::Altered));
        }
        let mut hash = Sha256::new();
        let mut stream = found.into_stream();
        while let Some(bytes) = stream.try_next().await? {
            hash.update(&bytes);
        }
        let whole = hexadecimal(&hash.finalize()) == log.sha256;
        Ok((!whole).then_some(LogDamageKind::Altered))
    }

    /// Keeps what was found; answers whether it is damage that was not known.
    pub async fn keep_log_check(
        &self,
        log: &FinishedLog,
        kind: Option<LogDamageKind>,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let known: Option<String> =
            sqlx::query_scalar("select kind from trail_log_checks where seq = $1")
                .bind(log.seq)
                .fetch_optional(&self.pool)
                .await?
                .flatten();
        sqlx::query(
            "insert into trail_log_checks as c (seq, task, checked_at, intact_at, kind, found_at)
             values ($1, $2, $3, case when $4::text is null then $3 end, $4, case when $4::text is not null then $3 end)
             on conflict (seq) do update set checked_at = $3, kind = $4,
                 intact_at = case when $4::text is null then $3 else c.intact_at end,
                 found_at = case when $4::text is not null then coalesce(c.found_at, $3) end",
        )
        .bind(log.seq)
        .bind(log.task)
        .bind(at)
        .bind(kind.map(LogDamageKind::as_str))
        .execute(&self.pool)
        .await?;
        Ok(kind.is_some() && known.is_none())
    }

    /// Damaged logs by the position of their event; at most `limit` of them.
    pub async fn log_damage(&self, limit: i64) -> Result<Vec<LogDamage>> {
        let rows: Vec<LogDamageRow> = sqlx::query_as(
            "select c.task, t.agent_id, t.name, c.kind, c.intact_at, c.found_at
             from trail_log_checks c join tasks t on t.id = c.task
             where c.kind is not null order by c.seq limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(LogDamage::try_from).collect()
    }

    /// How many logs were compared, and when the one that waits longest was.
    pub async fn log_checks(&self) -> Result<(i64, Option<DateTime<Utc>>)> {
        Ok(
            sqlx::query_as("select count(*), min(checked_at) from trail_log_checks")
                .fetch_one(&self.pool)
                .await?,
        )
    }
}

impl TryFrom<LogDamageRow> for LogDamage {
    type Error = Error;

    fn try_from(row: LogDamageRow) -> Result<Self> {
        Ok(Self {
            task: row.task,
            agent: row.agent_id,
            name: row.name,
            kind: row.kind.parse().map_err(|_| Error::Inconsistent {
                table: "trail_log_checks",
                column: "kind",
                value: row.kind.clone(),
            })?,
            intact_at: row.intact_at,
            found_at: row.found_at,
        })
    }
}
