//! Reads a bundle once, in constant memory: one thread unpacks while the other verifies.

use std::io::{self, BufRead as _, BufReader, Read};
use std::ops::RangeInclusive;
use std::sync::mpsc::{SyncSender, sync_channel};

use flate2::read::MultiGzDecoder;
use trail::bundle::Feed;
use trail::policy::Policy;
use trail::verify::{Step, Verifier};

use super::Verdict;

/// Bytes that are handed on at once, and how many such pieces wait.
const PIECE: usize = 256 << 10;
const WAITING: usize = 8;
/// What begins a file of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most stretches without content that are kept.
const MAX_HOLES: usize = 1_000;

/// Neighbouring positions without content, and what the log says about why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    pub positions: RangeInclusive<u64>,
    /// `deleted`, `truncated`, `lost`; otherwise nothing recorded explains it.
    pub cause: String,
    /// The event that tells of it, with its position.
    pub event: Option<(String, u64)>,
}

impl Hole {
    /// Whether an event of the log is named that tells of it.
    #[must_use]
    pub const fn is_explained(&self) -> bool {
        self.event.is_some()
    }
}

/// What is said of holes.
#[derive(Clone, Debug, Default)]
pub struct Holes {
    /// In their order.
    pub known: Vec<Hole>,
    /// Positions beyond those.
    pub more: u64,
    /// Whether any of all is not explained.
    pub unexplained: bool,
}

/// Verifies a bundle. `progress` is told how many positions are covered, and of how many.
pub fn verify(
    file: impl Read + Send + 'static,
    policy: Option<Policy>,
    now: u64,
    mut progress: impl FnMut(u64, Option<u64>),
) -> Verdict {
    let mut verifier = Verifier::new(policy, now);
    let mut holes = Holes::default();
    let mut feed = Feed::default();
    let (sender, pieces) = sync_channel(WAITING);
    let reader = std::thread::spawn(move || unpack(file, &sender));
    let mut broken_off = None;
    for piece in pieces {
        match piece {
            Ok(piece) => {
                let piece: Vec<u8> = piece;
                feed.chunk(&piece, |line| take(&mut verifier, &mut holes, line));
                let (done, size) = verifier.progress();
                progress(done, size);
            }
            Err(error) => broken_off = Some(error),
        }
    }
    feed.finish(|line| take(&mut verifier, &mut holes, line));
    if reader.join().is_err() {
        broken_off = Some(io::Error::other("the reading thread ended"));
    }
    Verdict {
        report: verifier.finish(),
        holes,
        broken_off: broken_off.map(|error| error.to_string()),
    }
}

fn take(verifier: &mut Verifier, holes: &mut Holes, line: &[u8]) {
    // What is found stands in the report as well, more exactly.
    if let Ok(Step::Hole(hole, _)) = verifier.push_line(line) {
        holes.add(hole.position, hole.why);
    }
}

fn unpack(file: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut file = BufReader::with_capacity(PIECE, file);
    let packed = match file.fill_buf() {
        Ok(start) => start.starts_with(&GZIP),
        Err(error) => {
            let _ = sender.send(Err(error));
            return;
        }
    };
    if packed {
        send(MultiGzDecoder::new(file), sender);
    } else {
        send(file, sender);
    }
}

/// Ends when the file does, or when nobody listens any more.
fn send(mut file: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let piece = match file.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => {
                piece.truncate(length);
                Ok(piece)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = piece.is_err();
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

impl Holes {
    fn add(&mut self, position: u64, why: &str) {
        let why: serde_json::Value = serde_json::from_str(why).unwrap_or_default();
        let text = |key: &str| why.get(key).and_then(|value| value.as_str());
        let cause = text("cause").unwrap_or("missing");
        let event = match cause {
            "deleted" | "truncated" | "lost" => text("event").map(str::to_owned),
            _ => None,
        };
        let event = event.zip(why.get("position").and_then(serde_json::Value::as_u64));
        self.unexplained |= event.is_none();
        if let Some(last) = self.known.last_mut()
            && last.positions.end().checked_add(1) == Some(position)
            && (last.cause.as_str(), &last.event) == (cause, &event)
        {
            last.positions = *last.positions.start()..=position;
        } else if self.known.len() < MAX_HOLES {
            self.known.push(Hole {
                positions: position..=position,
                cause: cause.to_owned(),
                event,
            });
        } else {
            self.more += 1;
        }
    }
}
