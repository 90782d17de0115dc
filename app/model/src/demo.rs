//! Demo data: what a small data platform does in 30 days, to look around with.

use serde::{Deserialize, Serialize};

/// The session that every demo event carries; `session:demo` finds them.
pub const SESSION: &str = "demo";

/// What recorded the demo's events.
pub const SOURCE: &str = "demo";

/// Events when nothing else is asked for.
pub const EVENTS: u32 = 50_000;

/// Events at most.
pub const MOST_EVENTS: u32 = 1_000_000;

/// How far the demo data is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DemoState {
    Absent,
    Loading {
        sent: u32,
        of: u32,
    },
    Present,
    /// Loading broke off; what was loaded can be removed.
    Failed,
}
