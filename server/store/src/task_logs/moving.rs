//! Moves chunks into parts, which are objects, and keeps Postgres small.
//!
//! A part's name follows from what it holds, so a mover that was taken for dead and goes on
//! writes the same object; what it would record is refused by the length it started from.

use std::ops::Range;

use chrono::{DateTime, Duration, Utc};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use uuid::Uuid;

use crate::task_logs::arrivals::{Arrival, Arrivals};
use crate::task_logs::index::{BLOCK, Indexer};
use crate::task_logs::reader::{number, signed};
use crate::{Result, Store};

/// A part is written when this much waits.
const FULL: u64 = 4 * 1024 * 1024;

/// Or when this much waits for longer than [`AGED`].
const WORTH_MOVING: u64 = 1024 * 1024;
const AGED: Duration = Duration::seconds(60);

/// Bytes of a part at most.
const PART: usize = 8 * 1024 * 1024;

/// How long another process leaves a log to the one that moves it.
const LEASE: Duration = Duration::minutes(10);

/// A log that this process may move.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MovingLog {
    pub(crate) id: Uuid,
    pub(crate) agent_name: String,
    pub(crate) opened_at: DateTime<Utc>,
    /// Whether the task has ended or is lost: its log is to be one object.
    pub(crate) is_over: bool,
    pub(crate) log_length: i64,
    pub(crate) log_feeds: i64,
    pub(crate) log_sha256: Option<Vec<u8>>,
    pub(crate) moved_length: i64,
    moved_feeds: i64,
}

impl Store {
    /// Takes a log that has something to move, for a while; absent when none has.
    pub async fn lease_log(&self, now: DateTime<Utc>) -> Result<Option<MovingLog>> {
        Ok(sqlx::query_as(
            "update tasks set moving_until = $1 + $2 from agents a
             where a.id = tasks.agent_id and tasks.id = (
                 select t.id from tasks t
                 where t.log_object is null and t.moving_until <= $1 and (
                     t.state <> 'running' or t.log_length - t.moved_length >= $3
                     or (t.log_length - t.moved_length >= $4 and exists (
                         select from task_chunks c where c.task_id = t.id and c.received_at < $5)))
                 limit 1 for update skip locked)
             returning tasks.id, a.name as agent_name, tasks.opened_at,
                 tasks.state <> 'running' as is_over, log_length, log_feeds, log_sha256,
                 moved_length, moved_feeds",
        )
        .bind(now)
        .bind(interval(LEASE))
        .bind(signed(FULL))
        .bind(signed(WORTH_MOVING))
        .bind(now - AGED)
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Gives the log back.
    pub async fn release_log(&self, log: &MovingLog) -> Result<()> {
        sqlx::query("update tasks set moving_until = '-infinity' where id = $1")
            .bind(log.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Moves what waits into parts, or, when the task is over, the whole log into one object.
    pub async fn move_log(&self, mut log: MovingLog) -> Result<()> {
        if log.is_over {
            return self.compose_log(&log).await;
        }
        while number(log.log_length - log.moved_length) >= WORTH_MOVING {
            if !self.move_part(&mut log).await? {
                break;
            }
        }
        Ok(())
    }

    /// Moves the next part; false when there is none or somebody else moved it. Parts end where
    /// a block of the index ends, so that the counts of all parts join to the log's.
    async fn move_part(&self, log: &mut MovingLog) -> Result<bool> {
        let start = number(log.moved_length);
        let waiting = usize::try_from(log.log_length - log.moved_length)
            .unwrap_or(PART)
            .min(PART);
        let block = usize::try_from(BLOCK).unwrap_or(PART);
        let wanted = waiting - waiting % block;
        let bytes = self.chunk_bytes(log.id, start, wanted).await?;
        if bytes.len() < wanted || wanted == 0 {
            return Ok(false);
        }
        let mut indexer = Indexer::starting_at(start, number(log.moved_feeds));
        indexer.push(&bytes);
        let mut arrivals = Arrivals::default();
        let moved = start..start + wanted as u64;
        for (place, at) in self.chunk_arrivals(log.id, &moved).await? {
            arrivals.push((place.max(start), at));
        }
        let line_index = [indexer.counts(), &arrivals.bytes()].concat();
        let location = format!("tasks/{}/part-{start:016}-{wanted}", log.id);
        self.objects
            .logs
            .put(&Path::from(location.as_str()), bytes.into())
            .await?;
        let end = signed(indexer.length());
        let mut transaction = self.pool.begin().await?;
        let moved = sqlx::query(
            "update tasks set moved_length = $3, moved_feeds = $4
             where id = $1 and moved_length = $2 and log_object is null",
        )
        .bind(log.id)
        .bind(log.moved_length)
        .bind(end)
        .bind(signed(indexer.feeds()))
        .execute(&mut *transaction)
        .await?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "insert into task_parts (task_id, byte_offset, length, feeds_before, location, line_index)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(log.id)
        .bind(log.moved_length)
        .bind(end - log.moved_length)
        .bind(log.moved_feeds)
        .bind(&location)
        .bind(line_index)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "delete from task_chunks where task_id = $1 and byte_offset + length(bytes) <= $2",
        )
        .bind(log.id)
        .bind(end)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        log.moved_length = end;
        log.moved_feeds = signed(indexer.feeds());
        Ok(true)
    }

    /// `wanted` bytes from `start` on, or fewer when the chunks hold fewer.
    async fn chunk_bytes(&self, task: Uuid, start: u64, wanted: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(wanted);
        while bytes.len() < wanted {
            let at = start + bytes.len() as u64;
            let Some(chunk) = self.chunk_at(task, at).await? else {
                break;
            };
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(wanted);
        Ok(bytes)
    }

    /// When the bytes of a range that chunks hold were received, in order.
    pub(crate) async fn chunk_arrivals(
        &self,
        task: Uuid,
        range: &Range<u64>,
    ) -> Result<Vec<Arrival>> {
        let rows: Vec<(i64, DateTime<Utc>)> = sqlx::query_as(
            "select byte_offset, received_at from task_chunks
             where task_id = $1 and byte_offset < $3 and byte_offset >= coalesce((
                 select max(byte_offset) from task_chunks where task_id = $1 and byte_offset <= $2), $2)
             order by byte_offset",
        )
        .bind(task)
        .bind(signed(range.start))
        .bind(signed(range.end))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(place, at)| (number(place), at.timestamp_millis()))
            .collect())
    }

    /// The bytes of one chunk from a byte of the log on.
    pub(crate) async fn chunk_at(&self, task: Uuid, at: u64) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar(
            "select substring(bytes from ($2 - byte_offset + 1)::int) from task_chunks
             where task_id = $1 and byte_offset = (
                 select max(byte_offset) from task_chunks where task_id = $1 and byte_offset <= $2)
               and byte_offset + length(bytes) > $2",
        )
        .bind(task)
        .bind(signed(at))
        .fetch_optional(&self.pool)
        .await?)
    }
}

fn interval(duration: Duration) -> sqlx::postgres::types::PgInterval {
    let microseconds = duration.num_microseconds().unwrap_or(i64::MAX);
    sqlx::postgres::types::PgInterval {
        months: 0,
        days: 0,
        microseconds,
    }
}
