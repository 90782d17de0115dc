//! The verifiable trail in Postgres: leaves and subtrees beside the rows that they commit to, and
//! the checkpoints that were signed over them.
//!
//! Leaves are written by [`crate::append`] in the transaction of their rows, and by nothing else.
//! Refuses to sign: keys belong to the process, not to the database.

mod chain;
mod check;
mod checkpoints;
mod head;
mod holes;
mod leaves;
mod nodes;
mod pending;
mod refusals;
mod seal;

pub use chain::Link;
pub use checkpoints::StoredCheckpoint;
pub(crate) use head::Head;
pub(crate) use leaves::Growth;
pub(crate) use pending::seal_pending;
pub use refusals::Refusal;
pub use seal::Seal;
