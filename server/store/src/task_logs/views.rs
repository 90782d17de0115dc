//! Who opened which log lately.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{Result, Transaction};

impl Transaction {
    /// Notes that somebody opens a log; true when they did not within the time before.
    pub async fn note_log_view(
        &mut self,
        actor_id: &str,
        task: Uuid,
        within: Duration,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let noted = sqlx::query(
            "insert into task_log_views as v (actor_id, task_id, viewed_at) values ($1, $2, $3)
             on conflict (actor_id, task_id) do update set viewed_at = excluded.viewed_at
             where v.viewed_at <= $4",
        )
        .bind(actor_id)
        .bind(task)
        .bind(now)
        .bind(now - within)
        .execute(self.connection())
        .await?
        .rows_affected();
        Ok(noted == 1)
    }
}
