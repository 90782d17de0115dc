//! The whole trail in the order of its positions, as a bundle has it: what a selection found with
//! what opens it, holes with what made them, and everything else as subtrees.
//!
//! One snapshot, and memory that does not grow with the trail. Leaves come from the trail and
//! contents from the rows: where the two do not fit, the bundle shows it. Refuses to leave such a
//! row out, which would hide it.

mod parts;
mod walk;

use model::event::Event;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use trail::Hash;
use trail::field::{Path, Salt};
use trail::leaf::LEAF_BYTES;
use trail::tree::Node;

use super::check::CommittedRow;
use super::head::{frontier_of, position};
use crate::logs::Selection;
use crate::logs::row::COLUMNS;
use crate::{Result, Store};
use walk::Walk;

/// Batches of parts that wait for the reader; the rest waits in Postgres.
const WAITING: usize = 2;

/// A trail of a certain size, part by part.
#[derive(Debug)]
pub struct BundleSource {
    /// How many positions the parts cover.
    pub size: u64,
    /// The root over them, as it was when they were recorded.
    pub root: Hash,
    /// The parts, from left to right; an error ends them before their end.
    pub parts: Receiver<Result<Vec<BundlePart>>>,
}

/// One or more positions.
#[derive(Clone, Debug)]
pub enum BundlePart {
    Event(Box<OpenedEvent>),
    /// A position without content; `why` is canonical JSON.
    Hole {
        position: u64,
        leaf: [u8; LEAF_BYTES],
        why: String,
    },
    /// Positions that the selection left out.
    Subtree(Node, Hash),
}

/// An event with all that opens its leaf, made from its row as it stands.
#[derive(Clone, Debug)]
pub struct OpenedEvent {
    pub position: u64,
    pub leaf: [u8; LEAF_BYTES],
    pub salt: Salt,
    /// The canonical public text.
    pub public: String,
    /// In the order of their paths.
    pub fields: Vec<OpenedField>,
}

/// A field with what opens its commitment.
#[derive(Clone, Debug)]
pub struct OpenedField {
    pub path: Path,
    pub salt: Salt,
    pub commitment: Hash,
    /// Canonical text.
    pub value: String,
}

impl Store {
    /// Begins to read the trail for a bundle of a selection. Holes are told of where the selection
    /// is everything: elsewhere nothing says what they held.
    pub async fn bundle(&self, selection: &Selection) -> Result<BundleSource> {
        let mut snapshot = self.snapshot().await?;
        let frontier: Vec<u8> = sqlx::query_scalar("select frontier from trail_head")
            .fetch_one(&mut *snapshot)
            .await?;
        let frontier = frontier_of(&frontier)?;
        let (size, root) = (frontier.size(), frontier.root());
        let walk = Walk::begin(&mut snapshot, selection.clone(), size).await?;
        let (sender, parts) = channel(WAITING);
        tokio::spawn(async move {
            if let Err(error) = send(snapshot, walk, &sender).await {
                // The reader may be gone as well; then nobody is left to tell.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(BundleSource { size, root, parts })
    }

    /// The event at a position, opened; none where its content is gone.
    pub async fn opened(&self, place: u64) -> Result<Option<OpenedEvent>> {
        let mut connection = self.pool.acquire().await?;
        let seq = position(place);
        let row: Option<CommittedRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS}, salt, field_key from logs where seq = $1"
        )))
        .bind(seq)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let leaves = super::leaves::read(&mut connection, seq, seq + 1).await?;
        let leaf = leaves.first().map(trail::leaf::Leaf::encode);
        Ok(leaf.and_then(|leaf| parts::open(place, leaf, row.parts().ok()?)))
    }
}

async fn send(
    mut snapshot: sqlx::Transaction<'static, sqlx::Postgres>,
    mut walk: Walk,
    sender: &Sender<Result<Vec<BundlePart>>>,
) -> Result<()> {
    while let Some(stretch) = walk.next(&mut snapshot).await? {
        let parts = parts::of(&mut snapshot, stretch).await?;
        if sender.send(Ok(parts)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A row that the selection found, as far as it can be read.
type Found = (Event, Option<super::check::Secrets>);
