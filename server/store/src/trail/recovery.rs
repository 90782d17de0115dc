//! A restore that an owner declared: the leaves that the database lacks come back from the
//! archive, and what was recorded since the restore moves behind them.
//!
//! Refuses leaves that do not lead to the root that was signed.

use chrono::{DateTime, Utc};
use model::integrity::{Hole, HoleCause};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use trail::Hash;
use trail::leaf::Leaf;
use trail::tile::{Part, Tile};
use trail::tree::{Frontier, Plan};
use uuid::Uuid;

use super::head::position;
use super::{Growth, Head, leaves, nodes, seal_pending};
use crate::{Error, Result, Store, Transaction};

/// Positions that are brought back in one statement.
const CHUNK: usize = 5_000;

/// What a restored database lacks: the leaves from `first` on, as they were signed.
#[derive(Clone, Debug)]
pub struct Lost {
    /// How many leaves the database and what was signed have in common.
    pub first: u64,
    pub leaves: Vec<Leaf>,
    /// The root over the first leaves and these, which a signed checkpoint names.
    pub root: Hash,
}

/// A declared restore, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Recovery {
    pub event_id: Uuid,
    pub at: DateTime<Utc>,
    pub first: i64,
    /// One after the last position whose content is lost; `first` where none is.
    pub after: i64,
    /// Events that moved behind what was lost.
    pub moved: i64,
    pub actor: String,
    pub approver: Option<String>,
    pub reason: String,
    /// The signed note.
    pub checkpoint: String,
    /// The origin that began, where the leaves could not be brought back.
    pub origin: Option<String>,
}

impl Store {
    /// The leaves of the positions from `from` to before `to` as the archive has them; none where
    /// a file is missing or damaged.
    pub async fn archived_leaves(&self, from: u64, to: u64) -> Result<Option<Vec<Leaf>>> {
        let mut found = Vec::new();
        for tile in Tile::of_growth(from, to).filter(|tile| tile.part == Part::Entries) {
            let mut bytes = self.archived(tile).await?;
            if bytes.is_none() && !tile.is_full() {
                bytes = self.archived(tile.full()).await?;
            }
            let Some(bytes) = bytes else {
                return Ok(None);
            };
            let Ok(entries) = tile
                .entries(&bytes)
                .or_else(|_| tile.full().entries(&bytes))
            else {
                return Ok(None);
            };
            let places = tile.index * trail::tile::WIDTH..;
            for (place, entry) in places.zip(entries) {
                if (from..to).contains(&place) {
                    match Leaf::decode(entry) {
                        Ok(leaf) => found.push(leaf),
                        Err(_) => return Ok(None),
                    }
                }
            }
        }
        Ok((u64::try_from(found.len()) == Ok(to.saturating_sub(from))).then_some(found))
    }

