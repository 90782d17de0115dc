//! Demo data: what a small data platform does in 30 days, generated from a seed.
//!
//! Events are sent through the API like anybody's, carry the session `demo`, and use only
//! actions whose category may be deleted, so that all of it can be removed again.

pub mod events;
pub mod task_log;

/// The session that every demo event carries; `session:demo` finds them.
pub const SESSION: &str = "demo";
