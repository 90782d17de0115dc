//! Canonical values: one sequence of bytes for each JSON value, so that a hash taken before
//! storing equals the hash of what is read back from `JSONB`.
//!
//! The form is RFC 8785 (JCS): no blanks, keys ordered by UTF-16 code units, the shortest
//! escapes. Numbers differ from it, because JCS alone would let 9007199254740993 and
//! 9007199254740992 share a form. A number is taken *by value*, never by its spelling (`JSONB`
//! turns `1e3` into `1000` and `1e-7` into `0.0000001`, and keeps `1.0` as `1.0`):
//!
//! - Zero is `0`, with whatever sign, fraction or exponent it was written.
//! - Another whole number is its plain decimal digits: `1.0` is `1`, `1e21` is
//!   `1000000000000000000000`. More than 38 digits are refused.
//! - A number with a fraction is written as ECMAScript writes the nearest double, and must have
//!   exactly that value: `0.10` is `0.1`, `0.0000001` is `1e-7`, and
//!   `0.1000000000000000055` is refused, since a reader with doubles would lose digits.
//!
//! Refused besides: a key twice in one object, half of a surrogate pair, U+0000 (which Postgres
//! cannot store), nesting deeper than [`MAX_DEPTH`], and the keys by which `serde_json` marks its
//! own numbers (reading them back would yield another value). The length of a text is the
//! caller's to limit.

mod error;
mod inet;
mod number;
mod read;
mod time;
mod write;

pub use error::{CanonError, Reason};
pub use inet::inet;
pub use time::timestamp;

use serde_json::Value;

/// How many arrays and objects may stand inside one another; `[]` alone is one.
pub const MAX_DEPTH: usize = 64;

/// Keys with a meaning of their own to `serde_json`, which would not survive a round trip.
const RESERVED_KEYS: [&str; 2] = [
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
];

/// Reads one JSON document strictly and normalises its numbers.
///
/// # Errors
///
/// [`CanonError`] with the path of what is not JSON or has no canonical form.
pub fn parse(text: &str) -> Result<Value, CanonError> {
    read::document(text).map_err(CanonError::from)
}

/// The canonical text of a value, whose UTF-8 bytes are what is hashed.
///
/// # Errors
///
/// [`CanonError`] where the value holds what [`parse`] would have refused.
pub fn canonical(value: &Value) -> Result<String, CanonError> {
    let mut out = String::new();
    write::value(value, 0, &mut out)?;
    Ok(out)
}

/// The canonical text of a text: quoted, with the shortest escapes.
///
/// # Errors
///
/// [`CanonError`] where the text holds U+0000.
pub fn text(text: &str) -> Result<String, CanonError> {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(text, &mut out)?;
    Ok(out)
}

/// Appends the canonical text of a text; on an error a part of it may stand there already.
pub(crate) fn write_text(text: &str, out: &mut String) -> Result<(), CanonError> {
    write::string(text, out).map_err(CanonError::from)
}

/// The value that [`parse`] would give for this one's text: for values that were built in
/// memory, or read by `serde_json` from a source that cannot hold a key twice.
///
/// # Errors
///
/// As [`canonical`].
pub fn normalise(value: &Value) -> Result<Value, CanonError> {
    parse(&canonical(value)?)
}
