//! The verifiable trail in Postgres: leaves and subtrees beside the rows that they commit to, and
//! the checkpoints that were signed over them.
//!
//! Leaves are written by [`crate::append`] in the transaction of their rows, and by nothing else.
//! Refuses to sign: keys belong to the process, not to the database.

mod bundle;
mod chain;
mod check;
mod checked;
mod checkpoints;
mod head;
mod holes;
mod leaves;
mod logs;
mod nodes;
mod opening;
mod origin;
mod pending;
mod recovery;
mod refusals;
mod seal;
mod tiles;
mod witnesses;

pub use bundle::{BundlePart, BundleSource, OpenedEvent, OpenedField};
pub use chain::Link;
pub use checked::STRETCH;
pub use checkpoints::StoredCheckpoint;
pub(crate) use head::Head;
pub(crate) use leaves::Growth;
pub use logs::FinishedLog;
pub use origin::Origin;
pub(crate) use pending::seal_pending;
pub use recovery::{Lost, Recovery};
pub use refusals::Refusal;
pub use seal::Seal;
pub use witnesses::WitnessRecord;
