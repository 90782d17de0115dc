//! A root over chosen positions: binds exactly which entries are meant, in one hash.

use super::{Frontier, TreeError};
use crate::Hash;

/// Builds a [`set_root`] one member at a time, in memory that grows with the logarithm of their
/// number.
#[derive(Clone, Debug, Default)]
pub struct SetBuilder {
    tree: Frontier,
    last: Option<u64>,
}

impl SetBuilder {
    /// Adds the entry at a position by its leaf hash.
    ///
    /// # Errors
    ///
    /// [`TreeError::Order`] unless the position is greater than the one before.
    pub fn push(&mut self, position: u64, leaf: &Hash) -> Result<(), TreeError> {
        if self.last.is_some_and(|last| position <= last) {
            return Err(TreeError::Order { position });
        }
        self.last = Some(position);
        let entry: [&[u8]; 3] = [&[0x00], &position.to_be_bytes(), leaf.as_bytes()];
        self.tree.push(Hash::of(&entry));
        Ok(())
    }

    /// How many members there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.tree.size()
    }

    /// The root over the members so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }
}

/// The tree hash over `u64 position || leaf hash` of each member, positions ascending.
///
/// # Errors
///
/// [`TreeError::Order`] where a position is not greater than the one before it.
pub fn set_root(members: impl IntoIterator<Item = (u64, Hash)>) -> Result<Hash, TreeError> {
    let mut set = SetBuilder::default();
    for (position, leaf) in members {
        set.push(position, &leaf)?;
    }
    Ok(set.root())
}
