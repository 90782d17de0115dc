//! Which positions the lines cover, and what their leaves come to.
//!
//! Two roots are kept: one of what was computed, one that takes the hash of each tile as the
//! bundle says it. Whichever comes to the checkpoint tells whether a leaf or the hash of its tile
//! was altered, and a lost line spoils its own tile alone.

use std::ops::Range;

use super::finding::{Damage, Finding};
use crate::Hash;
use crate::bundle::root_with_tail;
use crate::tile::WIDTH;
use crate::tree::{Frontier, MAX_SIZE, Node};

/// Levels of the tree within a tile.
const TILE_LEVEL: u8 = 8;

/// How many gaps are remembered; a file with more is beyond telling moved lines from lost ones.
const MAX_GAPS: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// The first position that no line has covered.
    next: u64,
    block: Block,
    computed: Root,
    claimed: Root,
    /// A full, touched block whose tile line must come now.
    due: bool,
    /// The last, partial block is closed.
    ended: bool,
    gaps: Vec<Gap>,
    suspects: Vec<Suspect>,
}

/// The 256 positions that are being read.
#[derive(Debug, Default)]
struct Block {
    frontier: Frontier,
    /// A position of it was lost, so its hash cannot be computed.
    broken: bool,
    /// The line of the first event or hole in it.
    touched: Option<u64>,
}

/// The right edge over full blocks, while it is known, and what the last, partial block comes to.
#[derive(Debug, Default)]
struct Root {
    blocks: Frontier,
    tail: Option<Hash>,
    lost: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    what: What,
    /// Where it was noticed.
    line: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Positions(Range<u64>),
    Tile(u64),
}

/// A block whose tile line says something else than its leaves.
#[derive(Debug)]
struct Suspect {
    positions: Range<u64>,
    /// Of its leaves, and of the tile.
    lines: (u64, u64),
}

impl Root {
    fn block(&mut self, hash: Option<Hash>) {
        match hash {
            Some(hash) => self.lost |= self.blocks.push_subtree(TILE_LEVEL, hash).is_err(),
            None => self.lost = true,
        }
    }

    fn subtree(&mut self, node: Node, hash: Hash) {
        self.lost |= self.lost || self.blocks.push_subtree(node.level, hash).is_err();
    }

    fn hash(&self) -> Option<Hash> {
        match (self.lost, self.tail) {
            (true, _) => None,
            (false, None) => Some(self.blocks.root()),
            (false, Some(tail)) => Some(root_with_tail(&self.blocks, tail)),
        }
    }
}

impl Coverage {
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Takes an event's or hole's leaf. Gives the damage that its place shows.
    pub(super) fn leaf(&mut self, position: u64, hash: Hash, line: u64) -> Option<Finding> {
        let damage = match self.arrive(position..position + 1, line) {
            Ok(gap) => gap,
            Err(past) => return Some(past),
        };
        self.block.touched.get_or_insert(line);
        self.block.frontier.push(hash);
        self.advance(1, line);
        damage
    }

    pub(super) fn subtree(&mut self, node: Node, hash: Hash, line: u64) -> Option<Finding> {
        let start = node.index << node.level;
        let entries = 1_u64 << node.level;
        let damage = match self.arrive(start..start + entries, line) {
            Ok(gap) => gap,
            Err(past) => return Some(past),
        };
        if node.level < TILE_LEVEL {
            // Aligned by its index, so it fails only in a block that a gap has shifted.
            self.block.broken |= self.block.frontier.push_subtree(node.level, hash).is_err();
        } else {
            self.computed.subtree(node, hash);
            self.claimed.subtree(node, hash);
        }
        self.advance(entries, line);
        damage
    }

    /// Takes the hash of a tile; `size` is how many positions the bundle has, if that is known.
    pub(super) fn tile(
        &mut self,
        index: u64,
        hash: Hash,
        size: Option<u64>,
        line: u64,
    ) -> Option<Finding> {
        let surplus = at(line, None, Damage::Surplus);
        let in_log = |start: &u64| *start < MAX_SIZE;
        let Some(start) = index.checked_mul(WIDTH).filter(in_log) else {
            return Some(surplus);
        };
        let full = start.saturating_add(WIDTH);
        let end = size.map_or(full, |size| size.min(full));
        if end <= start {
            return Some(surplus);
        }
        if start < self.block_start() || self.ended {
            return Some(self.past(&What::Tile(index), line));
        }
        if start > self.block_start() {
            self.lack_due_tile(line);
        }
        let mut damage = None;
        for to in [start, end] {
            if self.next < to {
                damage = damage.or(Some(self.skip(to, line)));
            }
        }
        if self.block.touched.is_none() && !self.block.broken {
            return Some(surplus);
        }
        self.close(Some(hash), start..end, line);
        damage
    }

    /// After the last position: what is still missing.
    pub(super) fn finish(&mut self, size: Option<u64>, line: u64) -> Option<Finding> {
        self.lack_due_tile(line);
        let cut = size.filter(|size| self.next < *size);
        let damage = cut.map(|size| self.skip(size, line));
        let start = self.block_start();
        if self.next > start && !self.ended {
            if cut.is_none() && self.block.touched.is_some() {
                self.lack(What::Tile(start / WIDTH), line);
            }
            self.close(None, start..self.next, line);
        }
        damage
    }

    /// The roots that the lines may come to: of the leaves, and of the hashes of tiles.
    pub(super) fn roots(&self) -> [Option<Hash>; 2] {
        [self.computed.hash(), self.claimed.hash()]
    }

