//! Events: writing them in bulk, finding them again, counting, exporting and deleting them.
//!
//! A [`Selection`] says which events are meant; everything here takes one. How the block index
//! works and what it costs stands in docs/adr/0001-block-index.md.

mod blocks;
pub(crate) mod copy;
mod delete;
pub(crate) mod entry;
mod export;
mod filter;
pub(crate) mod gathered;
mod hashtext;
mod histogram;
mod index;
mod one;
mod order;
mod reading;
pub(crate) mod row;
mod search;
mod selection;
pub(crate) mod source;
pub(crate) mod sql;
mod stretch;
mod terms;
mod top_values;
mod values;

pub use delete::{Deleted, DeletionRecord};
pub use export::{CHUNK_BYTES, Chunk};
pub use one::Remains;
pub use selection::Selection;
