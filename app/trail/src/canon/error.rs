//! What is wrong with a value, and where. Says it so that the sender can mend it.

use std::fmt::Write as _;

/// Longer keys are cut in paths: a message repeats what it names, not a megabyte of it.
const KEY_SHOWN_CHARS: usize = 64;

/// A value without canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct CanonError {
    /// Where: `$` is the document, `$.details.items[3]` an element in it,
    /// `$["two words"]` a key that is no plain name.
    pub path: String,
    /// What is wrong there.
    pub reason: Reason,
}

impl CanonError {
    /// The same error, seen from a document that holds the value in `place`, such as
    /// `$.details`.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        let inner = self.path.strip_prefix('$').unwrap_or(&self.path);
        Self {
            path: format!("{place}{inner}"),
            reason: self.reason,
        }
    }
}

/// Why a value has no canonical form. Its text is fit to be shown to whoever sent the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is not JSON (RFC 8259).
    #[error("not JSON: expected {expected} at byte {at}, found {found}")]
    Syntax {
        /// What could have stood there.
        expected: &'static str,
        /// What stands there, quoted.
        found: String,
        /// Offset from the start of the document, in bytes, from 0.
        at: usize,
    },
    /// More than [`super::MAX_DEPTH`] containers inside one another.
    #[error("nested deeper than {} levels", super::MAX_DEPTH)]
    Depth,
    /// One object has the key twice.
    #[error("the key appears twice in its object")]
    DuplicateKey,
    /// A key that has a meaning of its own to the JSON library.
    #[error("this key is reserved; choose another name")]
    ReservedKey,
    /// `\ud800` to `\udfff` without its other half.
    #[error("the text holds half of a surrogate pair; send the character itself")]
    LoneSurrogate,
    /// U+0000, which the database cannot store in a text.
    #[error("the text holds U+0000, which cannot be stored; leave it out")]
    Nul,
    /// A whole number beyond 38 digits.
    #[error("a whole number may have at most 38 digits; send it as text")]
    IntegerTooLong,
    /// A fraction that a double cannot hold to the last digit.
    #[error(
        "the number would lose digits (the nearest that is exact is {nearest}); send it as text or rounded"
    )]
    Inexact {
        /// The canonical form of the nearest double.
        nearest: String,
    },
    /// Nearer to zero than doubles reach.
    #[error("the number is too small to be kept; send it as text")]
    TooSmall,
}

/// An error on its way out of nested values, which learns its path from the inside outwards, so
/// that reading a good value never pays for paths.
#[derive(Debug)]
pub(super) struct Fault {
    reason: Reason,
    steps: Vec<String>,
}

impl Fault {
    /// The same fault, seen from the object that holds it under `key`.
    pub(super) fn under_key(mut self, key: &str) -> Self {
        self.steps.push(key_step(key));
        self
    }

    /// The same fault, seen from the array that holds it at `index`.
    pub(super) fn under_index(mut self, index: usize) -> Self {
        self.steps.push(format!("[{index}]"));
        self
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            steps: Vec::new(),
        }
    }
}

impl From<Fault> for CanonError {
    fn from(fault: Fault) -> Self {
        let mut path = String::from("$");
        path.extend(fault.steps.into_iter().rev());
        Self {
            path,
            reason: fault.reason,
        }
    }
}

fn key_step(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && key.len() <= KEY_SHOWN_CHARS;
    if plain {
        return format!(".{key}");
    }
    let mut step = String::from("[\"");
    for c in key.chars().take(KEY_SHOWN_CHARS) {
        // Writing to a string cannot fail.
        let _ = write!(step, "{}", c.escape_debug());
    }
    if key.chars().nth(KEY_SHOWN_CHARS).is_some() {
        step.push('…');
    }
    step.push_str("\"]");
    step
}
