//! Rows of the block index in the making, from the events that this process records: nothing is
//! read back for them.
//!
//! Only what is committed comes here. A block that other processes wrote into, or that was begun
//! before a restart, is never whole here; `log_blocks_advance` makes its row from the table.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry::Occupied;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use model::event::Status;
use sqlx::PgPool;

use super::entry::Entry;
use crate::Result;

/// Blocks kept at most; each takes some kilobytes.
const KEPT: usize = 1_024;

/// Positions in a block.
const BLOCK: i16 = 256;

/// A row of `log_blocks`, as far as its events are known.
#[derive(Debug)]
struct Row {
    events: i16,
    failed: i16,
    denied: i16,
    restricted: i16,
    restricted_failed: i16,
    restricted_denied: i16,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
    /// Each once, when the block is whole.
    hashes: Vec<i32>,
}

impl Row {
    const fn from(at: DateTime<Utc>) -> Self {
        Self {
            events: 0,
            failed: 0,
            denied: 0,
            restricted: 0,
            restricted_failed: 0,
            restricted_denied: 0,
            earliest: at,
            latest: at,
            hashes: Vec::new(),
        }
    }

    fn add(&mut self, entry: &Entry) {
        let failed = i16::from(entry.status == Status::Failure);
        let denied = i16::from(entry.status == Status::Denied);
        self.events += 1;
        self.failed += failed;
        self.denied += denied;
        if entry.restricted {
            self.restricted += 1;
            self.restricted_failed += failed;
            self.restricted_denied += denied;
        }
        self.earliest = self.earliest.min(entry.occurred_at);
        self.latest = self.latest.max(entry.occurred_at);
        self.hashes.extend_from_slice(&entry.hashes);
        if self.is_whole() {
            self.hashes.sort_unstable();
            self.hashes.dedup();
            self.hashes.shrink_to_fit();
        }
    }

    const fn is_whole(&self) -> bool {
        self.events == BLOCK
    }
}

/// Blocks by their numbers, whole and in part.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Mutex<BTreeMap<i64, Row>>);

impl Gathered {
    /// Adds events that were committed, with their positions. They may come out of order.
    pub(crate) fn add(&self, entries: impl IntoIterator<Item = (i64, Entry)>) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (seq, entry) in entries {
            let block = seq >> 8;
            if rows.len() >= KEPT && !rows.contains_key(&block) {
                continue;
            }
            rows.entry(block)
                .or_insert_with(|| Row::from(entry.occurred_at))
                .add(&entry);
        }
    }

    /// Takes whole blocks that follow one another from `first` on, and forgets those before it.
    pub(super) fn take(&self, first: i64, at_most: i32) -> Columns {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *rows = rows.split_off(&first);
        let mut columns = Columns::from(first);
        for block in first..first + i64::from(at_most) {
            match rows.entry(block) {
                Occupied(row) if row.get().is_whole() => columns.push(row.remove()),
                _ => break,
            }
        }
        columns
    }

    /// How many blocks from `first` on come before one that is whole here.
    pub(super) fn missing(&self, first: i64) -> Option<i64> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.range(first..)
            .find(|(_, row)| row.is_whole())
            .map(|(block, _)| block - first)
    }
}

/// Rows that follow one another, column by column as `log_blocks_put` takes them.
#[derive(Debug)]
pub(super) struct Columns {
    first: i64,
    failed: Vec<i16>,
    denied: Vec<i16>,
    restricted: Vec<i16>,
    restricted_failed: Vec<i16>,
    restricted_denied: Vec<i16>,
    earliest: Vec<DateTime<Utc>>,
    latest: Vec<DateTime<Utc>>,
    ends: Vec<i32>,
    hashes: Vec<i32>,
}

impl Columns {
    const fn from(first: i64) -> Self {
        Self {
            first,
            failed: Vec::new(),
            denied: Vec::new(),
            restricted: Vec::new(),
            restricted_failed: Vec::new(),
            restricted_denied: Vec::new(),
            earliest: Vec::new(),
            latest: Vec::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
        }
    }

    fn push(&mut self, row: Row) {
        self.failed.push(row.failed);
        self.denied.push(row.denied);
        self.restricted.push(row.restricted);
        self.restricted_failed.push(row.restricted_failed);
        self.restricted_denied.push(row.restricted_denied);
        self.earliest.push(row.earliest);
        self.latest.push(row.latest);
        self.hashes.extend(row.hashes);
        self.ends
            .push(i32::try_from(self.hashes.len()).unwrap_or(i32::MAX));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Writes the rows and says how many; none where they are not the next ones any more.
    pub(super) async fn put(self, pool: &PgPool) -> Result<i64> {
        Ok(
            sqlx::query_scalar("select log_blocks_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
                .bind(self.first)
                .bind(self.failed)
                .bind(self.denied)
                .bind(self.restricted)
                .bind(self.restricted_failed)
                .bind(self.restricted_denied)
                .bind(self.earliest)
                .bind(self.latest)
                .bind(self.ends)
                .bind(self.hashes)
                .fetch_one(pool)
                .await?,
        )
    }
}
