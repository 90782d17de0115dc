//! The verifiable trail as a service: beginning it, signing checkpoints over it, proving single
//! events from it, and comparing what is stored with what was committed to.
//!
//! Refuses to hide: what cannot be sealed is recorded all the same, and the reason is kept where
//! every page shows it.

mod checks;
mod keys;
mod logs;
mod receipts;
mod recovery;
mod sealing;
mod start;
mod status;
mod witnesses;

pub use checks::check_next;
pub use keys::Keys;
pub use logs::check_next_logs;
pub use receipts::{Proof, receipt, wait_for_checkpoint};
pub(crate) use receipts::{covering, proof};
pub use recovery::{Declaration, Outlook, outlook, recover};
pub use sealing::{Sealer, Step, Turn};
pub use start::start;
pub use status::{checkpoint, policy, refusal, status, tile};
pub use witnesses::Witnesses;
