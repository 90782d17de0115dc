//! What the stream of live events says.

use serde::{Deserialize, Serialize};

use crate::event::Event;

/// Rows that one message carries at most; of more the reader asks for the page again.
pub const ROWS: usize = 50;

/// New events that match, in one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// How many they are.
    pub count: usize,
    /// The newest of them by position, at most [`ROWS`]; the newest last.
    pub events: Vec<Event>,
}
