//! When the bytes of a log were received.
//!
//! An arrival says that the bytes from a place on, up to the next arrival, were received at a
//! time or within a short span after it: a second at first, doubled whenever a log has more
//! arrivals than are kept, so that a log of a year costs no more than one of an hour. It is the
//! server's own clock; when a line was written only the sender knows.
//!
//! Stored as 16 bytes each: the place as little-endian u64, then milliseconds since 1970 as
//! little-endian i64.

/// Milliseconds within which chunks count as one arrival, at first.
const EVERY: i64 = 1_000;

/// Arrivals that are kept of one log: 1 MiB of them.
const KEPT: usize = 65_536;

/// A place in a log and when the bytes from there on were received, in milliseconds since 1970.
pub(crate) type Arrival = (u64, i64);

/// Takes arrivals in order and keeps a bounded number of them.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    every: i64,
    kept: Vec<Arrival>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            every: EVERY,
            kept: Vec::new(),
        }
    }
}

impl Arrivals {
    /// Takes the next arrival.
    pub(crate) fn push(&mut self, (place, at): Arrival) {
        if self.is_same(self.kept.last().copied(), at) {
            return;
        }
        self.kept.push((place, at));
        if self.kept.len() > KEPT {
            self.every = self.every.saturating_mul(2);
            for arrival in std::mem::take(&mut self.kept) {
                if !self.is_same(self.kept.last().copied(), arrival.1) {
                    self.kept.push(arrival);
                }
            }
        }
    }

    /// Whether a time belongs to the arrival before it. A clock that was set back begins anew.
    fn is_same(&self, last: Option<Arrival>, at: i64) -> bool {
        last.is_some_and(|(_, before)| (before..before.saturating_add(self.every)).contains(&at))
    }

    /// As they are stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let pairs = self.kept.iter();
        pairs
            .flat_map(|(place, at)| [place.to_le_bytes(), at.to_le_bytes()])
            .flatten()
            .collect()
    }
}

/// Stored arrivals.
pub(crate) fn read(bytes: &[u8]) -> impl Iterator<Item = Arrival> {
    let (pairs, _) = bytes.as_chunks::<16>();
    pairs.iter().map(pair)
}

/// The stored arrivals that say when the bytes of a range were received.
pub(crate) fn within(bytes: &[u8], range: &std::ops::Range<u64>) -> Vec<Arrival> {
    let (pairs, _) = bytes.as_chunks::<16>();
    let first = pairs.partition_point(|stored| pair(stored).0 <= range.start);
    let end = pairs.partition_point(|stored| pair(stored).0 < range.end);
    pairs
        .get(first.saturating_sub(1)..end)
        .unwrap_or_default()
        .iter()
        .map(pair)
        .collect()
}

/// When the byte at a place was received, by arrivals in order.
pub(crate) fn at(arrivals: &[Arrival], place: u64) -> Option<i64> {
    let after = arrivals.partition_point(|(from, _)| *from <= place);
    arrivals.get(after.checked_sub(1)?).map(|(_, at)| *at)
}

fn pair(stored: &[u8; 16]) -> Arrival {
    let [place, at] = [0, 8].map(|from| {
        let bytes = stored.get(from..).and_then(|bytes| bytes.first_chunk());
        bytes.copied().map_or(0, u64::from_le_bytes)
    });
    (place, at.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_within_a_second_is_one_arrival() {
        let mut arrivals = Arrivals::default();
        for arrival in [(0, 5_000), (10, 5_400), (20, 6_000), (30, 2_000)] {
            arrivals.push(arrival);
        }
        let stored = arrivals.bytes();
        let kept: Vec<Arrival> = read(&stored).collect();
        assert_eq!(kept, [(0, 5_000), (20, 6_000), (30, 2_000)]);
        assert_eq!(within(&stored, &(25..30)), [(20, 6_000)]);
        assert_eq!(at(&kept, 19), Some(5_000));
        assert_eq!(at(&kept[1..], 19), None);
    }

    #[test]
    fn a_log_that_trickles_for_days_keeps_a_bounded_number() {
        let mut arrivals = Arrivals::default();
        for second in 0..600_000_u32 {
            arrivals.push((u64::from(second), i64::from(second) * 1_000));
        }
        let kept: Vec<Arrival> = read(&arrivals.bytes()).collect();
        assert!((KEPT / 2..=KEPT).contains(&kept.len()));
        let seen = at(&kept, 599_999).unwrap();
        assert!((580_000_000..=599_999_000).contains(&seen));
    }
}
