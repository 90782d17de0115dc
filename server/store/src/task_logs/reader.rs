//! Reads stretches of a log, wherever its bytes stand at the moment.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use model::task::TaskState;
use model::task_log::CHUNK_BYTES;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use uuid::Uuid;

use crate::task_logs::arrivals::{self, Arrival};
use crate::task_logs::index::{self, BLOCK};
use crate::tasks::state;
use crate::{Error, Result, Store};

/// How often a read begins again because the log was moved under it.
const ATTEMPTS: usize = 3;

/// How a log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogShape {
    pub state: TaskState,
    pub length: u64,
    /// Line feeds in it.
    pub feeds: u64,
    /// Whether bytes stand behind the last line feed.
    pub open_end: bool,
    object: Option<String>,
}

impl LogShape {
    /// Lines, the last without its line feed included.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.feeds + self.open_end as u64
    }
}

#[derive(sqlx::FromRow)]
struct ShapeRow {
    state: String,
    log_length: i64,
    log_feeds: i64,
    log_open: bool,
    log_object: Option<String>,
}

/// Reads one log. Its shape is that of when it was opened or last refreshed.
#[derive(Debug)]
pub struct LogReader {
    store: Store,
    task: Uuid,
    shape: LogShape,
    /// The index object, once it was needed.
    index: Option<Bytes>,
}

impl Store {
    /// Opens the log of a task for reading; absent when there is no such task.
    pub async fn log_reader(&self, task: Uuid) -> Result<Option<LogReader>> {
        let Some(shape) = self.log_shape(task).await? else {
            return Ok(None);
        };
        Ok(Some(LogReader {
            store: self.clone(),
            task,
            shape,
            index: None,
        }))
    }

    async fn log_shape(&self, task: Uuid) -> Result<Option<LogShape>> {
        let row: Option<ShapeRow> = sqlx::query_as(
            "select state, log_length, log_feeds, log_open, log_object from tasks where id = $1",
        )
        .bind(task)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(LogShape {
            state: state(&row.state)?,
            length: number(row.log_length),
            feeds: number(row.log_feeds),
            open_end: row.log_open,
            object: row.log_object,
        }))
    }
}

impl LogReader {
    #[must_use]
    pub const fn shape(&self) -> &LogShape {
        &self.shape
    }

    /// Looks again how the log stands.
    pub async fn refresh(&mut self) -> Result<()> {
        if let Some(shape) = self.store.log_shape(self.task).await? {
            // The log of a lost task that came back becomes a longer object at the same place.
            if shape.object != self.shape.object || shape.length != self.shape.length {
                self.index = None;
            }
            self.shape = shape;
        }
        Ok(())
    }

    /// The bytes of a range, cut at the log's end. Holds all of them: ask for what fits memory.
    pub async fn read(&mut self, range: Range<u64>) -> Result<Bytes> {
        let range = range.start.min(self.shape.length)..range.end.min(self.shape.length);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        for _ in 0..ATTEMPTS {
            if let Some(bytes) = self.try_read(range.clone()).await? {
                return Ok(bytes);
            }
            self.refresh().await?;
        }
        Err(Error::Inconsistent {
            table: "task_chunks",
            column: "byte_offset",
            value: format!("task {} lacks bytes {range:?}", self.task),
        })
    }

