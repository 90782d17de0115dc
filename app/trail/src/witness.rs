//! The request by which a log asks a witness for its cosignature (c2sp.org/tlog-witness,
//! `add-checkpoint`): what the witness saw last, the proof that the new tree begins with that,
//! and the signed checkpoint.
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//! jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
//!
//! example.com/log
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/log Az3grlgtzPICa5OS…=
//! ```

use std::fmt;

use crate::Hash;
use crate::checkpoint::decimal;
use crate::note::{Note, NoteError};

/// What the type of an answer is called that names the size which the witness knows.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// The most hashes that a proof may have.
const MAX_PROOF: usize = 63;

/// One request for a cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is believed to have cosigned last; 0 for none.
    pub old: u64,
    /// From `old` to the checkpoint.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: Note,
}

/// Why bytes are no such request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// The first line.
    #[error("the first line must be \"old\" and a size")]
    Old,
    /// A line that is no hash, or too many.
    #[error("line {0} is no hash of a proof")]
    Proof(usize),
    /// The blank line is missing, or what follows is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// [`AddCheckpointError`].
    pub fn parse(body: &str) -> Result<Self, AddCheckpointError> {
        let (head, note) = body.split_once("\n\n").ok_or(NoteError::Unsigned)?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal)
            .ok_or(AddCheckpointError::Old)?;
        let mut proof = Vec::new();
        for (index, line) in lines.enumerate() {
            let fault = AddCheckpointError::Proof(index + 2);
            if index == MAX_PROOF {
                return Err(fault);
            }
            proof.push(Hash::from_base64(line).map_err(|_| fault)?);
        }
        Ok(Self {
            old,
            proof,
            note: Note::parse(note)?,
        })
    }
}

/// Reads the size with which a witness answers that it knows another one.
#[must_use]
pub fn parse_size(body: &str) -> Option<u64> {
    decimal(body.strip_suffix('\n')?)
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.base64())?;
        }
        write!(f, "\n{}", self.note)
    }
}
