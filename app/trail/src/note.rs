//! Signed notes (c2sp.org/signed-note): a text, a blank line, and lines of signatures.
//!
//! Read strictly: one spelling for each note, so that a note which was read and written again is
//! the same bytes. Signatures of unknown keys are carried along and never looked into.
//!
//! ```text
//! example.com/log
//! 4
//! OfXW3Qb1v0…=
//!
//! — example.com/log Az3grlgtzPICa5OS…=
//! ```

mod key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{Algorithm, KeyError, SigningKey, VerifyingKey};

/// The longest note that is read, in bytes.
pub const MAX_BYTES: usize = 1_000_000;

/// The most signatures that are read; C2SP asks for 16 at least.
pub const MAX_SIGNATURES: usize = 100;

/// What begins a line of a signature: em dash and space.
const SIGNATURE: &str = "\u{2014} ";

/// A text with the signatures that came with it. Having one says nothing about their validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One line of signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of the hash that names the key: a hint, no proof.
    pub key_id: [u8; 4],
    /// What the key's algorithm made of the text.
    pub bytes: Vec<u8>,
}

/// Why a text is no note, or a note is not what it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_BYTES`] or [`MAX_SIGNATURES`].
    #[error("the note is too long")]
    TooLong,
    /// A control character other than the newline.
    #[error("the note holds a control character")]
    Control,
    /// The text must end in a newline.
    #[error("the text of the note does not end in a newline")]
    Unterminated,
    /// No blank line, or nothing after it.
    #[error("the note has no signatures")]
    Unsigned,
    /// A line below the blank one that is no signature.
    #[error("line {0} of the signatures is malformed")]
    Signature(usize),
    /// One known key must sign once, so that it is clear which signature counts.
    #[error("the note has two signatures of the key {0}")]
    Twice(String),
    /// A known key's signature does not fit the text.
    #[error("the signature of the key {0} does not fit the text")]
    Invalid(String),
    /// The key is for signatures of another kind.
    #[error("the key {0} is not made for signatures of this kind")]
    Algorithm(String),
}

impl Note {
    /// A note that nobody signed yet.
    ///
    /// # Errors
    ///
    /// [`NoteError::Control`], [`NoteError::Unterminated`], [`NoteError::TooLong`].
    pub fn new(text: String) -> Result<Self, NoteError> {
        check_characters(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Unterminated);
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note with one signature at least.
    ///
    /// # Errors
    ///
    /// [`NoteError`] where the text departs from the format in any way.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        check_characters(note)?;
        // The last blank line divides, because the text may have blank lines of its own.
        let blank = note.rfind("\n\n").ok_or(NoteError::Unsigned)?;
        let (text, rest) = note.split_at(blank + 1);
        let lines = rest.get(1..).unwrap_or_default();
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
        let mut signatures = Vec::new();
        for (number, line) in lines.split('\n').enumerate() {
            if number == MAX_SIGNATURES {
                return Err(NoteError::TooLong);
            }
            signatures.push(Signature::parse(line).ok_or(NoteError::Signature(number + 1))?);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The signed text, its last newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures in their order, of known and of unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, in the place of an earlier one of the same key.
    pub fn attach(&mut self, signature: Signature) {
        let same =
            |held: &&mut Signature| held.name == signature.name && held.key_id == signature.key_id;
        match self.signatures.iter_mut().find(same) {
            Some(held) => *held = signature,
            None => self.signatures.push(signature),
        }
    }

    /// Signs the text with a key for plain signatures.
    ///
    /// # Errors
    ///
    /// [`NoteError::Algorithm`] for a key of another kind.
    pub fn sign(&mut self, key: &SigningKey) -> Result<(), NoteError> {
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(NoteError::Algorithm(key.name().to_owned()));
        }
        self.attach(Signature {
            name: key.name().to_owned(),
            key_id: key.id(),
            bytes: key.sign(self.text.as_bytes()).to_vec(),
        });
        Ok(())
    }

    /// Whether a key for plain signatures signed the text.
    ///
    /// # Errors
    ///
    /// [`NoteError::Invalid`] where its signature is there and does not fit: then the whole note
    /// is to be refused. [`NoteError::Twice`], [`NoteError::Algorithm`].
    pub fn is_signed_by(&self, key: &VerifyingKey) -> Result<bool, NoteError> {
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(NoteError::Algorithm(key.name().to_owned()));
        }
        match self.signature_of(key)? {
            None => Ok(false),
            Some(bytes) if key.fits(self.text.as_bytes(), bytes) => Ok(true),
            Some(_) => Err(NoteError::Invalid(key.name().to_owned())),
        }
    }

    /// What stands in the line of this key, unverified.
    ///
    /// # Errors
    ///
    /// [`NoteError::Twice`].
    pub fn signature_of(&self, key: &VerifyingKey) -> Result<Option<&[u8]>, NoteError> {
        let mut lines = self
            .signatures
            .iter()
            .filter(|line| line.key_id == key.id() && line.name == key.name());
        let first = lines.next();
        if lines.next().is_some() {
            return Err(NoteError::Twice(key.name().to_owned()));
        }
        Ok(first.map(|line| line.bytes.as_slice()))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

impl Signature {
    /// Reads one line, without its newline: what a witness answers with.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
        let decoded = STANDARD.decode(encoded).ok()?;
        let (key_id, bytes) = decoded.split_first_chunk()?;
        (key::is_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            key_id: *key_id,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_vec();
        bytes.extend_from_slice(&self.bytes);
        write!(f, "{SIGNATURE}{} {}", self.name, STANDARD.encode(bytes))
    }
}

fn check_characters(note: &str) -> Result<(), NoteError> {
    if note.len() > MAX_BYTES {
        return Err(NoteError::TooLong);
    }
    // U+007F is a control character to Unicode and allowed by C2SP.
    if note.bytes().any(|b| b < b' ' && b != b'\n') {
        return Err(NoteError::Control);
    }
    Ok(())
}
