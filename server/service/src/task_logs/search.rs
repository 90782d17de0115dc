//! Searches a whole log from its beginning, a few megabytes at a time.

use bytes::Bytes;
use model::ansi;
use model::task_log::{LogMatch, LogMatches, MAX_MATCHES};
use store::task_logs::LogReader;

use crate::task_logs::STEP;
use crate::{Error, Result};

/// Bytes of one line that are searched as one text; longer lines are searched in pieces.
const PIECE: usize = 8 * 1024 * 1024;

/// Characters of a match's excerpt, and of those how many stand before the match.
const EXCERPT: usize = 240;
const BEFORE: usize = 60;

/// The longest text that is searched for.
const LONGEST: usize = 500;

pub(super) async fn search(reader: &mut LogReader, text: &str) -> Result<LogMatches> {
    let needle = text.trim().to_lowercase();
    if needle.is_empty() || needle.chars().count() > LONGEST {
        return Err(Error::invalid(
            "text",
            format!("must have 1 to {LONGEST} characters"),
        ));
    }
    let length = reader.shape().length;
    let mut scan = Scan::new(needle);
    let mut at = 0;
    while at < length {
        let end = length.min(at + STEP);
        let bytes = reader.read(at..end).await?;
        // Some milliseconds of work, which other requests must not wait for.
        scan = tokio::task::spawn_blocking(move || scan.push(&bytes))
            .await
            .map_err(|error| Error::Unexpected(format!("a search stopped: {error}")))?;
        at = end;
    }
    Ok(scan.finish(length))
}

struct Scan {
    needle: String,
    /// The number of the line that `carry` begins or goes on with.
    line: u64,
    /// What stands behind the last line feed.
    carry: Vec<u8>,
    /// Whether an earlier piece of that line has matched.
    has_matched: bool,
    found: LogMatches,
}

impl Scan {
    fn new(needle: String) -> Self {
        Self {
            needle,
            line: 1,
            carry: Vec::new(),
            has_matched: false,
            found: LogMatches::default(),
        }
    }

    fn push(mut self, bytes: &Bytes) -> Self {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                let (whole, rest) = bytes.split_at(last + 1);
                let mut lines = std::mem::take(&mut self.carry);
                lines.extend_from_slice(whole);
                self.scan_lines(&lines);
                self.carry.extend_from_slice(rest);
            }
            None => self.carry.extend_from_slice(bytes),
        }
        if self.carry.len() > PIECE {
            let piece = std::mem::take(&mut self.carry);
            self.scan_line(&String::from_utf8_lossy(&piece));
            // A match may lie across the pieces.
            let kept = piece.len().saturating_sub(self.needle.len() * 2);
            self.carry = piece.get(kept..).unwrap_or_default().to_vec();
        }
        self
    }

    fn finish(mut self, searched: u64) -> LogMatches {
        let rest = std::mem::take(&mut self.carry);
        if !rest.is_empty() {
            self.scan_line(&String::from_utf8_lossy(&rest));
        }
        self.found.searched = searched;
        self.found
    }

    /// Whole lines: text that ends with a line feed.
    fn scan_lines(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for line in text.split_terminator('\n') {
            self.scan_line(line);
            self.line += 1;
            self.has_matched = false;
        }
    }

    fn scan_line(&mut self, line: &str) {
        let plain = if line.contains(['\u{1b}', '\u{9b}']) {
            ansi::strip(line)
        } else {
            line.to_owned()
        };
        let Some(at) = plain.to_lowercase().find(&self.needle) else {
            return;
        };
        if std::mem::replace(&mut self.has_matched, true) {
            return;
        }
        self.found.total += 1;
        if self.found.matches.len() < MAX_MATCHES {
            self.found.matches.push(LogMatch {
                line: self.line,
                excerpt: excerpt(&plain, at),
            });
        }
    }
}

/// Some of a line around a byte of its lower-case form.
fn excerpt(line: &str, at: usize) -> String {
    let before = line
        .char_indices()
        .take_while(|(index, _)| *index < at)
        .count();
    let skipped = before.saturating_sub(BEFORE);
    let mut excerpt = String::new();
    if skipped > 0 {
        excerpt.push('…');
    }
    excerpt.extend(line.chars().skip(skipped).take(EXCERPT));
    if line.chars().count() > skipped + EXCERPT {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(needle: &str, pieces: &[&'static str]) -> LogMatches {
        let scan = Scan::new(needle.to_owned());
        pieces
            .iter()
            .fold(scan, |scan, piece| {
                scan.push(&Bytes::from_static(piece.as_bytes()))
            })
            .finish(0)
    }

    #[test]
    fn a_match_across_pieces_is_found_at_its_line() {
        let found = scan("needle", &["one\ntwo nee", "dle\nthree\nNEE", "DLE"]);
        let lines: Vec<u64> = found.matches.iter().map(|found| found.line).collect();
        assert_eq!(lines, [2, 4]);
    }

    #[test]
    fn colours_do_not_hide_a_match() {
        let found = scan("error", &["an err\u{1b}[1mor\u{1b}[0m\n"]);
        assert_eq!(
            found.matches,
            [LogMatch {
                line: 1,
                excerpt: "an error".to_owned()
            }]
        );
    }

    #[test]
    fn matches_beyond_the_list_are_counted() {
        let log: &'static str = Box::leak("x\n".repeat(MAX_MATCHES + 5).into_boxed_str());
        let found = scan("x", &[log]);
        assert_eq!(
            (found.matches.len(), found.total),
            (MAX_MATCHES, MAX_MATCHES as u64 + 5)
        );
        assert!(found.has_more());
    }
}
