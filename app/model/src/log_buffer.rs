//! The lines that a reader of a log holds: one unbroken stretch, bounded, that grows at either
//! end and forgets at the other.

use crate::task::TaskState;
use crate::task_log::{LogLine, LogPlace, LogWindow};

/// Lines held at most.
pub const KEPT_LINES: usize = 3_000;

/// A stretch of a log and how the log stood when it was last heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogBuffer {
    lines: Vec<LogLine>,
    pub total_lines: u64,
    pub length: u64,
    pub state: TaskState,
    open_end: bool,
}

impl From<LogWindow> for LogBuffer {
    fn from(window: LogWindow) -> Self {
        Self {
            lines: window.lines,
            total_lines: window.total_lines,
            length: window.length,
            state: window.state,
            open_end: window.open_end,
        }
    }
}

impl LogBuffer {
    /// The lines, in order.
    #[must_use]
    pub fn lines(&self) -> &[LogLine] {
        &self.lines
    }

    /// Whether a line is among them.
    #[must_use]
    pub fn holds(&self, number: u64) -> bool {
        self.first().is_some_and(|first| first <= number)
            && self.last().is_some_and(|last| number <= last)
    }

    /// Whether the last line of the log is among them; true for an empty log.
    #[must_use]
    pub fn has_end(&self) -> bool {
        self.last().unwrap_or_default() >= self.total_lines
    }

    /// Where older lines are, if there are any.
    #[must_use]
    pub fn older(&self) -> Option<LogPlace> {
        self.first()
            .filter(|first| *first > 1)
            .map(LogPlace::Before)
    }

    /// Where newer lines are, if there are any. A last line without line feed is read again.
    #[must_use]
    pub fn newer(&self) -> Option<LogPlace> {
        (!self.has_end()).then(|| LogPlace::From(self.last().unwrap_or_default() + 1))
    }

    /// The line from which a follower goes on.
    #[must_use]
    pub fn follow_from(&self) -> u64 {
        match (self.open_end, self.total_lines) {
            (true, total) => total.max(1),
            (false, total) => total + 1,
        }
    }

    /// Takes lines that were read before the first.
    pub fn take_older(&mut self, window: LogWindow) {
        self.hear(&window);
        if window.last().map(|last| last + 1) != self.first() {
            return;
        }
        let newer = std::mem::replace(&mut self.lines, window.lines);
        self.lines.extend(newer);
        self.lines.truncate(KEPT_LINES);
    }

    /// Takes lines that were read, or arrived, at the end. Lines that are held already are
    /// replaced: the last may have grown. Lines far behind the end replace everything.
    pub fn take_newer(&mut self, window: LogWindow) {
        self.hear(&window);
        let Some(first) = window.first() else { return };
        let follows = self.last().is_none_or(|last| first <= last + 1);
        if !follows || self.first().is_some_and(|held| first < held) {
            self.lines = window.lines;
            return;
        }
        self.lines.retain(|line| line.number < first);
        self.lines.extend(window.lines);
        let surplus = self.lines.len().saturating_sub(KEPT_LINES);
        self.lines.drain(..surplus);
    }

    /// Notes how the log stands, without taking lines.
    pub fn hear(&mut self, window: &LogWindow) {
        self.total_lines = window.total_lines;
        self.length = window.length;
        self.state = window.state;
        self.open_end = window.open_end;
    }

    fn first(&self) -> Option<u64> {
        self.lines.first().map(|line| line.number)
    }

    fn last(&self) -> Option<u64> {
        self.lines.last().map(|line| line.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(numbers: std::ops::RangeInclusive<u64>, total: u64) -> LogWindow {
        let line = |number| LogLine {
            number,
            text: format!("{number} of {total}"),
            cut: false,
            received_at: None,
        };
        LogWindow {
            lines: numbers.map(line).collect(),
            total_lines: total,
            length: total * 10,
            state: TaskState::Running,
            open_end: false,
        }
    }

    fn span(buffer: &LogBuffer) -> (u64, u64) {
        (buffer.first().unwrap(), buffer.last().unwrap())
    }

    #[test]
    fn a_buffer_grows_at_both_ends_and_stays_bounded() {
        let mut buffer = LogBuffer::from(window(5_001..=5_500, 9_000));
        buffer.take_older(window(4_501..=5_000, 9_000));
        assert_eq!(span(&buffer), (4_501, 5_500));
        for first in (5_501..9_000).step_by(500) {
            buffer.take_newer(window(first..=first + 499, 9_000));
        }
        assert_eq!(span(&buffer), (6_001, 9_000));
        assert!(buffer.has_end() && buffer.newer().is_none());
        buffer.take_older(window(5_501..=6_000, 9_000));
        assert_eq!(span(&buffer), (5_501, 8_500));
        assert_eq!(buffer.newer(), Some(LogPlace::From(8_501)));
    }

    #[test]
    fn a_line_that_grew_is_replaced() {
        let mut buffer = LogBuffer::from(window(1..=3, 3));
        buffer.take_newer(window(3..=4, 4));
        let texts: Vec<&str> = buffer
            .lines()
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(texts, ["1 of 3", "2 of 3", "3 of 4", "4 of 4"]);
    }

    #[test]
    fn lines_far_behind_replace_everything() {
        let mut buffer = LogBuffer::from(window(1..=3, 3));
        buffer.take_newer(window(900..=950, 950));
        assert_eq!(span(&buffer), (900, 950));
    }

    #[test]
    fn lines_that_do_not_join_are_not_taken_as_older() {
        let mut buffer = LogBuffer::from(window(100..=200, 300));
        buffer.take_older(window(1..=50, 300));
        assert_eq!(span(&buffer), (100, 200));
    }
}
