//! Chunks: bytes that were acknowledged and stand in Postgres.

use chrono::{DateTime, Duration, Utc};
use model::task::TaskState;
use uuid::Uuid;

use crate::task_logs::{hash, index};
use crate::tasks::state;
use crate::{Result, Store};

/// How much older than the truth an agent's last sign of life may be shown.
const SEEN_EVERY: Duration = Duration::seconds(5);

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    /// Every byte of it is durable. The log has this length.
    Stored { length: u64 },
    /// Bytes are missing before it. The log has this length.
    Gap { length: u64 },
    /// The task has finished and takes no more. The log has this length.
    Finished { length: u64 },
    /// The task is taken for lost: it must be resumed before its log grows.
    Lost,
    /// There is no such task, or it is another's.
    Unknown,
}

#[derive(sqlx::FromRow)]
struct EndRow {
    state: String,
    log_length: i64,
    log_feeds: i64,
    log_hash_state: Option<Vec<u8>>,
}

impl Store {
    /// Appends bytes that begin at `offset` of the log. What the log has already is skipped, so
    /// that a chunk can be sent again. Only `opened_by` may write.
    pub async fn append_to_log(
        &self,
        task: Uuid,
        opened_by: &str,
        offset: u64,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Append> {
        let mut transaction = self.pool.begin().await?;
        let row: Option<EndRow> = sqlx::query_as(
            "select state, log_length, log_feeds, log_hash_state from tasks
             where id = $1 and opened_by = $2 for update",
        )
        .bind(task)
        .bind(opened_by)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            return Ok(Append::Unknown);
        };
        let length = u64::try_from(row.log_length).unwrap_or_default();
        let Some(known) = length.checked_sub(offset) else {
            return Ok(Append::Gap { length });
        };
        let new = usize::try_from(known)
            .ok()
            .and_then(|known| bytes.get(known..))
            .unwrap_or_default();
        let Some(last) = new.last() else {
            return Ok(Append::Stored { length });
        };
        match state(&row.state)? {
            TaskState::Running => {}
            TaskState::Lost => return Ok(Append::Lost),
            TaskState::Succeeded | TaskState::Failed => return Ok(Append::Finished { length }),
        }
        let feeds = index::count_feeds(new);
        sqlx::query(
            "insert into task_chunks (task_id, byte_offset, feeds_before, received_at, bytes)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(task)
        .bind(row.log_length)
        .bind(row.log_feeds)
        .bind(now)
        .bind(new)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "update tasks set log_length = log_length + $2, log_feeds = log_feeds + $3, log_open = $4,
                    log_hash_state = $5, last_seen_at = greatest(last_seen_at, $6)
             where id = $1",
        )
        .bind(task)
        .bind(i64::try_from(new.len()).unwrap_or(i64::MAX))
        .bind(i64::try_from(feeds).unwrap_or(i64::MAX))
        .bind(*last != b'\n')
        .bind(hash::update(row.log_hash_state.as_deref(), new)?)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.note_agent(task, now).await?;
        Ok(Append::Stored {
            length: length + new.len() as u64,
        })
    }

    /// A chunk is a sign of life of its agent too; one every few seconds is enough.
    async fn note_agent(&self, task: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update agents set last_seen_at = $2
             where id = (select agent_id from tasks where id = $1) and last_seen_at < $3",
        )
        .bind(task)
        .bind(now)
        .bind(now - SEEN_EVERY)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
