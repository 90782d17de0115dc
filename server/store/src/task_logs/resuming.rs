//! A lost task comes back: its log, which may be one object already, grows again.
//!
//! The object's whole blocks become a part and the rest becomes chunks, so that what follows
//! joins them as it joins any part. The object stays until a longer one with the same beginning
//! takes its place; so the digest that `task.lost` recorded stays the digest of its first bytes.

use chrono::{DateTime, Utc};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use uuid::Uuid;

use crate::task_logs::arrivals::{self, Arrival, Arrivals};
use crate::task_logs::index::{self, BLOCK, Indexer};
use crate::task_logs::reader::{LogReader, index_location, signed};
use crate::{Result, Store, Transaction};

/// The log of a lost task as one object, taken apart again; nothing where it is no object yet.
#[derive(Clone, Debug, Default)]
pub struct LostLog {
    object: Option<String>,
    /// Bytes of its whole blocks, the line feeds in them, and the line index of such a part.
    blocks: u64,
    feeds: u64,
    line_index: Vec<u8>,
    /// What stands behind the whole blocks, in order.
    rest: Vec<Piece>,
}

/// Bytes of the log as they become a chunk again.
#[derive(Clone, Debug)]
struct Piece {
    place: u64,
    feeds_before: u64,
    received_at: Option<DateTime<Utc>>,
    bytes: Vec<u8>,
}

impl Store {
    /// Takes the log of a lost task apart, without changing anything that can be seen.
    pub async fn lost_log(&self, task: Uuid) -> Result<LostLog> {
        let Some(mut reader) = self.log_reader(task).await? else {
            return Ok(LostLog::default());
        };
        let object: Option<String> =
            sqlx::query_scalar("select log_object from tasks where id = $1")
                .bind(task)
                .fetch_one(&self.pool)
                .await?;
        let Some(object) = object else {
            return Ok(LostLog::default());
        };
        // Those of which the object was made may still be there.
        self.remove_parts(task).await?;
        let path = Path::from(index_location(&object));
        let stored = self.objects.logs.get(&path).await?.bytes().await?;
        let (counts, received) = index::read_object(&stored)?;
        let length = reader.shape().length;
        let blocks = length - length % BLOCK;
        // The count of the block that the rest begins; without a rest, all line feeds.
        let feeds = index::count_at(counts, blocks / BLOCK).unwrap_or(reader.shape().feeds);
        let (counts, _) = index::split_counts(counts, blocks);
        let mut kept = Arrivals::default();
        arrivals::read(received)
            .filter(|(place, _)| *place < blocks)
            .for_each(|arrival| kept.push(arrival));
        let received = arrivals::within(received, &(blocks..length));
        Ok(LostLog {
            line_index: [counts, &kept.bytes()].concat(),
            rest: rest(&mut reader, blocks, feeds, &received).await?,
            object: Some(object),
            blocks,
            feeds,
        })
    }
}

/// The bytes behind the whole blocks, less than one block, one piece an arrival.
async fn rest(
    reader: &mut LogReader,
    blocks: u64,
    feeds: u64,
    received: &[Arrival],
) -> Result<Vec<Piece>> {
    let length = reader.shape().length;
    let mut bytes = reader.read(blocks..length).await?;
    let mut indexer = Indexer::starting_at(blocks, feeds);
    let mut pieces = Vec::new();
    let inner = received
        .iter()
        .map(|(place, _)| *place)
        .filter(|place| (blocks + 1..length).contains(place));
    for end in inner.chain([length]) {
        let (place, feeds_before) = (indexer.length(), indexer.feeds());
        let count = usize::try_from(end - place).unwrap_or(bytes.len());
        if count == 0 {
            continue;
        }
        let piece = bytes.split_to(count.min(bytes.len()));
        indexer.push(&piece);
        let received_at = arrivals::at(received, place).and_then(DateTime::from_timestamp_millis);
        pieces.push(Piece {
            place,
            feeds_before,
            received_at,
            bytes: piece.to_vec(),
        });
    }
    Ok(pieces)
}

impl Transaction {
    /// Lets a locked lost task run again. False when its log became an object, or another, since
    /// it was taken apart: then it must be taken apart again.
    pub async fn resume_task(
        &mut self,
        task: Uuid,
        lost: &LostLog,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let resumed = sqlx::query(
            "update tasks set state = 'running', log_sha256 = null, log_object = null,
                    last_seen_at = greatest(last_seen_at, $3),
                    moved_length = case when log_object is null then moved_length else $4 end,
                    moved_feeds = case when log_object is null then moved_feeds else $5 end
             where id = $1 and state = 'lost' and log_object is not distinct from $2",
        )
        .bind(task)
        .bind(&lost.object)
        .bind(now)
        .bind(signed(lost.blocks))
        .bind(signed(lost.feeds))
        .execute(self.connection())
        .await?;
        if resumed.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(object) = lost.object.as_ref().filter(|_| lost.blocks > 0) {
            sqlx::query(
                "insert into task_parts (task_id, byte_offset, length, feeds_before, location, line_index)
                 values ($1, 0, $2, 0, $3, $4)",
            )
            .bind(task)
            .bind(signed(lost.blocks))
            .bind(object)
            .bind(&lost.line_index)
            .execute(self.connection())
            .await?;
        }
        for piece in &lost.rest {
            sqlx::query(
                "insert into task_chunks (task_id, byte_offset, feeds_before, received_at, bytes)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(task)
            .bind(signed(piece.place))
            .bind(signed(piece.feeds_before))
            .bind(piece.received_at.unwrap_or(now))
            .bind(&piece.bytes)
            .execute(self.connection())
            .await?;
        }
        Ok(true)
    }
}
