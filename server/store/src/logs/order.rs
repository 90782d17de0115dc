//! The two directions of reading, in SQL and in memory.

use chrono::{DateTime, Utc};
use model::log_page::Cursor;

/// A place in reading order: time, then position.
pub(crate) type Key = (DateTime<Utc>, i64);

/// Which way the reader goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the newest on, or from a cursor to what is older.
    Older,
    /// From a cursor to what is newer.
    Newer,
}

impl Direction {
    /// ` order by …` of rows of `logs`.
    pub(crate) const fn order(self) -> &'static str {
        match self {
            Self::Older => " order by occurred_at desc, seq desc",
            Self::Newer => " order by occurred_at, seq",
        }
    }

    /// What lies further on than a key.
    pub(crate) const fn beyond(self) -> &'static str {
        match self {
            Self::Older => " and (occurred_at, seq) < (",
            Self::Newer => " and (occurred_at, seq) > (",
        }
    }

    /// Sorts so that what is read first comes first.
    pub(crate) fn compare(self, a: Key, b: Key) -> std::cmp::Ordering {
        match self {
            Self::Older => b.cmp(&a),
            Self::Newer => a.cmp(&b),
        }
    }

    /// Whether a row at `time` comes before everything in a block whose near edge is `edge`.
    pub(crate) fn is_before(self, time: DateTime<Utc>, edge: DateTime<Utc>) -> bool {
        match self {
            Self::Older => time > edge,
            Self::Newer => time < edge,
        }
    }

    /// The cursor from which everything at `edge` and further on is still to be read.
    pub(crate) const fn cursor_at(self, edge: DateTime<Utc>) -> Cursor {
        let seq = match self {
            Self::Older => i64::MAX,
            Self::Newer => -1,
        };
        Cursor {
            occurred_at: edge,
            seq,
        }
    }
}
