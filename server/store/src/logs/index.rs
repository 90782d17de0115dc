//! Keeping the block index up with the trail.

use crate::{Result, Store};

/// Blocks indexed in one transaction: short enough that a deletion does not wait for long.
const AT_ONCE: i32 = 64;

impl Store {
    /// Indexes the whole blocks that are not yet, until none is left or another process is at
    /// it. Searches are right before that as well: they read the tail row by row.
    pub async fn index_blocks(&self) -> Result<i64> {
        let mut indexed = 0;
        loop {
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
}
