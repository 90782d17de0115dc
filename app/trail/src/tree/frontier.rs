//! The right edge of a growing tree: all that is needed to append to it and to know its root.

use super::{MAX_SIZE, Node, TreeError, empty_root, node_hash};
use crate::Hash;

/// The perfect subtrees that make up a tree, from the largest, on the left, to the smallest: one
/// for each bit set in the size. Appending costs two hashes on average, the root at most one for
/// each subtree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// As many as `size` has bits set.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many entries the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends the entry with this leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_, _| ());
    }

    /// Appends an entry and names each subtree that it completes, from its own leaf upwards:
    /// what a store of subtrees or tiles keeps.
    pub fn push_noting(&mut self, leaf: Hash, note: impl FnMut(Node, Hash)) {
        self.complete(0, leaf, note);
        // Bytes and subtrees bring a frontier to MAX_SIZE at most; single entries never end it.
        self.size += 1;
    }

    /// Appends the `2^level` entries of a perfect subtree by its hash.
    ///
    /// # Errors
    ///
    /// [`TreeError::Misaligned`] unless such a subtree can begin where the tree ends;
    /// [`TreeError::TooLarge`].
    pub fn push_subtree(&mut self, level: u8, root: Hash) -> Result<(), TreeError> {
        let entries = 1_u64
            .checked_shl(u32::from(level))
            .ok_or(TreeError::TooLarge)?;
        let size = self.size.saturating_add(entries);
        if size > MAX_SIZE {
            return Err(TreeError::TooLarge);
        }
        if !self.size.is_multiple_of(entries) {
            return Err(TreeError::Misaligned {
                level,
                size: self.size,
            });
        }
        self.complete(level, root, |_, _| ());
        self.size = size;
        Ok(())
    }

    /// Joins a new subtree with those of its own size to its left, as long as there are any.
    fn complete(&mut self, mut level: u8, mut hash: Hash, mut note: impl FnMut(Node, Hash)) {
        let mut index = self.size >> level;
        note(Node { level, index }, hash);
        while index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            index >>= 1;
            level += 1;
            note(Node { level, index }, hash);
        }
        self.peaks.push(hash);
    }

    /// The root of the tree as it stands.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or_else(empty_root)
    }

    /// The subtrees that make up the tree, from left to right.
    pub fn nodes(&self) -> impl Iterator<Item = (Node, Hash)> {
        nodes(0, self.size).zip(self.peaks.iter().copied())
    }

    /// The size, big-endian, and the hashes from left to right.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.peaks.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for peak in &self.peaks {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    /// Reads what [`Frontier::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`TreeError::NoFrontier`] where the length does not follow from the size;
    /// [`TreeError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, hashes) = bytes.split_first_chunk().ok_or(TreeError::NoFrontier)?;
        let size = u64::from_be_bytes(*size);
        if size > MAX_SIZE {
            return Err(TreeError::TooLarge);
        }
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(TreeError::NoFrontier);
        }
        Ok(Self {
            size,
            peaks: hashes.iter().copied().map(Hash).collect(),
        })
    }
}

/// The root over adjacent subtrees that shrink from left to right; none of none.
pub(super) fn fold(subtrees: &[Hash]) -> Option<Hash> {
    subtrees
        .iter()
        .copied()
        .rev()
        .reduce(|right, left| node_hash(&left, &right))
}

/// The perfect subtrees of the entries from `low` to before `high`, from left to right. `low` is
/// a multiple of the least power of two that is not below `high - low`, as it is for every range
/// that RFC 6962 cuts a tree into.
pub(super) fn nodes(mut low: u64, high: u64) -> impl Iterator<Item = Node> {
    std::iter::from_fn(move || {
        let level = high.checked_sub(low)?.checked_ilog2()?;
        let node = Node {
            level: u8::try_from(level).ok()?,
            index: low >> level,
        };
        low += 1 << level;
        Some(node)
    })
}
