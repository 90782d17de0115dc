//! Receipts (c2sp.org/tlog-proof@v1): that an entry stands in the log, as a text that verifies
//! offline with the entry and a policy alone.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::note::{MAX_BYTES, Note, NoteError};
use crate::policy::{Distrust, Policy, Trusted};
use crate::tree::{TreeError, leaf_hash, verify_inclusion};

const HEAD: &str = "c2sp.org/tlog-proof@v1";

/// More hashes than any tree has levels.
const MAX_PROOF: usize = 64;

/// An entry's place in the tree of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What the log gave along; nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The position of the entry.
    pub index: u64,
    /// The audit path, from the leaf's sibling upwards.
    pub proof: Vec<Hash>,
    /// The checkpoint with its signatures, verbatim.
    pub checkpoint: Note,
}

/// Why a text is no receipt, or a receipt does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not of this format.
    #[error("the receipt is malformed: {0}")]
    Form(&'static str),
    /// The note in it is none.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note in it is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The policy does not believe the checkpoint.
    #[error(transparent)]
    Distrust(#[from] Distrust),
    /// The entry does not stand there.
    #[error("the entry is not at position {index} of the log: {fault}")]
    Inclusion {
        /// Where the receipt says it stands.
        index: u64,
        /// What the proof comes to.
        fault: TreeError,
    },
}

impl Receipt {
    /// Reads the text of a receipt.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Form`], [`ReceiptError::Note`].
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        if text.len() > 2 * MAX_BYTES {
            return Err(NoteError::TooLong.into());
        }
        let (proof, note) = text
            .split_once("\n\n")
            .ok_or(ReceiptError::Form("no blank line before the checkpoint"))?;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(HEAD) {
            return Err(ReceiptError::Form("it does not begin with its format"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(encoded) => {
                lines.next();
                let decoded = STANDARD.decode(encoded);
                Some(decoded.map_err(|_| ReceiptError::Form("extra data that are no base64"))?)
            }
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(ReceiptError::Form("no index"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MAX_PROOF {
                return Err(ReceiptError::Form("more hashes than any tree has levels"));
            }
            let hash = Hash::from_base64(line);
            proof.push(hash.map_err(|_| ReceiptError::Form("a hash that is none"))?);
        }
        Ok(Self {
            extra,
            index,
            proof,
            checkpoint: Note::parse(note)?,
        })
    }

    /// Checks that the entry stands at the receipt's position in a checkpoint that the policy
    /// believes. `now` as in [`Policy::check`].
    ///
    /// # Errors
    ///
    /// [`ReceiptError`].
    pub fn verify(&self, entry: &[u8], policy: &Policy, now: u64) -> Result<Trusted, ReceiptError> {
        let trusted = policy.check(&self.checkpoint, now)?;
        self.verify_inclusion(entry)?;
        Ok(trusted)
    }

    /// Checks the proof against the checkpoint, without asking who signed that.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Inclusion`], [`ReceiptError::Checkpoint`].
    pub fn verify_inclusion(&self, entry: &[u8]) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::of(&self.checkpoint)?;
        verify_inclusion(
            leaf_hash(entry),
            self.index,
            checkpoint.size,
            &self.proof,
            &checkpoint.root,
        )
        .map_err(|fault| ReceiptError::Inclusion {
            index: self.index,
            fault,
        })?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
