//! Fields: the parts of an event that can concern a person, each committed on its own, so that
//! one can be disclosed or destroyed and all others still verify.
//!
//! A commitment hides a value by a salt of 16 bytes. Salts of fields follow from the event's key,
//! so that they end with the subject's key; only the commitments are kept.

mod key;
mod path;
mod salt;

pub use key::{EventKey, FieldKey, NoSubject, SubjectKey};
pub use path::{BadPath, MAX_PATH_BYTES, Path};
pub use salt::{BadSalt, Salt};

use crate::Hash;

/// One field of an event, in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where in the event the value belongs.
    pub path: Path,
    /// The value's canonical text: `"Ada"` with its quotes, `{"a":1}`.
    pub value: String,
}

impl Field {
    /// The commitment to this field under a salt.
    #[must_use]
    pub fn commit(&self, salt: &Salt) -> Hash {
        commit_field(salt, &self.path, &self.value)
    }
}

/// `C_f = H(0x11 || salt || u16 len(path) || path || value)`; `value` is canonical text.
#[must_use]
pub fn commit_field(salt: &Salt, path: &Path, value: &str) -> Hash {
    let path_bytes = path.as_str().as_bytes();
    Hash::of(&[
        &[0x11],
        salt.as_bytes(),
        &path.length().to_be_bytes(),
        path_bytes,
        value.as_bytes(),
    ])
}

/// `C_pub = H(0x10 || salt || text)`; `text` is the canonical public text.
#[must_use]
pub fn commit_public(salt: &Salt, text: &str) -> Hash {
    Hash::of(&[&[0x10], salt.as_bytes(), text.as_bytes()])
}

/// More fields than an event may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event may have at most 65535 fields, not {0}")]
pub struct TooManyFields(pub usize);

/// `F = H(0x12 || u16 n || C_f1 … C_fn)`, the commitments in the order of their paths' bytes.
///
/// # Errors
///
/// [`TooManyFields`] where their number does not fit 16 bits.
pub fn commit_fields(commitments: &[Hash]) -> Result<Hash, TooManyFields> {
    let count = u16::try_from(commitments.len()).map_err(|_| TooManyFields(commitments.len()))?;
    let mut input = Vec::with_capacity(3 + 32 * commitments.len());
    input.push(0x12);
    input.extend_from_slice(&count.to_be_bytes());
    for commitment in commitments {
        input.extend_from_slice(commitment.as_bytes());
    }
    Ok(Hash::of(&[&input]))
}
