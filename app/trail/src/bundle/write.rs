//! Writes a bundle, line by line, as positions come.

use sha2::{Digest as _, Sha256};

use super::put::{put, write_hash};
use super::{Counts, End, EventLine, Head, HoleLine, Pin};
use crate::Hash;
use crate::tile::WIDTH;
use crate::tree::{Frontier, Node, TreeError, leaf_hash, node_hash};

/// How many levels a tile spans.
const TILE_LEVEL: u8 = 8;

/// Why a line cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The lines must part the positions without gap or overlap.
    #[error("position {found} was given where {expected} comes next")]
    Position {
        /// The first position not written yet.
        expected: u64,
        /// What was given.
        found: u64,
    },
    /// Positions go on to the size in the head, and no further.
    #[error("the bundle ends at {found} and not at {size}")]
    Size {
        /// What the head says.
        size: u64,
        /// Where the lines end.
        found: u64,
    },
    /// A subtree that has no place in the tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A line break within a value, which canonical text never has.
    #[error("a value with a line break is not canonical")]
    LineBreak,
}

/// Makes the lines of a bundle. Each method appends to `out`, which the caller compresses, stores
/// and clears as it likes.
#[derive(Debug)]
pub struct Writer {
    size: u64,
    digest: Sha256,
    counts: Counts,
    /// All full blocks of 256 positions.
    blocks: Frontier,
    /// The block that is being written.
    block: Frontier,
    /// Whether an event or a hole stands in it.
    touched: bool,
    proofs_begun: bool,
}

impl Writer {
    /// Begins a bundle with its head.
    ///
    /// # Errors
    ///
    /// [`WriteError::LineBreak`].
    pub fn new(head: &Head, out: &mut String) -> Result<Self, WriteError> {
        let mut writer = Self {
            size: head.size,
            digest: Sha256::new(),
            counts: Counts::default(),
            blocks: Frontier::default(),
            block: Frontier::default(),
            touched: false,
            proofs_begun: false,
        };
        writer.line(out, |out| head.write(out))?;
        Ok(writer)
    }

