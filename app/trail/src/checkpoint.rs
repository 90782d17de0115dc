//! Checkpoints (c2sp.org/tlog-checkpoint): how many entries a log has and which root they give,
//! as the text of a signed note.
//!
//! Extension lines are refused: no monitor checks them, and the signatures that follow after
//! Ed25519 do not cover them.

use crate::Hash;
use crate::note::{Note, NoteError};
use crate::tree::MAX_SIZE;

/// What a log says about itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The identity of the log, which is the name of its key too.
    pub origin: String,
    /// How many entries there are.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// Why a note is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a note in the first place.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not three lines.
    #[error("a checkpoint has three lines: origin, size and root")]
    Lines,
    /// No number, one with leading zeros, or too large.
    #[error("the size of the checkpoint is no plain decimal number")]
    Size,
    /// Not the base64 of a hash.
    #[error("the root of the checkpoint is no hash in base64")]
    Root,
}

impl Checkpoint {
    /// The three lines that are signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }

    /// The note to be signed.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] for an origin of no or several lines.
    pub fn note(&self) -> Result<Note, CheckpointError> {
        let text = self.text();
        Self::parse(&text)?;
        Ok(Note::new(text)?)
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if origin.is_empty() {
            return Err(CheckpointError::Lines);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size)
                .filter(|size| *size <= MAX_SIZE)
                .ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).map_err(|_| CheckpointError::Root)?,
        })
    }

    /// What a note says, whoever signed it: [`crate::policy::Policy`] tells whether to believe it.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`].
    pub fn of(note: &Note) -> Result<Self, CheckpointError> {
        Self::parse(note.text())
    }
}

/// The number that these digits are the one spelling of.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}
