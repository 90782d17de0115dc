//! Leaves for positions that the database gave out itself, or that are older than the trail.
//!
//! A position whose row is still there gets the leaf of the row as it stands now; one whose row
//! is gone gets a leaf that opens to nothing, which is what can still be said of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use model::event::{Category, Event};
use sqlx::{AssertSqlSafe, PgConnection};
use trail::Hash;
use trail::leaf::Leaf;
use uuid::Uuid;

use super::seal::micros;
use super::{Growth, Head, Seal};
use crate::logs::row::{COLUMNS, EventRow};
use crate::{Error, Result, Store, append};

/// Positions that are read and sealed together.
const CHUNK: i64 = 5_000;

/// Seals what stands between the leaves and the head, which the caller has locked.
pub(crate) async fn seal_pending(connection: &mut PgConnection, head: &mut Head) -> Result<()> {
    while head.sealed() < head.size {
        let to = head.size.min(head.sealed() + CHUNK);
        seal_chunk(connection, head, to).await?;
        head.save(connection).await?;
    }
    Ok(())
}

impl Store {
    /// Seals positions that have no leaf yet, a chunk a transaction; answers how many.
    pub async fn seal_pending(&self) -> Result<i64> {
        let mut sealed = 0;
        loop {
            let waiting: bool = sqlx::query_scalar("select sealed < size from trail_head")
                .fetch_one(&self.pool)
                .await?;
            if !waiting {
                return Ok(sealed);
            }
            let mut transaction = self.pool.begin_with(append::BEGIN).await?;
            let mut head = Head::lock(&mut transaction).await?;
            let from = head.sealed();
            let to = head.size.min(from + CHUNK);
            seal_chunk(&mut transaction, &mut head, to).await?;
            head.save(&mut transaction).await?;
            transaction.commit().await?;
            sealed += to - from;
        }
    }
}

async fn seal_chunk(connection: &mut PgConnection, head: &mut Head, to: i64) -> Result<()> {
    let from = head.sealed();
    let rows = rows(connection, from, to).await?;
    let positions: Vec<(i64, Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select seq, id, received_at from log_positions where seq >= $1 and seq < $2 order by seq",
    )
    .bind(from)
    .bind(to)
    .fetch_all(&mut *connection)
    .await?;
    let mut growth = Growth::on(head.frontier.clone());
    let mut salted = Salted::default();
    for (next, (seq, id, received_at)) in (from..to).zip(positions) {
        if seq != next {
            return Err(Error::Trail(format!("position {next} was never recorded")));
        }
        let leaf = match rows.get(&seq).filter(|event| event.id == id) {
            Some(event) => {
                let seal = Seal::of(event)?;
                salted.push(seq, &seal);
                seal.leaf(event)
            }
            None => unprovable(id, received_at),
        };
        growth.push(&leaf);
    }
    salted.write(connection).await?;
    head.frontier = growth.write(connection).await?;
    if head.sealed() != to {
        return Err(Error::Trail(format!(
            "position {} was never recorded",
            head.sealed()
        )));
    }
    Ok(())
}

/// The rows to be sealed as they stand. Once the trail has begun, the database writes none but
/// `logs.truncated` itself: whatever else waits there was never recorded by the product.
async fn rows(connection: &mut PgConnection, from: i64, to: i64) -> Result<HashMap<i64, Event>> {
    let rows: Vec<EventRow> = sqlx::query_as(AssertSqlSafe(format!(
        "select {COLUMNS} from logs where seq >= $1 and seq < $2 \
         and (action = 'logs.truncated' or not exists (select from trail_origins))"
    )))
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Event::try_from(row).map(|event| (event.seq, event)))
        .collect()
}

/// The leaf of a position whose content was gone before it could be committed to: no text hashes
/// to zeros.
fn unprovable(id: Uuid, received_at: DateTime<Utc>) -> Leaf {
    Leaf {
        class: Category::Activity,
        received_at: micros(received_at),
        id,
        public: Hash::default(),
        fields: Hash::default(),
    }
}

/// What opens the commitments, on its way to rows that are there already.
#[derive(Default)]
struct Salted {
    seqs: Vec<i64>,
    salts: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
}

impl Salted {
    fn push(&mut self, seq: i64, seal: &Seal) {
        self.seqs.push(seq);
        self.salts.push(seal.salt.to_vec());
        self.keys.push(seal.field_key.to_vec());
    }

    async fn write(self, connection: &mut PgConnection) -> Result<()> {
        if self.seqs.is_empty() {
            return Ok(());
        }
        let expected = self.seqs.len();
        let done: i64 = sqlx::query_scalar("select trail_salt($1, $2, $3)")
            .bind(self.seqs)
            .bind(self.salts)
            .bind(self.keys)
            .fetch_one(connection)
            .await?;
        if usize::try_from(done) != Ok(expected) {
            return Err(Error::Trail(format!(
                "{done} of {expected} rows could be sealed"
            )));
        }
        Ok(())
    }
}
