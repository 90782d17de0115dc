//! A page of events, the counts around it, and the cursor that leads to the next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::Event;

/// A place between two events in reading order: newest first by time, then by position.
///
/// Its text is `MICROS.SEQ`; it stands in addresses, so it holds nothing personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub occurred_at: DateTime<Utc>,
    pub seq: i64,
}

impl Cursor {
    /// The place of an event.
    #[must_use]
    pub const fn of(event: &Event) -> Self {
        Self {
            occurred_at: event.occurred_at,
            seq: event.seq,
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.occurred_at.timestamp_micros(), self.seq)
    }
}

impl std::str::FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const REFUSED: &str = "a page's place reads MICROS.SEQ";
        let (micros, seq) = text.split_once('.').ok_or(REFUSED)?;
        let occurred_at = micros
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_micros);
        Ok(Self {
            occurred_at: occurred_at.ok_or(REFUSED)?,
            seq: seq.parse().map_err(|_| REFUSED)?,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Which page of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The newest events.
    #[default]
    First,
    /// The events after the cursor in reading order: older.
    After(Cursor),
    /// The events before the cursor in reading order: newer.
    Before(Cursor),
}

/// What a page of Logs is asked with; the same text as in the search box and the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRequest {
    /// A query in the grammar of [`crate::query`].
    pub query: String,
    pub place: Place,
    /// Rows asked for; the server takes 50 when it is 0 and 500 at most.
    pub limit: u16,
}

/// One page of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogPage {
    /// Newest first, whatever the direction of paging.
    pub events: Vec<Event>,
    pub newer: Option<Cursor>,
    pub older: Option<Cursor>,
    /// Set when a free-text search stopped before the end of the trail: it was searched back
    /// to this time, and `older` continues from there.
    pub searched_back_to: Option<DateTime<Utc>>,
    /// The head of the trail when the page was read; live rows follow from here.
    pub head: i64,
}

/// How many events match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    Exact(i64),
    /// Estimated from a sample of blocks.
    About(i64),
}

/// Events over time, split by outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Equal stretches of `[from, to)`, oldest first.
    pub bars: Vec<Bar>,
    pub total: Count,
}

/// One stretch of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub success: i64,
    pub failure: i64,
    pub denied: i64,
}

impl Bar {
    /// All events of the stretch.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.success + self.failure + self.denied
    }
}

/// An event and a few of those around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventView {
    pub event: Event,
    pub related: Vec<Related>,
}

/// Events that share something with another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related {
    /// What is shared, in words: `request`, `session`, `actor`, `resource`.
    pub by: String,
    /// The query that finds all of them.
    pub query: String,
    /// The nearest, newest first.
    pub events: Vec<Event>,
}
