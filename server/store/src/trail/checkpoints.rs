//! Published checkpoints. The chain in the object store is the authority; these rows are what
//! pages and receipts read.

use chrono::{DateTime, Utc};
use trail::Hash;

use crate::{Error, Result, Store};

/// A checkpoint that was signed and published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// Its place in the chain, from 0 without gaps.
    pub number: i64,
    pub size: i64,
    pub root: Hash,
    /// The signed note, with all signatures known so far.
    pub note: String,
    pub signed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    number: i64,
    size: i64,
    root: Vec<u8>,
    note: String,
    signed_at: DateTime<Utc>,
}

const LAST: &str =
    "select number, size, root, note, signed_at from checkpoints order by number desc limit 1";
const NUMBERED: &str =
    "select number, size, root, note, signed_at from checkpoints where number = $1";
const COVERING: &str = "select number, size, root, note, signed_at from checkpoints \
     where size > $1 order by size, number limit 1";

impl Store {
    /// Publishes a checkpoint; the same one again changes nothing.
    pub async fn publish_checkpoint(&self, checkpoint: &StoredCheckpoint) -> Result<()> {
        sqlx::query(
            "insert into checkpoints (number, size, root, note, signed_at) \
             values ($1, $2, $3, $4, $5) on conflict (number) do nothing",
        )
        .bind(checkpoint.number)
        .bind(checkpoint.size)
        .bind(checkpoint.root.as_ref())
        .bind(&checkpoint.note)
        .bind(checkpoint.signed_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The newest published checkpoint.
    pub async fn last_checkpoint(&self) -> Result<Option<StoredCheckpoint>> {
        let row: Option<CheckpointRow> = sqlx::query_as(LAST).fetch_optional(&self.pool).await?;
        row.map(StoredCheckpoint::try_from).transpose()
    }

    /// The published checkpoint of a number.
    pub(super) async fn published(&self, number: i64) -> Result<StoredCheckpoint> {
        let row: Option<CheckpointRow> = sqlx::query_as(NUMBERED)
            .bind(number)
            .fetch_optional(&self.pool)
            .await?;
        row.ok_or_else(|| Error::Trail(format!("checkpoint {number} was never published")))?
            .try_into()
    }

    /// The oldest checkpoint that covers a position.
    pub async fn checkpoint_covering(&self, seq: i64) -> Result<Option<StoredCheckpoint>> {
        let row: Option<CheckpointRow> = sqlx::query_as(COVERING)
            .bind(seq)
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredCheckpoint::try_from).transpose()
    }
}

impl TryFrom<CheckpointRow> for StoredCheckpoint {
    type Error = Error;

    fn try_from(row: CheckpointRow) -> Result<Self> {
        Ok(Self {
            number: row.number,
            size: row.size,
            root: Hash::from_slice(&row.root)
                .ok_or_else(|| Error::Trail(format!("checkpoint {} has no root", row.number)))?,
            note: row.note,
            signed_at: row.signed_at,
        })
    }
}
