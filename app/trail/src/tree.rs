//! The Merkle tree of RFC 6962 over the entries of the trail: hashes, the growing edge, proofs
//! and their verification.
//!
//! Sizes and positions are `u64` and sizes end at [`MAX_SIZE`]. Nothing here reads hashes from
//! anywhere: a [`Plan`] names the stored [`Node`]s that a proof needs, and whoever holds them, in
//! rows or in tiles, fetches them in one go.

mod error;
mod frontier;
mod plan;
mod set;
mod verify;

pub use error::TreeError;
pub use frontier::Frontier;
pub use plan::Plan;
pub use set::{SetBuilder, set_root};
pub use verify::{root_of_inclusion, verify_consistency, verify_inclusion};

use crate::Hash;

/// The most entries a tree may have: more than can be written, and far from where sums of
/// positions overflow.
pub const MAX_SIZE: u64 = 1 << 62;

/// A perfect subtree: the `2^level` entries from `index × 2^level` on. Never changes once the
/// tree has reached its end, which is what makes its hash fit to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 for a leaf, at most 62.
    pub level: u8,
    /// Counted from 0 among the subtrees of its level.
    pub index: u64,
}

/// The hash of an entry: `H(0x00 || entry)`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of(&[&[0x00], entry])
}

/// The hash over two subtrees: `H(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without entries: the hash of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The root over leaf hashes in their order.
#[must_use]
pub fn root(leaf_hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    for hash in leaf_hashes {
        frontier.push(hash);
    }
    frontier.root()
}

/// The fewest perfect subtrees that make up the entries from `low` to before `high`, from left
/// to right, wherever the two lie.
pub fn subtrees(mut low: u64, high: u64) -> impl Iterator<Item = Node> {
    std::iter::from_fn(move || {
        let widest = high.checked_sub(low)?.checked_ilog2()?;
        let level = low.trailing_zeros().min(widest);
        let node = Node {
            level: u8::try_from(level).ok()?,
            index: low >> level,
        };
        low += 1 << level;
        Some(node)
    })
}
