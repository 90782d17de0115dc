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
            let (next, end) = self.blocks_behind().await?;
            let known = self.recorder().gathered.take(next, AT_ONCE);
            let mut some = 0;
            if !known.is_empty() {
                some = known.put(&self.pool).await?;
            }
            if some == 0 {
                if self.recorder().is_pressed() && end - next < BEHIND {
                    return Ok(indexed);
                }
                some = self.build(next).await?;
            }
            if some == 0 {
                return Ok(indexed);
            }
            indexed += some;
        }
    }

    /// Indexes blocks from the table, as far as the next one that is known without it.
    async fn build(&self, next: i64) -> Result<i64> {
        let missing = self.recorder().gathered.missing(next);
        let at_most = missing
            .and_then(|missing| i32::try_from(missing).ok())
            .map_or(AT_ONCE, |missing| missing.min(AT_ONCE));
        Ok(sqlx::query_scalar("select log_blocks_advance($1)")
            .bind(at_most)
            .fetch_one(&self.pool)
            .await?)
    }

    /// The whole blocks that are not indexed: the first, and the one after the last.
    async fn blocks_behind(&self) -> Result<(i64, i64)> {
        Ok(sqlx::query_as(
            "select (select coalesce(max(block) + 1, 0) from log_blocks), size >> 8 from trail_head",
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