    async fn archived(&self, tile: Tile) -> Result<Option<Vec<u8>>> {
        match self
            .objects
            .archive
            .get(&Path::from(tile.to_string()))
            .await
        {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The tree over the first `size` leaves.
    pub async fn frontier_at(&self, size: u64) -> Result<Frontier> {
        let mut connection = self.pool.acquire().await?;
        frontier_at(&mut connection, size).await
    }

    /// Declared restores, newest first.
    pub async fn recoveries(&self, limit: i64) -> Result<Vec<Recovery>> {
        Ok(sqlx::query_as(
            "select r.event_id, r.at, r.first, r.after, r.moved, r.actor, r.approver, r.reason, r.checkpoint, r.origin \
             from trail_recoveries r join log_positions p on p.id = r.event_id \
             order by r.at desc limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// What declared restores have lost.
    pub(super) async fn losses(&self, limit: i64) -> Result<Vec<Hole>> {
        let recoveries = self.recoveries(limit).await?;
        let lossy = recoveries.into_iter().filter(|r| r.first < r.after);
        Ok(lossy.map(Hole::from).collect())
    }
}

impl Transaction {
    /// Brings the leaves back; answers how many events moved behind them.
    pub async fn bring_back(&mut self, lost: &Lost) -> Result<i64> {
        let connection = self.connection();
        // In the order in which deletions take them.
        sqlx::raw_sql(
            "lock table logs in row exclusive mode; select pg_advisory_xact_lock(7170001)",
        )
        .execute(&mut *connection)
        .await?;
        let mut head = Head::lock(&mut *connection).await?;
        seal_pending(&mut *connection, &mut head).await?;
        let first = position(lost.first);
        let own = leaves::read(&mut *connection, first, head.sealed()).await?;
        let mut growth = Growth::on(frontier_at(&mut *connection, lost.first).await?);
        for leaf in &lost.leaves {
            growth.push(leaf);
        }
        if growth.frontier().root() != lost.root {
            return Err(Error::Trail(
                "the leaves of the archive do not lead to the signed root".to_owned(),
            ));
        }
        let count = i64::try_from(lost.leaves.len()).unwrap_or(i64::MAX);
        let moved: i64 = sqlx::query_scalar("select trail_make_room($1, $2)")
            .bind(first)
            .bind(count)
            .fetch_one(&mut *connection)
            .await?;
        for leaf in &own {
            growth.push(leaf);
        }
        head.size = position(growth.frontier().size());
        head.frontier = growth.write(&mut *connection).await?;
        if let Some(latest) = lost.leaves.iter().filter_map(received_at).max() {
            head.last_received_at = head.last_received_at.max(latest);
        }
        head.save(&mut *connection).await?;
        for (chunk, leaves) in lost.leaves.chunks(CHUNK).enumerate() {
            let start = first + i64::try_from(chunk * CHUNK).unwrap_or(i64::MAX);
            give_positions(&mut *connection, start, leaves).await?;
        }
        Ok(moved)
    }

    /// Keeps a declaration; the caller records its event under the same id.
    pub async fn keep_recovery(&mut self, recovery: &Recovery) -> Result<()> {
        sqlx::query(
            "insert into trail_recoveries \
                 (event_id, at, first, after, moved, actor, approver, reason, checkpoint, origin) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(recovery.event_id)
        .bind(recovery.at)
        .bind(recovery.first)
        .bind(recovery.after)
        .bind(recovery.moved)
        .bind(&recovery.actor)
        .bind(&recovery.approver)
        .bind(&recovery.reason)
        .bind(&recovery.checkpoint)
        .bind(&recovery.origin)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// An id that was sent again since the restore keeps the position where its content is.
async fn give_positions(
    connection: &mut sqlx::PgConnection,
    first: i64,
    leaves: &[Leaf],
) -> Result<()> {
    let ids: Vec<Uuid> = leaves.iter().map(|leaf| leaf.id).collect();
    let times: Vec<DateTime<Utc>> = leaves
        .iter()
        .map(|leaf| received_at(leaf).unwrap_or_default())
        .collect();
    sqlx::query(
        "insert into log_positions (id, seq, received_at) \
         select id, $1 + place - 1, at from unnest($2::uuid[], $3::timestamptz[]) \
             with ordinality u (id, at, place) on conflict (id) do nothing",
    )
    .bind(first)
    .bind(ids)
    .bind(times)
    .execute(connection)
    .await?;
    Ok(())
}

fn received_at(leaf: &Leaf) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(i64::try_from(leaf.received_at).ok()?)
}

async fn frontier_at(connection: &mut sqlx::PgConnection, size: u64) -> Result<Frontier> {
    let plan = Plan::root(size)?;
    let hashes = nodes::fetch(connection, plan.nodes()).await?;
    let mut frontier = Frontier::default();
    for (node, hash) in plan.nodes().iter().zip(hashes) {
        frontier.push_subtree(node.level, hash)?;
    }
    Ok(frontier)
}

impl From<Recovery> for Hole {
    fn from(recovery: Recovery) -> Self {
        Self {
            first: recovery.first,
            last: recovery.after - 1,
            count: recovery.after - recovery.first,
            cause: HoleCause::Lost {
                event: recovery.event_id,
                at: recovery.at,
                actor: recovery.actor,
                approver: recovery.approver,
                reason: recovery.reason,
            },
        }
    }
}
