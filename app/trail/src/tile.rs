//! Tiles (c2sp.org/tlog-tiles): the tree and its entries as files that never change, from which
//! anybody can make every proof.
//!
//! A tile of level `l` holds up to 256 hashes of subtrees of `256^l` entries; a bundle of entries
//! holds the entries of one tile of level 0. The last of each level may be partial and has its
//! width in its name.

use std::fmt;
use std::str::FromStr;

use crate::Hash;
use crate::checkpoint::decimal;
use crate::tree::{Node, Plan, TreeError, node_hash};

/// How many hashes or entries a full tile has.
pub const WIDTH: u64 = 256;

/// How many levels of the tree lie between those of tiles.
const HEIGHT: u8 = 8;

/// The highest level of tiles that C2SP names.
const MAX_LEVEL: u8 = 63;

/// What a tile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Hashes of this level, from 0.
    Hashes(u8),
    /// Entries, each with its length before it.
    Entries,
}

/// One file of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What is in it.
    pub part: Part,
    /// Counted from 0 within its part.
    pub index: u64,
    /// From 1 to 256.
    pub width: u16,
}

/// Why a name or the bytes of a file are no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The path is not one that a log would have.
    #[error("this path names no tile")]
    Path,
    /// The file has another length than its name says.
    #[error("the tile has {found} bytes in place of {expected}")]
    Length {
        /// What follows from its width.
        expected: usize,
        /// What it has.
        found: usize,
    },
    /// The file ends within an entry, or goes on after the last.
    #[error("the entries do not fill their bundle")]
    Entries,
    /// An entry of more than 65,535 bytes.
    #[error("an entry may have at most 65535 bytes")]
    EntryTooLong,
    /// The source of tiles does not have this one.
    #[error("{0} is missing")]
    Missing(Tile),
    /// A tree without such a proof.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Tile {
    /// The tiles to write when a log has grown: those of `new` entries that the log did not have
    /// with `old`, hashes of all levels and entries, each partial where it has to be.
    pub fn of_growth(old: u64, new: u64) -> impl Iterator<Item = Self> {
        let hashes = (0..=MAX_LEVEL)
            .take_while(move |level| at_level(new, *level) > 0)
            .flat_map(move |level| {
                let grown = (at_level(old, level), at_level(new, level));
                of_range(Part::Hashes(level), grown.0, grown.1)
            });
        of_range(Part::Entries, old, new).chain(hashes)
    }

    /// The tile with a stored subtree's hashes, in a log of `size` entries, and where in it they
    /// stand: the first of them and how many (a power of two below 256).
    ///
    /// # Errors
    ///
    /// [`TreeError::Beyond`] for a subtree that such a log does not have.
    pub fn of_node(node: Node, size: u64) -> Result<Place, TreeError> {
        let level = node.level / HEIGHT;
        let within = node.level % HEIGHT;
        let beyond = TreeError::Beyond {
            index: node.index,
            size,
        };
        let hashes = at_level(size, level);
        let count = 1_u64 << within;
        let first = node.index.checked_mul(count).ok_or(beyond)?;
        if first.checked_add(count).is_none_or(|end| end > hashes) {
            return Err(beyond);
        }
        let index = first / WIDTH;
        Ok(Place {
            tile: Self {
                part: Part::Hashes(level),
                index,
                width: width(hashes - index * WIDTH),
            },
            first: usize::try_from(first % WIDTH).unwrap_or_default(),
            count: 1 << within,
        })
    }

    /// The full tile in whose place this partial one stands, for a log that has dropped partial
    /// tiles; its beginning is the same.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: 256, ..self }
    }

    /// Whether it has all that a tile can have, and never changes.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.width as u64 == WIDTH
    }

    /// Whether a log of `size` entries has all of it.
    #[must_use]
    pub fn lies_within(self, size: u64) -> bool {
        let level = match self.part {
            Part::Entries => 0,
            Part::Hashes(level) => level,
        };
        self.index
            .checked_mul(WIDTH)
            .and_then(|first| first.checked_add(u64::from(self.width)))
            .is_some_and(|end| end <= at_level(size, level))
    }

    /// The hashes in a file of this name.
    ///
    /// # Errors
    ///
    /// [`TileError::Length`].
    pub fn hashes(self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = usize::from(self.width) * 32;
        if bytes.len() != expected {
            return Err(TileError::Length {
                expected,
                found: bytes.len(),
            });
        }
        Ok(bytes
            .as_chunks::<32>()
            .0
            .iter()
            .copied()
            .map(Hash)
            .collect())
    }

    /// The entries in a file of this name.
    ///
    /// # Errors
    ///
    /// [`TileError::Entries`].
    pub fn entries(self, bytes: &[u8]) -> Result<Vec<&[u8]>, TileError> {
        let mut rest = bytes;
        let mut entries = Vec::with_capacity(usize::from(self.width));
        for _ in 0..self.width {
            let (length, after) = rest.split_first_chunk().ok_or(TileError::Entries)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, after) = after.split_at_checked(length).ok_or(TileError::Entries)?;
            entries.push(entry);
            rest = after;
        }
        if rest.is_empty() {
            Ok(entries)
        } else {
            Err(TileError::Entries)
        }
    }
}

