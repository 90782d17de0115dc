//! The one row that is locked while positions are given out, so that none is ever missing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use trail::tree::Frontier;
use uuid::Uuid;

use crate::{Error, Result, Store};

/// How far the trail is, read under its lock.
#[derive(Debug)]
pub(crate) struct Head {
    /// Positions given out.
    pub(crate) size: i64,
    pub(crate) last_received_at: DateTime<Utc>,
    /// The tree over the positions that have a leaf: all, unless the database wrote rows itself.
    pub(crate) frontier: Frontier,
}

impl Head {
    /// Locks the head until the transaction ends, which must have locked `logs` before: TRUNCATE
    /// takes them in that order, and the two must never wait for each other.
    pub(crate) async fn lock(connection: &mut PgConnection) -> Result<Self> {
        let (size, last_received_at, frontier): (_, _, Vec<u8>) = sqlx::query_as(
            "select size, greatest(last_received_at, 'epoch'), frontier from trail_head for update",
        )
        .fetch_one(connection)
        .await?;
        Ok(Self {
            size,
            last_received_at,
            frontier: frontier_of(&frontier)?,
        })
    }

    /// Writes it back, inside the transaction that locked it.
    pub(crate) async fn save(&self, connection: &mut PgConnection) -> Result<()> {
        sqlx::query(
            "update trail_head set size = $1, last_received_at = $2, sealed = $3, frontier = $4",
        )
        .bind(self.size)
        .bind(self.last_received_at)
        .bind(self.sealed())
        .bind(self.frontier.encode())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Positions that have a leaf.
    pub(crate) fn sealed(&self) -> i64 {
        position(self.frontier.size())
    }
}

impl Store {
    /// Positions that have a leaf.
    pub async fn sealed(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select sealed from trail_head")
            .fetch_one(&self.pool)
            .await?)
    }

    /// The position that was given to an event, whether or not its content is still there.
    pub async fn position_of(&self, id: Uuid) -> Result<Option<i64>> {
        Ok(
            sqlx::query_scalar("select seq from log_positions where id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?,
        )
    }

    /// The tree over all committed leaves, as far as other transactions can see it.
    pub async fn trail_frontier(&self) -> Result<Frontier> {
        let frontier: Vec<u8> = sqlx::query_scalar("select frontier from trail_head")
            .fetch_one(&self.pool)
            .await?;
        frontier_of(&frontier)
    }
}

pub(super) fn frontier_of(bytes: &[u8]) -> Result<Frontier> {
    Frontier::decode(bytes).map_err(|error| Error::Trail(format!("trail_head.frontier: {error}")))
}

/// A size or position of the tree as Postgres counts; the tree refuses to grow so far that it
/// would not fit.
pub(crate) fn position(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
