//! What is wrong with a bundle, and where: a sentence for each kind of damage.

use std::fmt;
use std::ops::RangeInclusive;

use crate::bundle::LineError;
use crate::leaf::LeafError;
use crate::policy::Distrust;
use crate::receipt::ReceiptError;
use crate::tree::TreeError;

/// One damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The lines that can be the cause, from 1. One line wherever that can be told.
    pub lines: RangeInclusive<u64>,
    /// The positions of the log that are concerned, where it is about positions.
    pub positions: Option<RangeInclusive<u64>>,
    /// What happened.
    pub damage: Damage,
}

/// Kinds of damage. Each is what the evidence shows, not who did it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The line is not of the format: bits flipped in its frame, or cut.
    #[error("the line cannot be read: {0}")]
    Malformed(LineError),
    /// The line is not UTF-8, or longer than any line.
    #[error("the line is no text of a length that a bundle has")]
    NotText,
    /// Bytes that are no leaf.
    #[error("the leaf cannot be read: {0}")]
    Leaf(LeafError),
    /// The public text is not what the leaf commits to.
    #[error("the public text was altered: it does not match its commitment")]
    Public,
    /// The value of a field is not what was committed to.
    #[error("the field {0} was altered: its value does not match its commitment")]
    Field(String),
    /// Each disclosed field fits its own commitment, and together they do not fit the leaf.
    #[error("the commitments of the fields were altered: they do not match the leaf")]
    Fields,
    /// The fields are not those that the public text lists.
    #[error("the fields are not the ones that the public text lists")]
    FieldList,
    /// A field that the head promises is not disclosed.
    #[error("the field {0} is withheld, though the bundle says that it is disclosed")]
    Withheld(String),
    /// The log never goes back in time.
    #[error("the time of receipt lies before that of the event before it")]
    Time,
    /// Contents fit their leaves, and the leaves do not come to the hash of their tile, by which
    /// the whole does verify.
    #[error("leaves were altered: they do not come to the hash of their tile")]
    Tile,
    /// The other way round: without this hash the whole does verify.
    #[error("the hash of this tile was altered; the events in it are sound")]
    TileHash,
    /// Nothing comes to the checkpoint's root.
    #[error("the bundle does not come to the root of its checkpoint: {0}")]
    Root(TreeError),
    /// A gap that nothing else fills.
    #[error("positions are missing: lines were dropped")]
    Missing,
    /// The hash of a tile is not there.
    #[error("the hash of a tile is missing: its line was dropped")]
    MissingTile,
    /// A line that should have come earlier.
    #[error("the line stands out of order")]
    Reordered,
    /// A line that was there already.
    #[error("the line is there twice")]
    Duplicated,
    /// A line that has no place in the bundle.
    #[error("the line does not belong here")]
    Surplus,
    /// The first line is not the head.
    #[error("the head is missing: the first line was dropped")]
    NoHead,
    /// No end, so the tail is cut off.
    #[error("the end is missing: the tail of the file is cut off")]
    Truncated,
    /// Other numbers of lines than the end says.
    #[error("there are not as many lines as the end counts")]
    Counts,
    /// Other bytes than the end says.
    #[error("the bytes before the end are not those that its digest was taken of")]
    Digest,
    /// The policy does not believe the checkpoint: wrong key, wrong log, too few witnesses, too
    /// old.
    #[error("{0}")]
    Distrust(Distrust),
    /// The checkpoint is of another log than the head says.
    #[error("the checkpoint is of another log than the bundle")]
    Origin,
    /// The bundle was made before what the verifier has seen already.
    #[error(
        "this is an old bundle: its checkpoint has {size} entries, and {pinned} were seen before"
    )]
    Replayed {
        /// What the checkpoint has.
        size: u64,
        /// What the policy pins.
        pinned: u64,
    },
    /// Two histories.
    #[error("the log contradicts the checkpoint of {pinned} entries that was seen before")]
    Forked {
        /// The size that the policy pins.
        pinned: u64,
    },
    /// Whether it is a continuation cannot be told from the bundle.
    #[error(
        "the bundle does not prove that it continues the checkpoint of {pinned} entries that was seen before; ask for one that does"
    )]
    Unpinned {
        /// The size that the policy pins.
        pinned: u64,
    },
    /// The event that records the export does not hold.
    #[error("the record of this export does not hold: {0}")]
    Receipt(ReceiptError),
    /// That event speaks of another bundle.
    #[error("the record of this export is about another bundle")]
    Statement,
}

impl Damage {
    /// A word for the kind of damage, the same wherever it is shown.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::NotText | Self::Leaf(_) => "unreadable",
            Self::Public
            | Self::Field(_)
            | Self::Fields
            | Self::FieldList
            | Self::Time
            | Self::Tile
            | Self::TileHash
            | Self::Root(_)
            | Self::Counts
            | Self::Digest => "altered",
            Self::Withheld(_) => "withheld",
            Self::Missing | Self::MissingTile | Self::NoHead => "dropped",
            Self::Reordered => "reordered",
            Self::Duplicated => "duplicated",
            Self::Surplus => "surplus",
            Self::Truncated => "truncated",
            Self::Distrust(Distrust::Stale { .. }) => "stale",
            Self::Distrust(_) | Self::Origin => "distrusted",
            Self::Replayed { .. } => "replayed",
            Self::Forked { .. } => "forked",
            Self::Unpinned { .. } => "unproved",
            Self::Receipt(_) | Self::Statement => "record",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        range("line", &self.lines, f)?;
        if let Some(positions) = &self.positions {
            f.write_str(", ")?;
            range("position", positions, f)?;
        }
        write!(f, ": {}", self.damage)
    }
}

fn range(noun: &str, range: &RangeInclusive<u64>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (start, end) = (range.start(), range.end());
    if start == end {
        write!(f, "{noun} {start}")
    } else {
        write!(f, "{noun}s {start} to {end}")
    }
}