    /// Whether every root that can be had is lost to gaps.
    pub(super) fn is_lost(&self) -> bool {
        self.roots() == [None, None]
    }

    /// What remains once it is known which root held, by its number in [`Coverage::roots`].
    pub(super) fn settle(&self, held: Option<usize>) -> impl Iterator<Item = Finding> {
        let suspects = self.suspects.iter().map(move |suspect| {
            let (first, tile) = suspect.lines;
            let (lines, damage) = match held {
                Some(0) => (tile..=tile, Damage::TileHash),
                _ => (first..=tile, Damage::Tile),
            };
            Finding {
                lines,
                positions: Some(suspect.positions.start..=suspect.positions.end - 1),
                damage,
            }
        });
        let gaps = self.gaps.iter().map(|gap| match &gap.what {
            What::Positions(range) => Finding {
                lines: gap.line..=gap.line,
                positions: Some(range.start..=range.end.saturating_sub(1)),
                damage: Damage::Missing,
            },
            What::Tile(index) => at(
                gap.line,
                Some(index * WIDTH..index * WIDTH + WIDTH),
                Damage::MissingTile,
            ),
        });
        suspects.chain(gaps)
    }

    /// A line that covers these positions has come. An error says that it came too late.
    fn arrive(&mut self, range: Range<u64>, line: u64) -> Result<Option<Finding>, Finding> {
        if range.start < self.next {
            return Err(self.past(&What::Positions(range), line));
        }
        self.lack_due_tile(line);
        let damage = (range.start > self.next).then(|| self.skip(range.start, line));
        self.lack_due_tile(line);
        Ok(damage)
    }

    /// Another line came where the hash of a tile was due.
    fn lack_due_tile(&mut self, line: u64) {
        if self.due {
            let start = self.block_start();
            self.lack(What::Tile(start / WIDTH), line);
            self.close(None, start..self.next, line);
        }
    }

    /// Notes that the positions up to `to` did not come. No tile is due.
    fn skip(&mut self, to: u64, line: u64) -> Finding {
        let gap = self.next..to;
        let block_end = self.block_start().saturating_add(WIDTH);
        if to > block_end {
            // Nothing will tell what this block and those after it come to.
            self.computed.block(None);
            self.claimed.block(None);
            self.block = Block::default();
        }
        self.block.broken = to <= block_end || !to.is_multiple_of(WIDTH);
        self.due = to == block_end;
        self.next = to;
        self.lack(What::Positions(gap.clone()), line);
        at(line, Some(gap), Damage::Missing)
    }

    fn advance(&mut self, entries: u64, line: u64) {
        self.next += entries;
        if self.next.is_multiple_of(WIDTH) && entries < WIDTH {
            if self.block.touched.is_some() || self.block.broken {
                self.due = true;
            } else {
                self.close(None, self.block_start()..self.next, line);
            }
        }
    }

    /// Ends a block, with the hash of its tile if there is one.
    fn close(&mut self, tile: Option<Hash>, positions: Range<u64>, line: u64) {
        let block = std::mem::take(&mut self.block);
        self.due = false;
        let computed = (!block.broken).then(|| block.frontier.root());
        if let (Some(computed), Some(tile)) = (computed, tile)
            && computed != tile
            && self.suspects.len() < MAX_GAPS
        {
            self.suspects.push(Suspect {
                positions: positions.clone(),
                lines: (block.touched.unwrap_or(line), line),
            });
        }
        let claimed = tile.or(computed);
        if positions.end - positions.start == WIDTH {
            self.computed.block(computed);
            self.claimed.block(claimed);
        } else {
            self.ended = true;
            for (root, hash) in [(&mut self.computed, computed), (&mut self.claimed, claimed)] {
                root.lost |= hash.is_none();
                root.tail = hash;
            }
        }
    }

    /// Where the block that is being read begins.
    const fn block_start(&self) -> u64 {
        let last = if self.due { self.next - 1 } else { self.next };
        last / WIDTH * WIDTH
    }

    fn lack(&mut self, what: What, line: u64) {
        if self.gaps.len() < MAX_GAPS {
            self.gaps.push(Gap { what, line });
        }
    }

    /// What a line is that came too late: the filling of a gap, or one more of the same.
    fn past(&mut self, what: &What, line: u64) -> Finding {
        let holds = |gap: &Gap| match (&gap.what, what) {
            (What::Positions(gap), What::Positions(found)) => {
                gap.start <= found.start && found.end <= gap.end
            }
            (gap, found) => gap == found,
        };
        let positions = match what {
            What::Positions(range) => range.clone(),
            What::Tile(index) => index * WIDTH..index * WIDTH + WIDTH,
        };
        let Some(index) = self.gaps.iter().position(holds) else {
            return at(line, Some(positions), Damage::Duplicated);
        };
        let gap = self.gaps.swap_remove(index);
        if let (What::Positions(gap_range), What::Positions(found)) = (&gap.what, what) {
            for rest in [gap_range.start..found.start, found.end..gap_range.end] {
                if !rest.is_empty() {
                    self.lack(What::Positions(rest), gap.line);
                }
            }
        }
        at(line, Some(positions), Damage::Reordered)
    }
}

fn at(line: u64, positions: Option<Range<u64>>, damage: Damage) -> Finding {
    Finding {
        lines: line..=line,
        positions: positions.map(|range| range.start..=range.end.saturating_sub(1)),
        damage,
    }
}
