//! SHA-256 of a log that grows chunk by chunk: its state is kept between requests, so that the
//! digest of a log of any length costs nothing when the task ends.

use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// The state after more bytes. No state is the state before the first byte.
pub(crate) fn update(state: Option<&[u8]>, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut hash = load(state)?;
    hash.update(bytes);
    Ok(hash.serialize().to_vec())
}

/// The digest of all bytes.
pub(crate) fn finish(state: Option<&[u8]>) -> Result<Vec<u8>> {
    Ok(load(state)?.finalize().to_vec())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn load(state: Option<&[u8]>) -> Result<Sha256> {
    let Some(state) = state else {
        return Ok(Sha256::new());
    };
    let inconsistent = || Error::Inconsistent {
        table: "tasks",
        column: "log_hash_state",
        value: hexadecimal(state),
    };
    let state = SerializedState::<Sha256>::try_from(state).map_err(|_| inconsistent())?;
    Sha256::deserialize(&state).map_err(|_| inconsistent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_was_kept_gives_the_digest_of_the_whole() {
        let state = update(None, b"a line\nand a").unwrap();
        let state = update(Some(&state), b" second\n").unwrap();
        let whole = Sha256::digest(b"a line\nand a second\n").to_vec();
        assert_eq!(finish(Some(&state)).unwrap(), whole);
    }
}
