//! Gives events their positions and writes them, inside the caller's transaction.
//!
//! The head row stays locked from here until the transaction ends. A rollback returns the
//! positions, so the sequence has no gaps; and rows become visible in the order of `seq`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use model::event::{Event, Receipt};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::logs::copy::{EVENT_COPY, Rows};
use crate::logs::entry::Entry;
use crate::trail::{Growth, Head, Seal, seal_pending};
use crate::{Error, Result};

/// Positions in a partition; `logs_add_partition` makes the next one ahead of time.
const PARTITION: i64 = 1 << 20;

/// Begins a transaction that appends and does nothing else. `logs` and its partitions come
/// before the head, in the order in which TRUNCATE takes them, so that the two never wait for
/// each other.
pub(crate) const BEGIN: &str = "begin; lock table logs in row exclusive mode";

/// An event whose commitments and terms are made: what needs no position is done before the head
/// is locked.
#[derive(Debug)]
pub(crate) struct Sealed {
    event: Event,
    seal: Seal,
    entry: Option<Entry>,
}

impl Sealed {
    pub(crate) fn new(event: Event) -> Result<Self> {
        let seal = Seal::of(&event)?;
        let entry = Entry::of(&event);
        Ok(Self { event, seal, entry })
    }
}

/// What the block index is told of events once they are committed.
pub(crate) fn entries(
    events: Vec<Sealed>,
    receipts: &[Receipt],
) -> impl Iterator<Item = (i64, Entry)> {
    events
        .into_iter()
        .zip(receipts)
        .filter(|(_, receipt)| !receipt.duplicate)
        .filter_map(|(sealed, receipt)| Some((receipt.seq, sealed.entry?)))
}

/// What is taken for granted of the ids of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// None is known yet; where one is, the write fails as [`is_known_id`] says, and nothing is
    /// written.
    New,
    /// Each is looked up.
    Any,
}

/// Whether a write of [`Ids::New`] failed because an id was not.
pub(crate) fn is_known_id(error: &Error) -> bool {
    error.violates("log_positions_pkey")
}

/// Writes events and their leaves in the given order and answers for each. An id that is known already, or
/// twice in the batch, is stored once and acknowledged with the position it has.
pub(crate) async fn append(
    connection: &mut PgConnection,
    events: &mut [Sealed],
    now: DateTime<Utc>,
) -> Result<Vec<Receipt>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query("lock table logs in row exclusive mode")
        .execute(&mut *connection)
        .await?;
    append_locked(connection, events, now, Ids::Any).await
}

/// The same in a transaction that began with [`BEGIN`].
pub(crate) async fn append_locked(
    connection: &mut PgConnection,
    events: &mut [Sealed],
    now: DateTime<Utc>,
    ids: Ids,
) -> Result<Vec<Receipt>> {
    let mut head = Head::lock(connection).await?;
    seal_pending(connection, &mut head).await?;
    let mut known = match ids {
        Ids::New => HashMap::with_capacity(events.len()),
        Ids::Any => known_positions(connection, events).await?,
    };
    let mut batch = Batch::after(head, now, events.len());
    for sealed in events {
        batch.push(sealed, &mut known)?;
    }
    batch.write(connection).await
}

/// What one append writes.
struct Batch {
    first: i64,
    received_at: DateTime<Utc>,
    rows: Rows,
    growth: Growth,
    /// Ids of the rows, in the order of their positions.
    ids: Vec<Uuid>,
    receipts: Vec<Receipt>,
}

impl Batch {
    fn after(head: Head, now: DateTime<Utc>, count: usize) -> Self {
        Self {
            first: head.size,
            received_at: now.max(head.last_received_at),
            rows: Rows::for_events(count),
            growth: Growth::on(head.frontier),
            ids: Vec::with_capacity(count),
            receipts: Vec::with_capacity(count),
        }
    }

    /// The position that comes next.
    fn next(&self) -> i64 {
        self.first + i64::try_from(self.ids.len()).unwrap_or(i64::MAX)
    }

    fn push(&mut self, sealed: &mut Sealed, known: &mut HashMap<Uuid, i64>) -> Result<()> {
        let Sealed { event, seal, .. } = sealed;
        if let Some(seq) = known.get(&event.id) {
            self.receipts.push(Receipt {
                id: event.id,
                seq: *seq,
                duplicate: true,
            });
            return Ok(());
        }
        event.seq = self.next();
        event.received_at = self.received_at;
        known.insert(event.id, event.seq);
        self.rows.push(event, seal)?;
        self.growth.push(&seal.leaf(event));
        self.ids.push(event.id);
        self.receipts.push(Receipt {
            id: event.id,
            seq: event.seq,
            duplicate: false,
        });
        Ok(())
    }

    async fn write(self, connection: &mut PgConnection) -> Result<Vec<Receipt>> {
        let next = self.next();
        if next == self.first {
            return Ok(self.receipts);
        }
        // First, so that an id that is known fails before rows are written.
        sqlx::query(
            "with positions as (
                 insert into log_positions (id, seq, received_at)
                 select id, $1 + place - 1, $2 from unnest($3::uuid[]) with ordinality u (id, place)
             ) update trail_head set size = $4, sealed = $4, last_received_at = $2, frontier = $5",
        )
        .bind(self.first)
        .bind(self.received_at)
        .bind(self.ids)
        .bind(next)
        .bind(self.growth.frontier().encode())
        .execute(&mut *connection)
        .await?;
        self.growth.write(connection).await?;
        if self.first / PARTITION != next / PARTITION {
            sqlx::query("select logs_add_partition($1)")
                .bind(next)
                .execute(&mut *connection)
                .await?;
        }
        let mut copy = connection.copy_in_raw(EVENT_COPY).await?;
        copy.send(self.rows.finish()).await?;
        copy.finish().await?;
        Ok(self.receipts)
    }
}

async fn known_positions(
    connection: &mut PgConnection,
    events: &[Sealed],
) -> Result<HashMap<Uuid, i64>> {
    let ids: Vec<Uuid> = events.iter().map(|sealed| sealed.event.id).collect();
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("select id, seq from log_positions where id = any($1)")
            .bind(ids)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().collect())
}
