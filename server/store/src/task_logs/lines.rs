//! Windows of lines. Each costs at most one read of the index and two of the log, and holds
//! at most [`WINDOW_BYTES`] of it, however long the log or its lines are.

use chrono::DateTime;
use model::task_log::{CHUNK_BYTES, LINE_BYTES, LogLine, LogPlace, LogWindow, WINDOW_BYTES};

use crate::Result;
use crate::task_logs::arrivals;
use crate::task_logs::index::count_feeds;
use crate::task_logs::reader::LogReader;

impl LogReader {
    /// A window of at most `limit` lines.
    pub async fn window(&mut self, place: LogPlace, limit: usize) -> Result<LogWindow> {
        let lines = match place {
            LogPlace::End => {
                self.lines_before(self.shape().lines() + 1, self.shape().length, limit)
                    .await?
            }
            LogPlace::From(line) => self.lines_from(line.max(1), limit).await?,
            LogPlace::Before(line) => {
                let line = line.clamp(1, self.shape().lines() + 1);
                let end = self.line_start(line).await?;
                self.lines_before(line, end, limit).await?
            }
            LogPlace::Byte(byte) => {
                let line = self.line_of_byte(byte).await?;
                self.lines_from(line, limit).await?
            }
        };
        let lines = self.dated(lines).await?;
        let shape = self.shape();
        Ok(LogWindow {
            lines,
            total_lines: shape.lines(),
            length: shape.length,
            state: shape.state,
            open_end: shape.open_end,
        })
    }

    /// Lines with when their first bytes were received.
    async fn dated(&mut self, lines: Vec<(u64, LogLine)>) -> Result<Vec<LogLine>> {
        let first = lines.first().map_or(0, |(place, _)| *place);
        let last = lines.last().map_or(0, |(place, _)| *place + 1);
        let arrivals = self.arrivals(first..last).await?;
        Ok(lines
            .into_iter()
            .map(|(place, line)| LogLine {
                received_at: arrivals::at(&arrivals, place)
                    .and_then(DateTime::from_timestamp_millis),
                ..line
            })
            .collect())
    }

    /// The line in which a byte stands; the last for bytes behind the end.
    pub async fn line_of_byte(&mut self, byte: u64) -> Result<u64> {
        if byte >= self.shape().length {
            return Ok(self.shape().lines().max(1));
        }
        let (place, before) = self.place_before_byte(byte).await?;
        Ok(before + count_feeds(&self.read(place..byte).await?) + 1)
    }

    /// The byte at which a line begins; the log's end for lines that do not exist.
    pub async fn line_start(&mut self, line: u64) -> Result<u64> {
        let feed = line.saturating_sub(1);
        if feed == 0 {
            return Ok(0);
        }
        if feed > self.shape().feeds {
            return Ok(self.shape().length);
        }
        let (place, before) = self.place_before_feed(feed).await?;
        let bytes = self.read(place..place + CHUNK_BYTES as u64).await?;
        Ok(place + after_feed(&bytes, feed - before).unwrap_or(bytes.len()) as u64)
    }

    /// Lines from one on, each with the byte at which it begins.
    async fn lines_from(&mut self, first: u64, limit: usize) -> Result<Vec<(u64, LogLine)>> {
        let feed = first - 1;
        if feed > self.shape().feeds || first > self.shape().lines() {
            return Ok(Vec::new());
        }
        let (place, before) = if feed == 0 {
            (0, 0)
        } else {
            self.place_before_feed(feed).await?
        };
        let end = place + if feed == 0 { 0 } else { CHUNK_BYTES as u64 } + WINDOW_BYTES;
        let bytes = self.read(place..end).await?;
        let start = after_feed(&bytes, feed - before).unwrap_or(bytes.len());
        let is_end = place + bytes.len() as u64 >= self.shape().length;
        let mut lines: Vec<(u64, LogLine)> = Vec::new();
        let mut at = place + start as u64;
        for line in bytes
            .get(start..)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n')
        {
            let whole = line.ends_with(b"\n") || is_end;
            if lines.len() == limit || (!whole && !lines.is_empty()) {
                break;
            }
            lines.push((at, log_line(first + lines.len() as u64, line, !whole)));
            at += line.len() as u64;
        }
        Ok(lines)
    }

    /// The lines before `line`, which begins at byte `end`, each with the byte at which it begins.
    async fn lines_before(
        &mut self,
        line: u64,
        end: u64,
        limit: usize,
    ) -> Result<Vec<(u64, LogLine)>> {
        // One byte more tells whether the window begins with a whole line.
        let start = end.saturating_sub(WINDOW_BYTES + 1);
        let bytes = self.read(start..end).await?;
        let mut pieces: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let mut cut = false;
        if start > 0 {
            if pieces.len() > 1 {
                pieces.remove(0);
            } else {
                cut = true;
            }
        }
        let skipped = pieces.len().saturating_sub(limit);
        let pieces = pieces.split_off(skipped);
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut at = start + (bytes.len() - length) as u64;
        Ok((line.saturating_sub(pieces.len() as u64)..)
            .zip(pieces)
            .map(|(number, piece)| {
                let place = at;
                at += piece.len() as u64;
                (place, log_line(number, piece, cut))
            })
            .collect())
    }
}

/// The place behind the line feed of that number in some bytes; 0 for none.
fn after_feed(bytes: &[u8], feed: u64) -> Option<usize> {
    let Some(skip) = feed.checked_sub(1) else {
        return Some(0);
    };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(usize::try_from(skip).ok()?)
        .map(|(at, _)| at + 1)
}

fn log_line(number: u64, bytes: &[u8], cut: bool) -> LogLine {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    LogLine {
        number,
        text: line_text(bytes),
        cut: cut || bytes.len() > LINE_BYTES,
        received_at: None,
    }
}

/// The shown text of a line: the first [`LINE_BYTES`] of it, as UTF-8, without a carriage
/// return at its end.
#[must_use]
pub fn line_text(bytes: &[u8]) -> String {
    let bytes = bytes.get(..LINE_BYTES).unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}
