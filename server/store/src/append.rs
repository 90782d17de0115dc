//! Gives events their positions and writes them, inside the caller's transaction.
//!
//! The head row stays locked from here until the transaction ends. A rollback returns the
//! positions, so the sequence has no gaps; and rows become visible in the order of `seq`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use model::event::{Event, Receipt};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Result;
use crate::logs::copy::{EVENT_COPY, POSITION_COPY, write_event, write_position};
use crate::trail::{Growth, Head, Seal, seal_pending};

/// Positions in a partition; `logs_add_partition` makes the next one ahead of time.
const PARTITION: i64 = 1 << 20;

/// An event whose commitments are made: that part of sealing needs no position, and is done
/// before the head is locked.
#[derive(Debug)]
pub(crate) struct Sealed {
    event: Event,
    seal: Seal,
}

impl Sealed {
    pub(crate) fn new(event: Event) -> Result<Self> {
        let seal = Seal::of(&event)?;
        Ok(Self { event, seal })
    }
}

/// Writes events and their leaves in the given order and answers for each. An id that is known
/// already, or twice in the batch, is stored once and acknowledged with the position it has.
pub(crate) async fn append(
    connection: &mut PgConnection,
    events: &mut [Sealed],
    now: DateTime<Utc>,
) -> Result<Vec<Receipt>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let mut head = Head::lock(connection).await?;
    seal_pending(connection, &mut head).await?;
    let mut known = known_positions(connection, events).await?;
    let mut batch = Batch::after(&head, now, events.len());
    let mut receipts = Vec::with_capacity(events.len());
    for sealed in events {
        let id = sealed.event.id;
        let duplicate = known.get(&id).copied();
        let seq = match duplicate {
            Some(seq) => seq,
            None => batch.push(sealed)?,
        };
        known.insert(id, seq);
        receipts.push(Receipt {
            id,
            seq,
            duplicate: duplicate.is_some(),
        });
    }
    if batch.next > head.size {
        batch.write(connection, &mut head).await?;
        head.save(connection).await?;
    }
    Ok(receipts)
}

/// What one transaction adds to the trail.
struct Batch {
    received_at: DateTime<Utc>,
    next: i64,
    rows: Vec<u8>,
    positions: Vec<u8>,
    growth: Growth,
}

impl Batch {
    fn after(head: &Head, now: DateTime<Utc>, events: usize) -> Self {
        Self {
            received_at: now.max(head.last_received_at),
            next: head.size,
            rows: Vec::with_capacity(events * 768),
            positions: Vec::with_capacity(events * 80),
            growth: Growth::on(head.frontier.clone()),
        }
    }

    fn push(&mut self, sealed: &mut Sealed) -> Result<i64> {
        let Sealed { event, seal } = sealed;
        let seq = self.next;
        event.seq = seq;
        event.received_at = self.received_at;
        write_event(&mut self.rows, event, seal)?;
        write_position(&mut self.positions, event);
        self.growth.push(&seal.leaf(event));
        self.next += 1;
        Ok(seq)
    }

    async fn write(self, connection: &mut PgConnection, head: &mut Head) -> Result<()> {
        if head.size / PARTITION != self.next / PARTITION {
            sqlx::query("select logs_add_partition($1)")
                .bind(self.next)
                .execute(&mut *connection)
                .await?;
        }
        copy(connection, EVENT_COPY, self.rows).await?;
        copy(connection, POSITION_COPY, self.positions).await?;
        head.frontier = self.growth.write(connection).await?;
        head.size = self.next;
        head.last_received_at = self.received_at;
        Ok(())
    }
}

async fn copy(connection: &mut PgConnection, statement: &'static str, rows: Vec<u8>) -> Result<()> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    Ok(())
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
