//! The verifiable trail, as far as it needs neither clock nor disk: what bytes a value is
//! committed by. Builds for servers and for browsers alike, so that both hash the same.
//!
//! It refuses to do input or output and knows nothing of events, only of values.

pub mod canon;
mod hash;
pub mod tree;

pub use hash::{BadHash, Hash};
