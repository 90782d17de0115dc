//! A task's log as it is read: windows of lines, searches, chunks.
//!
//! A line ends with a line feed; the last may lack it. Lines count from 1. Whatever the log
//! holds, a window is bounded: [`MAX_LINES`] lines, [`WINDOW_BYTES`] bytes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::task::{Task, TaskState};

/// Lines that one window holds at most.
pub const MAX_LINES: u32 = 2_000;

/// Lines of a window when nothing else is asked.
pub const DEFAULT_LINES: u32 = 500;

/// Bytes of the log that one window is made of at most.
pub const WINDOW_BYTES: u64 = 512 * 1024;

/// Bytes of one line that are shown; the rest is in the download.
pub const LINE_BYTES: usize = 16 * 1024;

/// Bytes that one append takes.
pub const CHUNK_BYTES: usize = 1024 * 1024;

/// Matches that a search lists.
pub const MAX_MATCHES: usize = 1_000;

/// Where a window of lines lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogPlace {
    /// The last lines.
    #[default]
    End,
    /// This line and those after it.
    From(u64),
    /// The lines before this one.
    Before(u64),
    /// The line that holds this byte, and those after it.
    Byte(u64),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub number: u64,
    /// Without its line end; escape sequences stand in it as they were written. Bytes that are
    /// no UTF-8 are replaced.
    pub text: String,
    /// Whether more of the line exists than `text` shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// When the server received the line's first bytes, or up to a second before; of very long
    /// logs more coarsely. When the line was written only its writer knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<DateTime<Utc>>,
}

/// Some lines of a log and how the log stood when they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogWindow {
    pub lines: Vec<LogLine>,
    /// Lines of the whole log.
    pub total_lines: u64,
    /// Bytes of the whole log.
    pub length: u64,
    pub state: TaskState,
    /// Whether the last line of the log still lacks its line feed.
    pub open_end: bool,
}

impl LogWindow {
    /// The number of the first line, where there is one.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.lines.first().map(|line| line.number)
    }

    /// The number of the last line, where there is one.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.lines.last().map(|line| line.number)
    }

    /// The line from which reading goes on: a last line without line feed is read again.
    #[must_use]
    pub fn next(&self) -> u64 {
        match self.last() {
            Some(last) if self.open_end && last == self.total_lines => last,
            Some(last) => last + 1,
            None => {
                if self.open_end {
                    self.total_lines.max(1)
                } else {
                    self.total_lines + 1
                }
            }
        }
    }
}

/// A line that matches a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMatch {
    pub line: u64,
    /// The text around the match, without escape sequences.
    pub excerpt: String,
}

/// What a search through a whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMatches {
    /// The first matches, [`MAX_MATCHES`] at most.
    pub matches: Vec<LogMatch>,
    /// All matching lines, counted to the end of the log.
    pub total: u64,
    /// Bytes that were searched: the length of the log at that moment.
    pub searched: u64,
}

impl LogMatches {
    /// Whether lines match that are not listed.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.total > self.matches.len() as u64
    }
}

/// What an opened log shows first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOpening {
    pub task: Task,
    pub window: LogWindow,
    /// Absent when nothing is searched.
    pub matches: Option<LogMatches>,
}

/// The answer to a stored chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// Bytes of the log that are durable now; the next chunk starts here.
    pub length: u64,
}
