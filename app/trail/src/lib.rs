//! The verifiable trail, as far as it needs neither clock nor disk: from an event's values to
//! commitments, leaves, the tree over them, its proofs and signed checkpoints. Builds for servers
//! and for browsers alike, so that both hash the same.
//!
//! It refuses to do input or output, and to make randomness: salts and keys are given to it.
//! `docs/trail-format.md` specifies what it writes.

pub mod bundle;
pub mod canon;
pub mod checkpoint;
pub mod cosignature;
pub mod field;
mod hash;
mod hex;
pub mod leaf;
pub mod note;
pub mod policy;
pub mod public;
pub mod receipt;
pub mod tile;
pub mod tree;
pub mod verify;
pub mod witness;

pub use hash::{BadHash, Hash};
