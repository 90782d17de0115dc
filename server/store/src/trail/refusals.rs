//! Times in which nothing was sealed, and why.

use chrono::{DateTime, Utc};

use crate::{Result, Store};

/// Sealing stands still: events are recorded, and no checkpoint covers them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Refusal {
    pub reason: String,
    pub since: DateTime<Utc>,
}

impl Store {
    /// Why sealing stands still at present, if it does.
    pub async fn open_refusal(&self) -> Result<Option<Refusal>> {
        Ok(
            sqlx::query_as("select reason, since from trail_refusals where ended is null")
                .fetch_optional(&self.pool)
                .await?,
        )
    }

    /// Notes that sealing is refused; answers whether that is new.
    pub async fn open_trail_refusal(&self, reason: &str, now: DateTime<Utc>) -> Result<bool> {
        let opened = sqlx::query(
            "insert into trail_refusals (reason, since) values ($1, $2) \
             on conflict ((true)) where ended is null do nothing",
        )
        .bind(reason)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(opened.rows_affected() == 1)
    }

    /// Notes that sealing goes on; answers whether it had been refused.
    pub async fn end_trail_refusal(&self, now: DateTime<Utc>) -> Result<bool> {
        let ended = sqlx::query("update trail_refusals set ended = $1 where ended is null")
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(ended.rows_affected() > 0)
    }
}
