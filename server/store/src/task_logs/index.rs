//! The line index of a log: how many line feeds stand before each block of 64 KiB.
//!
//! Line N begins behind line feed N-1; the block that holds that line feed is found by binary
//! search, so a line of a log of any length costs one read of the index and one of the log.
//! The object `….idx` beside a log reads: 8 bytes `AUDIDX2\n`, then as little-endian u64 the
//! block's size, the log's length and its line feeds, then one u64 a block: the line feeds
//! before the block's first byte; behind them the arrivals (`arrivals.rs`), 1 MiB at most. A log
//! of 1 GiB has 128 KiB of counts. `AUDIDX1\n` is the same without arrivals.

use crate::{Error, Result};

/// Bytes of a block.
pub const BLOCK: u64 = 64 * 1024;

const MAGIC: &[u8; 8] = b"AUDIDX2\n";
const WITHOUT_ARRIVALS: &[u8; 8] = b"AUDIDX1\n";
const HEADER: usize = 32;

/// Counts line feeds block by block while the bytes of a log pass in order.
#[derive(Clone, Debug)]
pub(crate) struct Indexer {
    length: u64,
    feeds: u64,
    counts: Vec<u8>,
}

impl Indexer {
    /// Begins at a byte of the log, before which stand `feeds` line feeds.
    pub(crate) const fn starting_at(length: u64, feeds: u64) -> Self {
        Self {
            length,
            feeds,
            counts: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let within = self.length % BLOCK;
            if within == 0 {
                self.counts.extend_from_slice(&self.feeds.to_le_bytes());
            }
            let room = usize::try_from(BLOCK - within).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.feeds += count_feeds(now);
            self.length += now.len() as u64;
            bytes = rest;
        }
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) const fn feeds(&self) -> u64 {
        self.feeds
    }

    /// The counts of the blocks that began since the start.
    pub(crate) fn counts(&self) -> &[u8] {
        &self.counts
    }

    /// The index object of the whole log; the indexer must have begun at 0.
    pub(crate) fn object(&self, arrivals: &[u8]) -> Vec<u8> {
        let mut object = Vec::with_capacity(HEADER + self.counts.len() + arrivals.len());
        object.extend_from_slice(MAGIC);
        for number in [BLOCK, self.length, self.feeds] {
            object.extend_from_slice(&number.to_le_bytes());
        }
        object.extend_from_slice(&self.counts);
        object.extend_from_slice(arrivals);
        object
    }
}

/// Line feeds in some bytes.
#[expect(clippy::naive_bytecount, reason = "the optimiser vectorises it")]
pub(crate) fn count_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The counts and the arrivals of an index object.
pub(crate) fn read_object(object: &[u8]) -> Result<(&[u8], &[u8])> {
    let known =
        |header: &&[u8; HEADER]| header.starts_with(MAGIC) || header.starts_with(WITHOUT_ARRIVALS);
    let Some((header, rest)) = object
        .split_first_chunk::<HEADER>()
        .filter(|(header, _)| known(header))
    else {
        return Err(Error::Inconsistent {
            table: "logs (bucket)",
            column: "line index",
            value: format!("{} bytes", object.len()),
        });
    };
    // Magic, size of a block, length, line feeds.
    let length = count_at(header, 2).unwrap_or_default();
    Ok(split_counts(rest, length))
}

/// Counts of that many bytes, which begin with a block, and what stands behind the counts.
pub(crate) fn split_counts(stored: &[u8], length: u64) -> (&[u8], &[u8]) {
    let end = usize::try_from(length.div_ceil(BLOCK) * 8).unwrap_or(usize::MAX);
    stored.split_at_checked(end).unwrap_or((stored, &[]))
}

/// Among counts of blocks, the last whose count is below `feeds`: its place among them and its
/// count. The line feed of that number stands in that block or behind it.
pub(crate) fn block_of_feed(counts: &[u8], feeds: u64) -> Option<(u64, u64)> {
    let (counts, _) = counts.as_chunks::<8>();
    let place = counts.partition_point(|count| u64::from_le_bytes(*count) < feeds);
    let place = place.checked_sub(1)?;
    Some((place as u64, u64::from_le_bytes(*counts.get(place)?)))
}

/// The count of one block.
pub(crate) fn count_at(counts: &[u8], place: u64) -> Option<u64> {
    let (counts, _) = counts.as_chunks::<8>();
    counts
        .get(usize::try_from(place).ok()?)
        .map(|count| u64::from_le_bytes(*count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_index_is_the_same_however_the_bytes_arrive(
            lines in proptest::collection::vec(0_usize..9_000, 0..60),
            cuts in proptest::collection::vec(1_usize..70_000, 1..20),
        ) {
            let log: Vec<u8> = lines.iter().flat_map(|length| {
                std::iter::repeat_n(b'x', *length).chain([b'\n'])
            }).collect();
            let mut whole = Indexer::starting_at(0, 0);
            whole.push(&log);
            let mut pieces = Indexer::starting_at(0, 0);
            let mut rest = log.as_slice();
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                pieces.push(now);
                rest = later;
                if rest.is_empty() { break; }
            }
            prop_assert_eq!(whole.object(&[]), pieces.object(&[]));
            let object = whole.object(&[7; 16]);
            prop_assert_eq!(read_object(&object).unwrap(), (whole.counts(), &[7_u8; 16][..]));
            let feeds = count_feeds(&log);
            prop_assert_eq!(whole.feeds(), feeds);
            for feed in 1..=feeds {
                let (block, before) = block_of_feed(whole.counts(), feed).unwrap();
                let start = usize::try_from(block * BLOCK).unwrap();
                prop_assert_eq!(count_feeds(&log[..start]), before);
                let end = log.len().min(start + usize::try_from(BLOCK).unwrap());
                prop_assert!(before + count_feeds(&log[start..end]) >= feed);
            }
        }
    }
}