    /// The first position that is not written yet.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.blocks.size() + self.block.size()
    }

    /// Writes an event. Its commitments are taken as they are: what does not fit them is for the
    /// verifier to find.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing was written then.
    pub fn event(&mut self, event: &EventLine<'_>, out: &mut String) -> Result<(), WriteError> {
        self.check_next(event.position)?;
        self.line(out, |out| {
            event.write(out);
            out.push('\n');
        })?;
        self.counts.events += 1;
        self.leaf(&event.leaf, out)
    }

    /// Writes a position without content.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing was written then.
    pub fn hole(&mut self, hole: &HoleLine<'_>, out: &mut String) -> Result<(), WriteError> {
        self.check_next(hole.position)?;
        self.line(out, |out| hole.write(out))?;
        self.counts.holes += 1;
        self.leaf(&hole.leaf, out)
    }

    /// Writes a subtree of what the query left out.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing was written then.
    pub fn subtree(&mut self, node: Node, hash: Hash, out: &mut String) -> Result<(), WriteError> {
        let first = node.index.checked_shl(u32::from(node.level));
        self.check_next(first.unwrap_or(u64::MAX))?;
        let entries = 1_u64
            .checked_shl(u32::from(node.level))
            .ok_or(TreeError::TooLarge)?;
        if entries > self.size - self.next() {
            return Err(WriteError::Size {
                size: self.size,
                found: self.next().saturating_add(entries),
            });
        }
        let frontier = if node.level < TILE_LEVEL {
            &mut self.block
        } else {
            &mut self.blocks
        };
        frontier.push_subtree(node.level, hash)?;
        self.counts.subtrees += 1;
        self.line(out, |out| {
            put(
                out,
                format_args!("{{\"s\":[{},{}],\"hash\":", node.level, node.index),
            );
            write_hash(&hash, out);
            out.push_str("}\n");
        })?;
        self.close_full_block(out)
    }

    /// Writes a proof of completeness, after all positions.
    ///
    /// # Errors
    ///
    /// [`WriteError::Size`] while positions are missing, [`WriteError::LineBreak`].
    pub fn proof(&mut self, proof: &str, out: &mut String) -> Result<(), WriteError> {
        self.close_last_block(out)?;
        self.line(out, |out| {
            out.push_str("{\"m\":");
            out.push_str(proof);
            out.push_str("}\n");
        })?;
        self.counts.proofs += 1;
        Ok(())
    }

    /// Ends the lines that the digest covers.
    ///
    /// # Errors
    ///
    /// [`WriteError::Size`] while positions are missing.
    pub fn seal(mut self, out: &mut String) -> Result<Sealed, WriteError> {
        self.close_last_block(out)?;
        let root = if self.block.size() == 0 {
            self.blocks.root()
        } else {
            root_with_tail(&self.blocks, self.block.root())
        };
        Ok(Sealed {
            sha256: Hash(self.digest.finalize().into()),
            size: self.size,
            root,
            counts: self.counts,
        })
    }

    fn check_next(&self, found: u64) -> Result<(), WriteError> {
        let expected = self.next();
        if found != expected {
            return Err(WriteError::Position { expected, found });
        }
        if found >= self.size {
            return Err(WriteError::Size {
                size: self.size,
                found: found.saturating_add(1),
            });
        }
        Ok(())
    }

    fn leaf(&mut self, leaf: &[u8], out: &mut String) -> Result<(), WriteError> {
        self.touched = true;
        self.block.push(leaf_hash(leaf));
        self.close_full_block(out)
    }

    fn close_full_block(&mut self, out: &mut String) -> Result<(), WriteError> {
        if self.block.size() < WIDTH {
            return Ok(());
        }
        let hash = self.block.root();
        self.tile(hash, out)?;
        self.blocks.push_subtree(TILE_LEVEL, hash)?;
        self.block = Frontier::default();
        Ok(())
    }

    fn close_last_block(&mut self, out: &mut String) -> Result<(), WriteError> {
        if self.next() != self.size {
            return Err(WriteError::Size {
                size: self.size,
                found: self.next(),
            });
        }
        if !self.proofs_begun {
            self.proofs_begun = true;
            let hash = self.block.root();
            self.tile(hash, out)?;
        }
        Ok(())
    }

    /// Writes the hash of the current block, if anything in it could be damaged.
    fn tile(&mut self, hash: Hash, out: &mut String) -> Result<(), WriteError> {
        if !std::mem::take(&mut self.touched) {
            return Ok(());
        }
        let index = self.blocks.size() / WIDTH;
        self.counts.tiles += 1;
        self.line(out, |out| {
            put(out, format_args!("{{\"t\":{index},\"hash\":"));
            write_hash(&hash, out);
            out.push_str("}\n");
        })
    }

    fn line(
        &mut self,
        out: &mut String,
        write: impl FnOnce(&mut String),
    ) -> Result<(), WriteError> {
        let start = out.len();
        write(out);
        let line = out.get(start..).unwrap_or_default().as_bytes();
        // The one line break is its last byte.
        if memchr::memchr(b'\n', line) != line.len().checked_sub(1) {
            out.truncate(start);
            return Err(WriteError::LineBreak);
        }
        self.digest.update(line);
        Ok(())
    }
}

/// A bundle that lacks its last line: what the event that records the export commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 over all lines so far.
    pub sha256: Hash,
    /// How many positions they part.
    pub size: u64,
    /// The root over them, to be compared with the log's own before anything is sent.
    pub root: Hash,
    counts: Counts,
}

impl Sealed {
    /// How many lines of each kind there are.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes the last line: a checkpoint of [`Sealed::size`] or more, the proof that it begins
    /// with the bundle's positions (empty where the sizes are equal), proofs from checkpoints that
    /// verifiers may have seen, and the event that records the export with its receipt, which
    /// must be of the same checkpoint.
    pub fn end(
        &self,
        checkpoint: &str,
        consistency: Vec<Hash>,
        pins: Vec<Pin>,
        receipt: Option<(EventLine<'_>, &str)>,
        out: &mut String,
    ) {
        End {
            counts: self.counts,
            sha256: self.sha256,
            checkpoint: checkpoint.into(),
            consistency,
            pins,
            receipt: receipt.map(|(event, proof)| (event, proof.into())),
        }
        .write(out);
    }
}

/// The root of a tree whose last positions, fewer than a tile, come to this hash.
pub(crate) fn root_with_tail(blocks: &Frontier, tail: Hash) -> Hash {
    let peaks: Vec<Hash> = blocks.nodes().map(|(_, hash)| hash).collect();
    peaks
        .iter()
        .rev()
        .fold(tail, |right, left| node_hash(left, &right))
}
