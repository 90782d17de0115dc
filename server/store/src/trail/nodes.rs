//! Subtree hashes for proofs: every eighth level is stored, those between are folded from it.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use trail::Hash;
use trail::tree::{Node, Plan, leaf_hash, node_hash};

use super::head::position;
use super::leaves::{self, Leaves};
use crate::{Error, Result, Store};

const STRIDE: u8 = 8;

impl Store {
    /// The proof, or root, that a plan describes.
    pub async fn trail_proof(&self, plan: &Plan) -> Result<Vec<Hash>> {
        let mut connection = self.pool.acquire().await?;
        let hashes = fetch(&mut connection, plan.nodes()).await?;
        Ok(plan.finish(&hashes)?)
    }

    /// The proofs that plans describe, in their order, read together.
    pub async fn trail_proofs(&self, plans: &[Plan]) -> Result<Vec<Vec<Hash>>> {
        let nodes: Vec<Node> = plans.iter().flat_map(Plan::nodes).copied().collect();
        let mut connection = self.pool.acquire().await?;
        let hashes = fetch(&mut connection, &nodes).await?;
        let mut rest = hashes.as_slice();
        let mut proofs = Vec::with_capacity(plans.len());
        for plan in plans {
            let (own, after) = rest
                .split_at_checked(plan.nodes().len())
                .unwrap_or((rest, &[]));
            proofs.push(plan.finish(own)?);
            rest = after;
        }
        Ok(proofs)
    }

    /// The root of the first `size` leaves.
    pub async fn trail_root(&self, size: u64) -> Result<Hash> {
        let root = self.trail_proof(&Plan::root(size)?).await?;
        Ok(root
            .first()
            .copied()
            .unwrap_or_else(trail::tree::empty_root))
    }
}

/// The hashes of the nodes, in their order.
pub(super) async fn fetch(connection: &mut PgConnection, nodes: &[Node]) -> Result<Vec<Hash>> {
    let leaves = leaves::tiles(connection, &low_tiles(nodes).collect()).await?;
    hashes(connection, nodes, &leaves).await
}

/// The tiles whose leaves the nodes are folded from.
pub(super) fn low_tiles(nodes: &[Node]) -> impl Iterator<Item = u64> {
    nodes
        .iter()
        .filter(|node| node.level < STRIDE)
        .map(|node| leaves::tile_of(node.index << node.level))
}

/// As [`fetch`], with the leaves of [`low_tiles`] at hand.
pub(super) async fn hashes(
    connection: &mut PgConnection,
    nodes: &[Node],
    leaves: &Leaves,
) -> Result<Vec<Hash>> {
    let mut stored: BTreeMap<(u8, u64), Hash> = BTreeMap::new();
    for level in 0..=7_u8 {
        let mut ranges: Vec<(u64, u64)> = nodes
            .iter()
            .filter(|node| node.level / STRIDE == level)
            .map(|node| below(*node))
            .collect();
        // The plans of several proofs share nodes.
        ranges.sort_unstable();
        ranges.dedup();
        if level == 0 {
            for (from, to) in ranges {
                for (place, leaf) in leaves.range(from..to) {
                    stored.insert((0, *place), leaf_hash(leaf));
                }
            }
        } else if !ranges.is_empty() {
            read(connection, level, &joined(ranges), &mut stored).await?;
        }
    }
    nodes.iter().map(|node| folded(*node, &stored)).collect()
}

/// Ranges that touch, as one: a tile of leaves is one read.
fn joined(ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match joined.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// The stored subtrees that make up a node: from and to, counted at their level.
const fn below(node: Node) -> (u64, u64) {
    let fold = node.level % STRIDE;
    (node.index << fold, (node.index + 1) << fold)
}

async fn read(
    connection: &mut PgConnection,
    level: u8,
    ranges: &[(u64, u64)],
    stored: &mut BTreeMap<(u8, u64), Hash>,
) -> Result<()> {
    let (from, to): (Vec<i64>, Vec<i64>) = ranges
        .iter()
        .map(|(from, to)| (position(*from), position(*to)))
        .unzip();
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select n.number, n.hash from unnest($2::bigint[], $3::bigint[]) as r (first, last) \
         cross join lateral (select number, hash from trail_nodes \
         where level = $1 and number >= r.first and number < r.last) n",
    )
    .bind(i16::from(level))
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?;
    for (number, hash) in rows {
        let hash = Hash::from_slice(&hash)
            .ok_or_else(|| Error::Trail(format!("subtree {level}/{number} has no hash")))?;
        stored.insert((level, u64::try_from(number).unwrap_or(0)), hash);
    }
    Ok(())
}

/// A node's hash out of the stored ones below it.
fn folded(node: Node, stored: &BTreeMap<(u8, u64), Hash>) -> Result<Hash> {
    let (from, to) = below(node);
    let level = node.level / STRIDE;
    let mut row: Vec<Hash> = (from..to)
        .map(|number| {
            stored.get(&(level, number)).copied().ok_or_else(|| {
                Error::Trail(format!("subtree {number} of level {level} is missing"))
            })
        })
        .collect::<Result<_>>()?;
    while row.len() > 1 {
        row = row
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    row.first()
        .copied()
        .ok_or_else(|| Error::Trail("a subtree has no leaves".to_owned()))
}
