//! Verifies a bundle in one pass: every line as it comes, in memory that grows with the logarithm
//! of the log.
//!
//! Damage does not stop it. A lost or altered line spoils its own tile, and the rest is still
//! checked; what is found names line, position and kind. It believes no signature without a
//! [`Policy`] from elsewhere, and it refuses nothing quietly: a bundle is sound only if
//! [`Report::findings`] is empty.
//!
//! Not judged here: why a hole has no content, proofs of erasure, and proofs of completeness.
//! [`Step`] hands them on.

mod closing;
mod content;
mod coverage;
mod finding;

use sha2::{Digest as _, Sha256};

use crate::Hash;
use crate::bundle::{Counts, End, EventLine, Head, HoleLine, Line, MAX_LINE_BYTES, Shown};
use crate::leaf::Leaf;
use crate::policy::{Policy, Trusted};
use crate::tree::{Node, leaf_hash};
use coverage::Coverage;

pub use closing::{Export, Report};
pub use finding::{Damage, Finding};

/// How the last line begins.
const END: &str = "{\"end\":";

/// The most findings that are kept; beyond, they are counted.
const MAX_FINDINGS: usize = 1_000;

/// What a sound line was.
#[derive(Debug)]
pub enum Step<'a> {
    /// The first line.
    Head(&'a Head),
    /// An event whose content is what its leaf commits to.
    Event(Box<VerifiedEvent<'a>>),
    /// A position without content; `why` is not judged.
    Hole(HoleLine<'a>, Leaf),
    /// Positions that the query left out.
    Subtree(Node),
    /// The hash of a tile.
    Tile(u64),
    /// A proof of completeness, not judged.
    Proof(&'a str),
    /// The last line.
    End,
}

/// An event, as the bundle discloses it.
#[derive(Debug)]
pub struct VerifiedEvent<'a> {
    /// The line.
    pub line: EventLine<'a>,
    /// Its leaf.
    pub leaf: Leaf,
}

/// Checks one event by itself: that its leaf commits to its public text and its fields. Where the
/// leaf stands in the log, a receipt tells.
///
/// # Errors
///
/// The first [`Damage`] that its content shows.
pub fn check_event(event: &EventLine<'_>) -> Result<Leaf, Damage> {
    let leaf = Leaf::decode(&event.leaf).map_err(Damage::Leaf)?;
    content::check(event, &leaf, &mut Vec::new()).map_or(Ok(leaf), Err)
}

/// Takes the lines of one bundle.
#[derive(Debug)]
pub struct Verifier {
    policy: Option<Policy>,
    now: u64,
    line: u64,
    digest: Sha256,
    head: Option<Head>,
    counts: Counts,
    erased: u64,
    coverage: Coverage,
    /// Positions are behind us: a proof or the end has come.
    covered: bool,
    last_time: u64,
    /// Laid out anew for each event.
    commitments: Vec<u8>,
    end: Option<Closing>,
    findings: Vec<Finding>,
    more_findings: u64,
}

/// The last line, as it must be kept until the verdict.
#[derive(Debug)]
struct Closing {
    line: u64,
    text: String,
    digest: Hash,
}

impl Verifier {
    /// Begins. Without a policy no signature is believed, and the report says so. `now`, in
    /// seconds since 1970, matters only to a policy with `max-age`.
    #[must_use]
    pub fn new(policy: Option<Policy>, now: u64) -> Self {
        Self {
            policy,
            now,
            line: 0,
            digest: Sha256::new(),
            head: None,
            counts: Counts::default(),
            erased: 0,
            coverage: Coverage::default(),
            covered: false,
            last_time: 0,
            commitments: Vec::new(),
            end: None,
            findings: Vec::new(),
            more_findings: 0,
        }
    }

    /// How many positions are covered, and how many there will be: for a progress bar.
    #[must_use]
    pub fn progress(&self) -> (u64, Option<u64>) {
        (
            self.coverage.next(),
            self.head.as_ref().map(|head| head.size),
        )
    }

    /// Takes one line, without its newline.
    ///
    /// # Errors
    ///
    /// The damage that this line shows. The verifier goes on; the report names it again, or more
    /// exactly: a line that seemed dropped may turn up later, and then was moved.
    pub fn push_line<'a>(&'a mut self, line: &'a [u8]) -> Result<Step<'a>, Finding> {
        self.line += 1;
        if self.end.is_some() {
            return Err(self.note(self.here(Damage::Surplus)));
        }
        let text = match std::str::from_utf8(line) {
            Ok(text) if line.len() <= MAX_LINE_BYTES => text,
            _ => {
                self.hash_line(line);
                return Err(self.note(self.here(Damage::NotText)));
            }
        };
        let parsed = Line::parse(text);
        if self.line == 1 && !matches!(parsed, Ok(Line::Head(_)) | Err(_)) {
            let _ = self.note(self.here(Damage::NoHead));
        }
        // The end is not part of what its digest covers, even if it cannot be read.
        if matches!(parsed, Ok(Line::End(_))) || text.starts_with(END) {
            self.end(text);
            return match parsed {
                Ok(_) => Ok(Step::End),
                Err(error) => Err(self.note(self.here(Damage::Malformed(error)))),
            };
        }
        self.hash_line(line);
        match parsed {
            Ok(Line::Head(head)) => self.head(head),
            Ok(Line::Event(event)) => self.event(event),
            Ok(Line::Hole(hole)) => self.hole(hole),
            Ok(Line::Subtree(node, hash)) => self.subtree(node, hash),
            Ok(Line::Tile(index, hash)) => self.tile(index, hash),
            Ok(Line::Proof(proof)) => {
                self.counts.proofs += 1;
                self.cover();
                Ok(Step::Proof(proof))
            }
            Ok(Line::End(_)) => Ok(Step::End),
            Err(error) => Err(self.note(self.here(Damage::Malformed(error)))),
        }
    }

    fn hash_line(&mut self, line: &[u8]) {
        self.digest.update(line);
        self.digest.update(b"\n");
    }

    fn head(&mut self, head: Head) -> Result<Step<'_>, Finding> {
        if self.head.is_some() {
            return Err(self.note(self.here(Damage::Duplicated)));
        }
        if self.line > 1 {
            let moved = self.note(self.here(Damage::Reordered));
            self.findings.retain(|f| f.damage != Damage::NoHead);
            self.head = Some(head);
            return Err(moved);
        }
        Ok(Step::Head(self.head.insert(head)))
    }

    fn event<'a>(&'a mut self, event: EventLine<'a>) -> Result<Step<'a>, Finding> {
        self.counts.events += 1;
        let placed = self.leaf(event.position, &event.leaf);
        // A line out of place is judged by its content all the same.
        let leaf = match &placed {
            Ok(leaf) => Some(*leaf),
            Err(_) => Leaf::decode(&event.leaf).ok(),
        };
        if let Some(leaf) = leaf
            && let Some(damage) = content::check(&event, &leaf, &mut self.commitments)
        {
            return Err(self.note(self.here_at(event.position, damage)));
        }
        let leaf = placed?;
        self.check_shown(&event)?;
        Ok(Step::Event(Box::new(VerifiedEvent { line: event, leaf })))
    }

    fn hole<'a>(&'a mut self, hole: HoleLine<'a>) -> Result<Step<'a>, Finding> {
        self.counts.holes += 1;
        let leaf = self.leaf(hole.position, &hole.leaf)?;
        Ok(Step::Hole(hole, leaf))
    }

    /// Puts a leaf in its place and reads it.
    fn leaf(&mut self, position: u64, bytes: &[u8]) -> Result<Leaf, Finding> {
        if self.is_beyond(position) {
            return Err(self.note(self.here_at(position, Damage::Surplus)));
        }
        let misplaced = self.coverage.leaf(position, leaf_hash(bytes), self.line);
        let leaf = match Leaf::decode(bytes) {
            Ok(leaf) => leaf,
            Err(error) => return Err(self.note(self.here_at(position, Damage::Leaf(error)))),
        };
        if let Some(finding) = misplaced {
            // A line out of place says nothing about the order of time.
            return Err(self.provisional(finding));
        }
        let earlier = leaf.received_at < self.last_time;
        self.last_time = leaf.received_at;
        if earlier {
            return Err(self.note(self.here_at(position, Damage::Time)));
        }
        Ok(leaf)
    }

    fn check_shown(&mut self, event: &EventLine<'_>) -> Result<(), Finding> {
        let promised = self
            .head
            .as_ref()
            .and_then(|head| head.disclosed.as_deref());
        for field in &event.fields {
            match field.shown {
                Shown::Clear { .. } => (),
                Shown::Erased(..) => self.erased += 1,
                Shown::Hidden(_) => {
                    let path = field.path().unwrap_or_default();
                    if promised.is_none_or(|paths| paths.contains(&path)) {
                        let withheld = Damage::Withheld(path);
                        return Err(self.note(self.here_at(event.position, withheld)));
                    }
                }
            }
        }
        Ok(())
    }

    fn subtree(&mut self, node: Node, hash: Hash) -> Result<Step<'_>, Finding> {
        self.counts.subtrees += 1;
        let last = ((node.index + 1) << node.level) - 1;
        if self.is_beyond(last) {
            return Err(self.note(self.here_at(last, Damage::Surplus)));
        }
        match self.coverage.subtree(node, hash, self.line) {
            Some(finding) => Err(self.provisional(finding)),
            None => Ok(Step::Subtree(node)),
        }
    }

    fn tile(&mut self, index: u64, hash: Hash) -> Result<Step<'_>, Finding> {
        self.counts.tiles += 1;
        let size = self.head.as_ref().map(|head| head.size);
        match self.coverage.tile(index, hash, size, self.line) {
            Some(finding) => Err(self.provisional(finding)),
            None => Ok(Step::Tile(index)),
        }
    }

    fn end(&mut self, text: &str) {
        self.cover();
        self.end = Some(Closing {
            line: self.line,
            text: text.to_owned(),
            digest: Hash(self.digest.clone().finalize().into()),
        });
    }

    /// No more positions are to come.
    fn cover(&mut self) {
        if !self.covered {
            self.covered = true;
            let size = self.head.as_ref().map(|head| head.size);
            let _ = self.coverage.finish(size, self.line);
        }
    }

    fn is_beyond(&self, position: u64) -> bool {
        self.head.as_ref().is_some_and(|head| position >= head.size)
    }

    fn here(&self, damage: Damage) -> Finding {
        Finding {
            lines: self.line..=self.line,
            positions: None,
            damage,
        }
    }

    fn here_at(&self, position: u64, damage: Damage) -> Finding {
        Finding {
            lines: self.line..=self.line,
            positions: Some(position..=position),
            damage,
        }
    }

    /// What coverage found: gaps it keeps itself, until it is known whether they are filled.
    fn provisional(&mut self, finding: Finding) -> Finding {
        match finding.damage {
            Damage::Missing | Damage::MissingTile => finding,
            _ => self.note(finding),
        }
    }

    fn note(&mut self, finding: Finding) -> Finding {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding.clone());
        } else {
            self.more_findings += 1;
        }
        finding
    }
}