    /// Absent when the log was moved between two looks.
    async fn try_read(&self, range: Range<u64>) -> Result<Option<Bytes>> {
        if let Some(object) = &self.shape.object {
            let bytes = self
                .store
                .objects
                .logs
                .get_range(&Path::from(object.as_str()), range)
                .await?;
            return Ok(Some(bytes));
        }
        let mut bytes = BytesMut::new();
        let mut at = range.start;
        for (offset, length, location) in self.parts(&range).await? {
            let stretch = at.max(offset)..range.end.min(offset + length);
            if stretch.start != at || stretch.is_empty() {
                return Ok(None);
            }
            let within = stretch.start - offset..stretch.end - offset;
            match self
                .store
                .objects
                .logs
                .get_range(&Path::from(location), within)
                .await
            {
                Ok(part) => bytes.extend_from_slice(&part),
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            at = stretch.end;
        }
        for (offset, chunk) in self.chunks(&(at..range.end)).await? {
            let within =
                clamp(at.saturating_sub(offset))..clamp(range.end - offset).min(chunk.len());
            match chunk.get(within) {
                Some(part) if offset <= at => {
                    bytes.extend_from_slice(part);
                    at += part.len() as u64;
                }
                _ => return Ok(None),
            }
        }
        Ok((at == range.end).then(|| bytes.freeze()))
    }

    async fn parts(&self, range: &Range<u64>) -> Result<Vec<(u64, u64, String)>> {
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "select byte_offset, length, location from task_parts
             where task_id = $1 and byte_offset < $3 and byte_offset + length > $2 order by byte_offset",
        )
        .bind(self.task)
        .bind(signed(range.start))
        .bind(signed(range.end))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(offset, length, at)| (number(offset), number(length), at))
            .collect())
    }

    async fn chunks(&self, range: &Range<u64>) -> Result<Vec<(u64, Vec<u8>)>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "select byte_offset, bytes from task_chunks
             where task_id = $1 and byte_offset < $3 and byte_offset > $2 - $4
               and byte_offset + length(bytes) > $2 order by byte_offset",
        )
        .bind(self.task)
        .bind(signed(range.start))
        .bind(signed(range.end))
        .bind(signed(CHUNK_BYTES as u64))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(offset, bytes)| (number(offset), bytes))
            .collect())
    }

    /// A place at or before the line feed of that number (counted from 1), at most one chunk
    /// away, and the line feeds before the place.
    pub(crate) async fn place_before_feed(&mut self, feed: u64) -> Result<(u64, u64)> {
        if self.shape.object.is_some() {
            let index = self.index().await?;
            let found = index::block_of_feed(index::read_object(&index)?.0, feed);
            return Ok(found.map_or((0, 0), |(block, before)| (block * BLOCK, before)));
        }
        let part: Option<(i64, i64, Vec<u8>)> = sqlx::query_as(
            "select byte_offset, length, line_index from task_parts
             where task_id = $1 and feeds_before < $2 order by byte_offset desc limit 1",
        )
        .bind(self.task)
        .bind(signed(feed))
        .fetch_optional(&self.store.pool)
        .await?;
        let in_part = part.and_then(|(offset, length, stored)| {
            let (counts, _) = index::split_counts(&stored, number(length));
            let (block, before) = index::block_of_feed(counts, feed)?;
            Some((number(offset) + block * BLOCK, before))
        });
        let chunk: Option<(i64, i64)> = sqlx::query_as(
            "select byte_offset, feeds_before from task_chunks
             where task_id = $1 and feeds_before < $2 order by byte_offset desc limit 1",
        )
        .bind(self.task)
        .bind(signed(feed))
        .fetch_optional(&self.store.pool)
        .await?;
        let in_chunk = chunk.map(|(offset, before)| (number(offset), number(before)));
        Ok(in_part.max(in_chunk).unwrap_or_default())
    }

    /// A place at or before a byte and the line feeds before the place, at most one chunk away.
    pub(crate) async fn place_before_byte(&mut self, byte: u64) -> Result<(u64, u64)> {
        let block = byte / BLOCK;
        if self.shape.object.is_some() {
            let index = self.index().await?;
            let count = index::count_at(index::read_object(&index)?.0, block);
            return Ok(count.map_or((0, 0), |before| (block * BLOCK, before)));
        }
        let part: Option<(i64, i64, Vec<u8>)> = sqlx::query_as(
            "select byte_offset, length, line_index from task_parts
             where task_id = $1 and byte_offset <= $2 order by byte_offset desc limit 1",
        )
        .bind(self.task)
        .bind(signed(byte))
        .fetch_optional(&self.store.pool)
        .await?;
        let in_part = part.and_then(|(offset, length, stored)| {
            let (counts, _) = index::split_counts(&stored, number(length));
            let within = block.checked_sub(number(offset) / BLOCK)?;
            Some((block * BLOCK, index::count_at(counts, within)?))
        });
        let chunk: Option<(i64, i64)> = sqlx::query_as(
            "select byte_offset, feeds_before from task_chunks
             where task_id = $1 and byte_offset <= $2 order by byte_offset desc limit 1",
        )
        .bind(self.task)
        .bind(signed(byte))
        .fetch_optional(&self.store.pool)
        .await?;
        let in_chunk = chunk.map(|(offset, before)| (number(offset), number(before)));
        Ok(in_part.max(in_chunk).unwrap_or_default())
    }

    /// When the bytes of a range were received, in order; empty where it is not known.
    pub(crate) async fn arrivals(&mut self, range: Range<u64>) -> Result<Vec<Arrival>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        if self.shape.object.is_some() {
            let index = self.index().await?;
            return Ok(arrivals::within(index::read_object(&index)?.1, &range));
        }
        let parts: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "select length, line_index from task_parts
             where task_id = $1 and byte_offset < $3 and byte_offset + length > $2 order by byte_offset",
        )
        .bind(self.task)
        .bind(signed(range.start))
        .bind(signed(range.end))
        .fetch_all(&self.store.pool)
        .await?;
        let mut found = Vec::new();
        for (length, stored) in &parts {
            let (_, stored) = index::split_counts(stored, number(*length));
            found.extend(arrivals::within(stored, &range));
        }
        // A chunk whose beginning was moved says what its part says.
        let known = found.last().map(|(place, _)| *place);
        let chunks = self.store.chunk_arrivals(self.task, &range).await?;
        found.extend(
            chunks
                .into_iter()
                .filter(|(place, _)| known.is_none_or(|known| known < *place)),
        );
        Ok(found)
    }

    async fn index(&mut self) -> Result<Bytes> {
        if let Some(index) = &self.index {
            return Ok(index.clone());
        }
        let object = self.shape.object.as_deref().unwrap_or_default();
        let path = Path::from(index_location(object));
        let index = self.store.objects.logs.get(&path).await?.bytes().await?;
        self.index = Some(index.clone());
        Ok(index)
    }
}

/// Where the index of a log object stands.
pub(crate) fn index_location(object: &str) -> String {
    format!("{}.idx", object.strip_suffix(".log").unwrap_or(object))
}

pub(crate) fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn clamp(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
