//! Leaves in packs: those that one commit wrote, never across a tile's edge, so that a leaf is
//! found by its tile and a tile is a few rows.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use trail::Hash;
use trail::leaf::{LEAF_BYTES, Leaf};
use trail::tree::{Frontier, Node, leaf_hash};

use super::head::position;
use crate::{Error, Result, Store};

/// Leaves in a tile, and the most in a pack.
const TILE: u64 = 256;
/// Levels between stored subtrees: 2^8 is a tile.
const STRIDE: u8 = 8;

/// Leaves on their way into the database, with the subtrees that they complete.
#[derive(Debug)]
pub(crate) struct Growth {
    frontier: Frontier,
    packs: Vec<(i64, Vec<u8>)>,
    nodes: Vec<(Node, Hash)>,
}

impl Growth {
    pub(crate) const fn on(frontier: Frontier) -> Self {
        Self {
            frontier,
            packs: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// Adds the leaf of the next position.
    pub(crate) fn push(&mut self, leaf: &Leaf) {
        let bytes = leaf.encode();
        let place = self.frontier.size();
        match self.packs.last_mut() {
            Some((_, pack)) if !place.is_multiple_of(TILE) => pack.extend_from_slice(&bytes),
            _ => self.packs.push((position(place), bytes.to_vec())),
        }
        let nodes = &mut self.nodes;
        self.frontier.push_noting(leaf_hash(&bytes), |node, hash| {
            if node.level > 0 && node.level.is_multiple_of(STRIDE) {
                nodes.push((node, hash));
            }
        });
    }

    /// The tree with what was added.
    pub(crate) const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Writes packs and subtrees; the frontier goes back into the head.
    pub(crate) async fn write(self, connection: &mut PgConnection) -> Result<Frontier> {
        if self.packs.is_empty() {
            return Ok(self.frontier);
        }
        let (places, packs): (Vec<i64>, Vec<Vec<u8>>) = self.packs.into_iter().unzip();
        let levels: Vec<i16> = self
            .nodes
            .iter()
            .map(|(node, _)| i16::from(node.level / STRIDE))
            .collect();
        let numbers: Vec<i64> = self
            .nodes
            .iter()
            .map(|(node, _)| position(node.index))
            .collect();
        let hashes: Vec<&[u8]> = self.nodes.iter().map(|(_, hash)| hash.as_ref()).collect();
        sqlx::query(
            "with nodes as (
                 insert into trail_nodes (level, number, hash)
                 select * from unnest($3::smallint[], $4::bigint[], $5::bytea[])
             ) insert into trail_leaves (first_seq, leaves) select * from unnest($1::bigint[], $2::bytea[])",
        )
        .bind(places)
        .bind(packs)
        .bind(levels)
        .bind(numbers)
        .bind(hashes)
        .execute(connection)
        .await?;
        Ok(self.frontier)
    }
}

impl Store {
    /// The leaves of the positions from `from` to before `to`, in order and without a gap. The
    /// caller asks for no more than it can hold: 90 bytes each.
    pub async fn leaves(&self, from: i64, to: i64) -> Result<Vec<Leaf>> {
        let mut connection = self.pool.acquire().await?;
        read(&mut connection, from, to).await
    }
}

impl Store {
    /// The leaves of some positions, in the order in which they are named.
    pub async fn leaves_at(&self, places: &[u64]) -> Result<Vec<Leaf>> {
        let mut connection = self.pool.acquire().await?;
        let wanted = places.iter().map(|place| tile_of(*place)).collect();
        let leaves = tiles(&mut connection, &wanted).await?;
        places
            .iter()
            .map(|place| match leaves.get(place) {
                Some(bytes) => decode(position(*place), bytes),
                None => Err(missing(position(*place))),
            })
            .collect()
    }
}

/// As [`Store::leaves`], in the caller's transaction.
pub(super) async fn read(connection: &mut PgConnection, from: i64, to: i64) -> Result<Vec<Leaf>> {
    let first = from - from % position(TILE);
    let packs: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select first_seq, leaves from trail_leaves where first_seq >= $1 and first_seq < $2 order by 1",
    )
    .bind(first)
    .bind(to)
    .fetch_all(connection)
    .await?;
    let mut next = first;
    let mut leaves = Vec::new();
    for (place, pack) in packs {
        if place != next {
            return Err(missing(next));
        }
        for bytes in pack.chunks(LEAF_BYTES) {
            if (from..to).contains(&next) {
                leaves.push(decode(next, bytes)?);
            }
            next += 1;
        }
    }
    if next < to {
        return Err(missing(next));
    }
    Ok(leaves)
}

/// Encoded leaves by position.
pub(super) type Leaves = BTreeMap<u64, [u8; LEAF_BYTES]>;

/// The leaves of whole tiles, by one statement for all of them. A tile that is not full yet has
/// those that it has.
pub(super) async fn tiles(connection: &mut PgConnection, tiles: &BTreeSet<u64>) -> Result<Leaves> {
    let mut leaves = Leaves::new();
    if tiles.is_empty() {
        return Ok(leaves);
    }
    let first: Vec<i64> = tiles.iter().map(|tile| position(tile * TILE)).collect();
    let packs: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select l.first_seq, l.leaves from unnest($1::bigint[]) as t (first) \
         cross join lateral (select first_seq, leaves from trail_leaves \
         where first_seq >= t.first and first_seq < t.first + $2) l",
    )
    .bind(first)
    .bind(position(TILE))
    .fetch_all(connection)
    .await?;
    for (place, pack) in packs {
        let (entries, _) = pack.as_chunks::<LEAF_BYTES>();
        leaves.extend((u64::try_from(place).unwrap_or(0)..).zip(entries.iter().copied()));
    }
    Ok(leaves)
}

/// The tile in which a position lies.
pub(super) const fn tile_of(place: u64) -> u64 {
    place / TILE
}

fn decode(place: i64, bytes: &[u8]) -> Result<Leaf> {
    Leaf::decode(bytes).map_err(|error| Error::Trail(format!("the leaf of {place}: {error}")))
}

fn missing(place: i64) -> Error {
    Error::Trail(format!("position {place} has no leaf"))
}
