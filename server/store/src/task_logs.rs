//! The log of a task: appended in chunks, moved to the object store in parts, one plain object
//! when the task has finished or is lost. Reading joins the three without saying which is which.
//!
//! A byte stands in a chunk from its acknowledgement until the part that holds it is recorded,
//! and in a part until the whole log is one object; so it stands somewhere at every moment.

mod arrivals;
mod chunks;
mod compose;
pub(crate) mod hash;
pub(crate) mod index;
mod lines;
mod moving;
mod reader;
mod resuming;
mod views;

pub use chunks::Append;
pub use index::BLOCK;
pub use lines::line_text;
pub use moving::MovingLog;
pub use reader::{LogReader, LogShape};
pub use resuming::LostLog;
