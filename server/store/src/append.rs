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

/// Positions in a partition; `logs_add_partition` makes the next one ahead of time.
const PARTITION: i64 = 1 << 20;

/// Writes events in the given order and answers for each. An id that is known already, or
/// twice in the batch, is stored once and acknowledged with the position it has.
pub(crate) async fn append(
    connection: &mut PgConnection,
    events: &mut [Event],
    now: DateTime<Utc>,
) -> Result<Vec<Receipt>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let (size, last) = lock_head(connection).await?;
    let received_at = now.max(last);
    let mut known = known_positions(connection, events).await?;
    let mut next = size;
    let mut rows = Vec::with_capacity(events.len() * 640);
    let mut positions = Vec::with_capacity(events.len() * 80);
    let mut receipts = Vec::with_capacity(events.len());
    for event in events.iter_mut() {
        if let Some(seq) = known.get(&event.id) {
            receipts.push(Receipt {
                id: event.id,
                seq: *seq,
                duplicate: true,
            });
            continue;
        }
        event.seq = next;
        event.received_at = received_at;
        known.insert(event.id, next);
        write_event(&mut rows, event)?;
        write_position(&mut positions, event);
        receipts.push(Receipt {
            id: event.id,
            seq: next,
            duplicate: false,
        });
        next += 1;
    }
    if next > size {
        if size / PARTITION != next / PARTITION {
            sqlx::query("select logs_add_partition($1)")
                .bind(next)
                .execute(&mut *connection)
                .await?;
        }
        copy(connection, EVENT_COPY, rows).await?;
        copy(connection, POSITION_COPY, positions).await?;
        sqlx::query("update trail_head set size = $1, last_received_at = $2")
            .bind(next)
            .bind(received_at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(receipts)
}

/// Locks the head of the trail until the transaction ends. `logs` and its partitions come first,
/// in the order in which TRUNCATE takes them, so that the two never wait for each other.
async fn lock_head(connection: &mut PgConnection) -> Result<(i64, DateTime<Utc>)> {
    sqlx::query("lock table logs in row exclusive mode")
        .execute(&mut *connection)
        .await?;
    Ok(sqlx::query_as(
        "select size, greatest(last_received_at, 'epoch') from trail_head for update",
    )
    .fetch_one(connection)
    .await?)
}

async fn copy(connection: &mut PgConnection, statement: &'static str, rows: Vec<u8>) -> Result<()> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    Ok(())
}

async fn known_positions(
    connection: &mut PgConnection,
    events: &[Event],
) -> Result<HashMap<Uuid, i64>> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("select id, seq from log_positions where id = any($1)")
            .bind(ids)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().collect())
}
