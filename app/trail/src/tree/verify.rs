//! Verifying proofs, after RFC 9162, 2.1.3.2 and 2.1.4.2. Lengths are checked first, so that no
//! proof is longer or shorter than its sizes demand, whatever a sender claims.

use super::{MAX_SIZE, Plan, TreeError, empty_root, node_hash};
use crate::Hash;

/// The root to which an audit path leads.
///
/// # Errors
///
/// [`TreeError::Beyond`], [`TreeError::TooLarge`], [`TreeError::Length`].
pub fn root_of_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
) -> Result<Hash, TreeError> {
    if size > MAX_SIZE {
        return Err(TreeError::TooLarge);
    }
    if index >= size {
        return Err(TreeError::Beyond { index, size });
    }
    let (mut node, mut last) = (index, size - 1);
    // Levels on which the way up has a right neighbour or is one, and levels above those, where
    // only what is a right child joins: the rest moves up alone along the edge.
    let shared = u64::BITS - (node ^ last).leading_zeros();
    let expected = shared + (node >> shared).count_ones();
    check_length(expected as usize, proof)?;
    let mut hash = leaf;
    for sibling in proof {
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    Ok(hash)
}

/// Checks that the tree with this root has the leaf hash at that position.
///
/// # Errors
///
/// [`TreeError::Root`] where it does not; else as [`root_of_inclusion`].
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), TreeError> {
    if root_of_inclusion(leaf, index, size, proof)? == *root {
        Ok(())
    } else {
        Err(TreeError::Root)
    }
}

/// Checks that a tree begins with all entries of an earlier one.
///
/// # Errors
///
/// [`TreeError::OldRoot`] and [`TreeError::NewRoot`] where the proof does not lead to a root;
/// [`TreeError::Shrinks`], [`TreeError::TooLarge`], [`TreeError::Length`].
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), TreeError> {
    check_length(Plan::consistency(old_size, new_size)?.proof_length(), proof)?;
    if old_size == 0 {
        same(old_root, &empty_root(), TreeError::OldRoot)?;
    }
    if old_size == new_size {
        return same(new_root, old_root, TreeError::NewRoot);
    }
    if old_size == 0 {
        return Ok(());
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let right_edge = node.trailing_ones();
    node >>= right_edge;
    last >>= right_edge;
    // An old tree that is one subtree of the new one is its own first hash.
    let (seed, path) = match proof.split_first() {
        Some((first, path)) if !old_size.is_power_of_two() => (*first, path),
        _ => (*old_root, proof),
    };
    let (mut old, mut new) = (seed, seed);
    for sibling in path {
        if node & 1 == 1 || node == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    same(&old, old_root, TreeError::OldRoot)?;
    same(&new, new_root, TreeError::NewRoot)
}

const fn check_length(expected: usize, proof: &[Hash]) -> Result<(), TreeError> {
    if proof.len() == expected {
        return Ok(());
    }
    Err(TreeError::Length {
        expected,
        found: proof.len(),
    })
}

fn same(found: &Hash, expected: &Hash, otherwise: TreeError) -> Result<(), TreeError> {
    if found == expected {
        Ok(())
    } else {
        Err(otherwise)
    }
}
