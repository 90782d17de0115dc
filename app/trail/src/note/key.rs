//! The keys of notes: a name, an algorithm and a key of Ed25519.
//!
//! A verifying key is written `name+id+base64(algorithm || key)`, a signing key
//! `PRIVATE+KEY+name+id+base64(algorithm || seed)`, as Go's `sumdb/note` does.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;

use crate::Hash;

const PRIVATE: &str = "PRIVATE+KEY+";

/// What a key signs, by the byte that C2SP assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the text of a note.
    Ed25519,
    /// 0x04: Ed25519 over a checkpoint and the time at which it was seen.
    CosignatureV1,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+id+base64`.
    #[error("a key is written name+id+base64, the id in 8 lower-case hexadecimal digits")]
    Syntax,
    /// The name is empty or holds a blank, a plus or a control character.
    #[error("the name of a key must not be empty nor hold blanks, + or control characters")]
    Name,
    /// An algorithm besides [`Algorithm`].
    #[error("only keys for Ed25519 signatures (1) and cosignatures (4) are supported")]
    Algorithm,
    /// Not a point of the curve, or one under which a signature fits many texts.
    #[error("the bytes are no sound Ed25519 key")]
    Key,
    /// The id is not that of this name and key: a slip in copying.
    #[error("the id does not belong to this name and key")]
    Id,
}

/// The public half of a key, under its name.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    algorithm: Algorithm,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// Both halves of a key, under its name. `Debug` shows the public one.
#[derive(Clone)]
pub struct SigningKey {
    public: VerifyingKey,
    key: ed25519_dalek::SigningKey,
}

impl VerifyingKey {
    /// The key of these 32 bytes (RFC 8032).
    ///
    /// # Errors
    ///
    /// [`KeyError::Name`], [`KeyError::Key`].
    pub fn new(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| KeyError::Key)?;
        if key.is_weak() {
            return Err(KeyError::Key);
        }
        Self::of(name, algorithm, key)
    }

    fn of(
        name: &str,
        algorithm: Algorithm,
        key: ed25519_dalek::VerifyingKey,
    ) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let hash = Hash::of(&[name.as_bytes(), &[b'\n', algorithm.byte()], key.as_bytes()]);
        let [a, b, c, d, ..] = hash.0;
        Ok(Self {
            name: name.to_owned(),
            algorithm,
            id: [a, b, c, d],
            key,
        })
    }

    /// The name, which for the key of a log is its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The first four bytes of SHA-256 over name, newline, algorithm and key.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The 32 bytes of the key (RFC 8032).
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether the signature is this key's over the message. By the strict rules, under which
    /// implementations do not differ.
    #[must_use]
    pub fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl SigningKey {
    /// The key grown from 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self {
            public: VerifyingKey::of(name, algorithm, key.verifying_key())?,
            key,
        })
    }

    /// The public half.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The name under which it signs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.public.name
    }

    /// What it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.public.algorithm
    }

    /// As [`VerifyingKey::id`].
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.public.id
    }

    /// Signs raw bytes; which ones, the algorithm says, so callers go through notes,
    /// cosignatures or statements.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The secret as text, for the file that keeps it.
    #[must_use]
    pub fn secret_text(&self) -> String {
        let encoded = encode(self.public.algorithm, self.key.as_bytes());
        format!("{PRIVATE}{}+{}+{encoded}", self.name(), id_text(self.id()))
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = encode(self.algorithm, self.bytes());
        write!(f, "{}+{}+{encoded}", self.name, id_text(self.id))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, algorithm, key) = parts(text)?;
        let key = Self::new(name, algorithm, &key)?;
        if id_text(key.id) == id {
            Ok(key)
        } else {
            Err(KeyError::Id)
        }
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, algorithm, seed) =
            parts(text.strip_prefix(PRIVATE).ok_or(KeyError::Syntax)?)?;
        let key = Self::from_seed(name, algorithm, &seed)?;
        if id_text(key.id()) == id {
            Ok(key)
        } else {
            Err(KeyError::Id)
        }
    }
}

/// Whether a key may have this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c < ' ' || c == '+')
}

fn parts(text: &str) -> Result<(&str, &str, Algorithm, [u8; 32]), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Syntax)?;
    // The base64 itself may hold plus signs, hence the first two only.
    let (id, encoded) = rest.split_once('+').ok_or(KeyError::Syntax)?;
    let decoded = STANDARD.decode(encoded).map_err(|_| KeyError::Syntax)?;
    let (&byte, key) = decoded.split_first().ok_or(KeyError::Syntax)?;
    let algorithm = Algorithm::of(byte).ok_or(KeyError::Algorithm)?;
    let key = key.try_into().map_err(|_| KeyError::Key)?;
    Ok((name, id, algorithm, key))
}

fn encode(algorithm: Algorithm, key: &[u8; 32]) -> String {
    let mut bytes = vec![algorithm.byte()];
    bytes.extend_from_slice(key);
    STANDARD.encode(bytes)
}

fn id_text(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}
