//! Keeping the block index up with the trail.

use crate::{Result, Store};

/// Blocks indexed in one transaction: short enough that a deletion does not wait for long.
const AT_ONCE: i32 = 64;

/// Blocks that may wait while the writer is pressed. Indexing costs more than recording, and a
/// search reads so many rows in a few hundredths of a second.
const BEHIND: i64 = 256;

impl Store {
    /// Indexes the whole blocks that are not yet, until none is left, another process is at it or
    /// the writer needs the machine. Searches are right before that as well: they read the tail
    /// row by row.
    pub async fn index_blocks(&self) -> Result<i64> {
        let mut indexed = 0;
        loop {
            if self.recorder().is_pressed() && self.blocks_behind().await? < BEHIND {
                return Ok(indexed);
            }
            let some: i64 = sqlx::query_scalar("select log_blocks_advance($1)")
                .bind(AT_ONCE)
                .fetch_one(&self.pool)
                .await?;
            indexed += some;
            if some < i64::from(AT_ONCE) {
                return Ok(indexed);
            }
        }
    }

    /// Whole blocks that are not indexed.
    async fn blocks_behind(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select (size >> 8) - (select coalesce(max(block) + 1, 0) from log_blocks) from trail_head",
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