/// The bytes of a bundle of entries.
///
/// # Errors
///
/// [`TileError::EntryTooLong`].
pub fn encode_entries<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The bytes of a tile of hashes.
#[must_use]
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Where the hash of a subtree is to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub tile: Tile,
    /// Which of its hashes is the first, from 0.
    pub first: usize,
    /// How many hashes make up the subtree: 1, 2, 4 … 128.
    pub count: usize,
}

impl Place {
    /// The subtree's hash, from the hashes of the tile.
    ///
    /// # Errors
    ///
    /// [`TileError::Length`] where the tile is too narrow.
    pub fn hash(&self, tile: &[Hash]) -> Result<Hash, TileError> {
        let end = self.first.saturating_add(self.count);
        let mut level = tile
            .get(self.first..end)
            .ok_or(TileError::Length {
                expected: end * 32,
                found: tile.len() * 32,
            })?
            .to_vec();
        while level.len() > 1 {
            level = level
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        level.first().copied().ok_or(TileError::Path)
    }
}

/// The tiles that a plan reads in a log of `size` entries, no one twice.
///
/// # Errors
///
/// [`TreeError::Beyond`] where the plan is for a larger log.
pub fn needed(plan: &Plan, size: u64) -> Result<Vec<Tile>, TreeError> {
    let mut tiles = Vec::new();
    for node in plan.nodes() {
        tiles.push(Tile::of_node(*node, size)?.tile);
    }
    tiles.sort_unstable();
    tiles.dedup();
    Ok(tiles)
}

/// The proof or root of a plan from the hashes of the tiles that [`needed`] names.
///
/// # Errors
///
/// [`TileError::Missing`] for a tile that the source does not have.
pub fn finish<'a>(
    plan: &Plan,
    size: u64,
    source: impl Fn(Tile) -> Option<&'a [Hash]>,
) -> Result<Vec<Hash>, TileError> {
    let mut hashes = Vec::with_capacity(plan.nodes().len());
    for node in plan.nodes() {
        let place = Tile::of_node(*node, size)?;
        let tile = source(place.tile).ok_or(TileError::Missing(place.tile))?;
        hashes.push(place.hash(tile)?);
    }
    Ok(plan.finish(&hashes)?)
}

impl fmt::Display for Tile {
    /// The path below the log's address: `tile/0/x001/067`, `tile/entries/000.p/3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Hashes(level) => write!(f, "tile/{level}/")?,
            Part::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = Vec::new();
        let mut rest = self.index;
        loop {
            groups.push(rest % 1000);
            rest /= 1000;
            if rest == 0 {
                break;
            }
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() {
                write!(f, "{group:03}")?;
            } else {
                write!(f, "x{group:03}/")?;
            }
        }
        if u64::from(self.width) < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (part, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let part = match part {
            "entries" => Part::Entries,
            level => decimal(level)
                .and_then(|level| u8::try_from(level).ok())
                .filter(|level| *level <= MAX_LEVEL)
                .map(Part::Hashes)
                .ok_or(TileError::Path)?,
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (
                index,
                decimal(width)
                    .and_then(|width| u16::try_from(width).ok())
                    .filter(|width| (1..256).contains(width))
                    .ok_or(TileError::Path)?,
            ),
            None => (rest, 256),
        };
        let tile = Self {
            part,
            index: index_of(index).ok_or(TileError::Path)?,
            width,
        };
        // One path for each tile, whatever else would read as the same numbers.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(TileError::Path)
        }
    }
}

fn index_of(path: &str) -> Option<u64> {
    path.split('/').try_fold(0_u64, |index, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let plain = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
        let group: u64 = plain.then(|| digits.parse().ok())??;
        index.checked_mul(1000)?.checked_add(group)
    })
}

/// How many hashes a log of `size` entries has on a level of tiles.
const fn at_level(size: u64, level: u8) -> u64 {
    match size.checked_shr(level as u32 * HEIGHT as u32) {
        Some(hashes) => hashes,
        None => 0,
    }
}

fn of_range(part: Part, old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let tiles = if new > old {
        old / WIDTH..new.div_ceil(WIDTH)
    } else {
        0..0
    };
    tiles.map(move |index| Tile {
        part,
        index,
        width: width(new - index * WIDTH),
    })
}

fn width(rest: u64) -> u16 {
    u16::try_from(rest.min(WIDTH)).unwrap_or(256)
}
