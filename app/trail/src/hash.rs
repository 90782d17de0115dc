//! A SHA-256 hash, and the one way in which this crate hashes: over parts laid end to end, whose
//! first byte says in which domain.
//!
//! It reads and writes hexadecimal, as `sha256sum` does; what C2SP formats want in base64 asks
//! for it by name.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::hex;

/// 32 bytes of SHA-256.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 hash is {0}")]
pub struct BadHash(&'static str);

const HEX: BadHash = BadHash("64 lower-case hexadecimal digits");
const BASE64: BadHash = BadHash("44 characters of base64");

impl Hash {
    /// SHA-256 over the parts, one after the other. The caller separates domains by the first
    /// byte and fixes or prefixes lengths; this function does neither.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The hash as checkpoints and proofs of C2SP write it: 44 characters of padded base64.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::base64`] wrote, and no other spelling of the same bytes.
    ///
    /// # Errors
    ///
    /// [`BadHash`] where the text is not the canonical base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, BadHash> {
        // One byte more than a hash, since the decoder wants room for whole groups of three.
        let mut bytes = [0; 33];
        if text.len() != 44 {
            return Err(BASE64);
        }
        match STANDARD.decode_slice(text, &mut bytes) {
            Ok(32) => Self::from_slice(bytes.get(..32).unwrap_or_default()).ok_or(BASE64),
            _ => Err(BASE64),
        }
    }

    /// The hash whose bytes these are; none unless there are 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for another hash's input.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(&self.0, f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        hex::read(text).map(Self).ok_or(HEX)
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_hash_has_one_spelling_in_each_form() {
        let hash = Hash::of(&[]);
        assert_eq!(hash.to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(hash));
        assert_eq!(EMPTY.to_uppercase().parse::<Hash>(), Err(HEX));
        assert_eq!(
            hash.base64(),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
        assert_eq!(Hash::from_base64(&hash.base64()), Ok(hash));
        // The last character before the padding carries two bits that must be zero.
        let loose = hash.base64().replace("FU=", "FV=");
        assert_eq!(Hash::from_base64(&loose), Err(BASE64));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("{EMPTY:?}"));
        let back: Hash = serde_json::from_str(&format!("{EMPTY:?}")).unwrap();
        assert_eq!(back, hash);
    }

    #[test]
    fn parts_are_hashed_end_to_end() {
        assert_eq!(Hash::of(&[b"ab", b"c"]), Hash::of(&[b"abc"]));
    }
}
