//! What is wrong with sizes, positions and proofs.

/// Why a tree operation was refused or a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A position that the tree does not have.
    #[error("position {index} lies beyond a tree of {size} entries")]
    Beyond {
        /// The position that was asked for.
        index: u64,
        /// How many entries there are.
        size: u64,
    },
    /// A tree cannot be the beginning of a smaller one.
    #[error("a tree of {old} entries is no beginning of one of {new}")]
    Shrinks {
        /// The size that should come first.
        old: u64,
        /// The size that should come later.
        new: u64,
    },
    /// More entries than [`super::MAX_SIZE`].
    #[error("a tree may have at most {} entries", super::MAX_SIZE)]
    TooLarge,
    /// A proof, or an answer to a [`super::Plan`], of the wrong number of hashes.
    #[error("{expected} hashes are needed and {found} given")]
    Length {
        /// How many follow from the sizes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The hashes of an inclusion proof lead to another root.
    #[error("the proof does not lead to the root")]
    Root,
    /// The hashes of a consistency proof do not lead to the earlier root.
    #[error("the proof does not lead to the earlier root")]
    OldRoot,
    /// The hashes of a consistency proof do not lead to the later root.
    #[error("the proof does not lead to the later root")]
    NewRoot,
    /// A subtree that does not begin where the tree ends.
    #[error("a subtree of level {level} cannot follow {size} entries")]
    Misaligned {
        /// The level of the subtree.
        level: u8,
        /// The size of the tree before it.
        size: u64,
    },
    /// Bytes that are no frontier.
    #[error("these bytes are no frontier")]
    NoFrontier,
    /// A set's positions must ascend.
    #[error("position {position} does not come after the one before it")]
    Order {
        /// The first position out of order.
        position: u64,
    },
}
