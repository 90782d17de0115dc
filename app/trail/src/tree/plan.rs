//! Which stored hashes a root or a proof is made of, and how they come together.

use std::ops::Range;

use super::frontier::{fold, nodes};
use super::{MAX_SIZE, Node, TreeError};
use crate::Hash;

/// A root or proof whose hashes are still to be fetched: [`Plan::nodes`] says which, and
/// [`Plan::finish`] makes the proof of them. All nodes lie within the tree that it is about, so
/// they have been final since that tree had its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    nodes: Vec<Node>,
    /// How many of `nodes` make up each hash of the proof.
    widths: Vec<usize>,
}

impl Plan {
    /// The plan for the root of a tree; `finish` gives that one hash, or none for the empty tree.
    ///
    /// # Errors
    ///
    /// [`TreeError::TooLarge`].
    pub fn root(size: u64) -> Result<Self, TreeError> {
        check_size(size)?;
        let whole = (size > 0).then_some(0..size);
        Ok(Self::of(whole))
    }

    /// The plan for the audit path of an entry (RFC 6962, 2.1.1), in the order in which a
    /// verifier takes it, from the leaf upwards.
    ///
    /// # Errors
    ///
    /// [`TreeError::Beyond`], [`TreeError::TooLarge`].
    pub fn inclusion(index: u64, size: u64) -> Result<Self, TreeError> {
        check_size(size)?;
        if index >= size {
            return Err(TreeError::Beyond { index, size });
        }
        let mut path = Vec::new();
        let (mut low, mut high) = (0, size);
        while high - low > 1 {
            let middle = low + left_width(high - low);
            if index < middle {
                path.push(middle..high);
                high = middle;
            } else {
                path.push(low..middle);
                low = middle;
            }
        }
        Ok(Self::of(path.into_iter().rev()))
    }

    /// The plan for the proof that the first `old` of `new` entries are what they were (RFC 6962,
    /// 2.1.2). Nothing needs to be proved from the empty tree, or of a tree with itself.
    ///
    /// # Errors
    ///
    /// [`TreeError::Shrinks`], [`TreeError::TooLarge`].
    pub fn consistency(old: u64, new: u64) -> Result<Self, TreeError> {
        check_size(new)?;
        if old > new {
            return Err(TreeError::Shrinks { old, new });
        }
        let mut path = Vec::new();
        let (mut low, mut high) = (0, new);
        if old > 0 {
            while old < high {
                let middle = low + left_width(high - low);
                if old <= middle {
                    path.push(middle..high);
                    high = middle;
                } else {
                    path.push(low..middle);
                    low = middle;
                }
            }
            // The verifier knows the old tree itself, when that is one subtree of the new one.
            if low > 0 {
                path.push(low..high);
            }
        }
        Ok(Self::of(path.into_iter().rev()))
    }

    fn of(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut plan = Self {
            nodes: Vec::new(),
            widths: Vec::new(),
        };
        for range in ranges {
            let before = plan.nodes.len();
            plan.nodes.extend(nodes(range.start, range.end));
            plan.widths.push(plan.nodes.len() - before);
        }
        plan
    }

    /// The subtrees whose hashes are needed, no one twice.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many hashes the proof will have.
    #[must_use]
    pub const fn proof_length(&self) -> usize {
        self.widths.len()
    }

    /// The proof, from the hashes of [`Plan::nodes`] in their order.
    ///
    /// # Errors
    ///
    /// [`TreeError::Length`] where there is not one hash for each node.
    pub fn finish(&self, hashes: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        let length = TreeError::Length {
            expected: self.nodes.len(),
            found: hashes.len(),
        };
        if hashes.len() != self.nodes.len() {
            return Err(length);
        }
        let mut rest = hashes;
        let mut proof = Vec::with_capacity(self.widths.len());
        for width in &self.widths {
            let (group, after) = rest.split_at_checked(*width).ok_or(length)?;
            proof.push(fold(group).ok_or(length)?);
            rest = after;
        }
        Ok(proof)
    }
}

const fn check_size(size: u64) -> Result<(), TreeError> {
    if size > MAX_SIZE {
        return Err(TreeError::TooLarge);
    }
    Ok(())
}

/// The largest power of two below `width`, which is at least 2: where RFC 6962 cuts a tree.
const fn left_width(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}
