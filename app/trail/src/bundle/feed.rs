//! Cuts a stream of chunks into lines, however the chunks were cut.

use super::MAX_LINE_BYTES;

/// Holds what has come of the line that is not complete yet.
#[derive(Debug, Default)]
pub struct Feed {
    rest: Vec<u8>,
}

impl Feed {
    /// Takes a chunk and hands on each line that it completes, without its newline. A line that
    /// never ends is handed on in pieces, each longer than a verifier takes.
    pub fn chunk(&mut self, chunk: &[u8], mut line: impl FnMut(&[u8])) {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (end, after) = rest.split_at(at);
            if self.rest.is_empty() {
                line(end);
            } else {
                self.rest.extend_from_slice(end);
                line(&self.rest);
                self.rest.clear();
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.rest.extend_from_slice(rest);
        if self.rest.len() > MAX_LINE_BYTES {
            line(&self.rest);
            self.rest.clear();
        }
    }

    /// Hands on what came after the last newline: of a whole bundle, nothing.
    pub fn finish(self, mut line: impl FnMut(&[u8])) {
        if !self.rest.is_empty() {
            line(&self.rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_alike_however_the_chunks_are_cut() {
        let text = b"one\n\ntwo three\nfour";
        for size in 1..=text.len() {
            let mut feed = Feed::default();
            let mut lines: Vec<Vec<u8>> = Vec::new();
            for chunk in text.chunks(size) {
                feed.chunk(chunk, |line| lines.push(line.to_vec()));
            }
            feed.finish(|line| lines.push(line.to_vec()));
            let whole: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
            assert_eq!(lines, whole);
        }
    }
}
