//! Cosignatures (c2sp.org/tlog-cosignature, Ed25519): a statement that at a certain time this
//! checkpoint was the largest that its signer had seen of the log, and consistent with all before.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{Algorithm, Note, NoteError, Signature, SigningKey, VerifyingKey};

/// The latest time that a cosignature may name, in seconds since 1970.
const MAX_TIME: u64 = i64::MAX as u64;

/// Makes the line with which a cosigner answers. `at` is in seconds since 1970.
///
/// # Errors
///
/// [`NoteError::Algorithm`] for a key that is not for cosignatures, so that one key never signs
/// two kinds of texts; [`CheckpointError`] for a note that is no checkpoint.
pub fn sign(note: &Note, key: &SigningKey, at: u64) -> Result<Signature, CheckpointError> {
    if key.algorithm() != Algorithm::CosignatureV1 || at > MAX_TIME {
        return Err(NoteError::Algorithm(key.name().to_owned()).into());
    }
    Checkpoint::of(note)?;
    let mut bytes = at.to_be_bytes().to_vec();
    bytes.extend_from_slice(&key.sign(message(note.text(), at).as_bytes()));
    Ok(Signature {
        name: key.name().to_owned(),
        key_id: key.id(),
        bytes,
    })
}

/// When this key cosigned the checkpoint, in seconds since 1970; none if it did not.
///
/// # Errors
///
/// [`NoteError::Invalid`] where its line is there and does not fit: then the whole note is to be
/// refused. [`NoteError::Twice`], [`NoteError::Algorithm`].
pub fn signed_at(note: &Note, key: &VerifyingKey) -> Result<Option<u64>, NoteError> {
    if key.algorithm() != Algorithm::CosignatureV1 {
        return Err(NoteError::Algorithm(key.name().to_owned()));
    }
    let Some(bytes) = note.signature_of(key)? else {
        return Ok(None);
    };
    let invalid = || NoteError::Invalid(key.name().to_owned());
    let (at, signature) = bytes.split_first_chunk().ok_or_else(invalid)?;
    let at = u64::from_be_bytes(*at);
    if at <= MAX_TIME && key.fits(message(note.text(), at).as_bytes(), signature) {
        Ok(Some(at))
    } else {
        Err(invalid())
    }
}

fn message(text: &str, at: u64) -> String {
    format!("cosignature/v1\ntime {at}\n{text}")
}
