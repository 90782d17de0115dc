//! An event's line: its leaf, its public text and as much of its fields as is disclosed.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LineError;
use super::line::{Line, position};
use super::put::{list, put, quote};
use super::scan::Scan;
use crate::Hash;
use crate::field::Salt;
use crate::leaf::LEAF_BYTES;

/// How many bytes of its commitment follow the salt of a disclosed field: enough to name the one
/// that was altered. That none was, the leaf says.
pub const OPENING_CHECK_BYTES: usize = 5;

const SALT_BYTES: usize = 16;
const OPENING_BYTES: usize = SALT_BYTES + OPENING_CHECK_BYTES;
/// How many characters an opening has in base64; a commitment has 44.
const OPENING_CHARS: usize = OPENING_BYTES / 3 * 4;

/// An event with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine<'a> {
    /// Its position in the log.
    pub position: u64,
    /// Its leaf, encoded.
    pub leaf: [u8; LEAF_BYTES],
    /// The salt of the public text.
    pub salt: Salt,
    /// The canonical public text.
    pub public: &'a str,
    /// One for each path that the public text lists, in that order.
    pub fields: Vec<FieldLine<'a>>,
}

/// A field of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine<'a> {
    /// The path as a JSON string without its quotes.
    pub raw_path: Cow<'a, str>,
    /// As much of it as is disclosed.
    pub shown: Shown<'a>,
}

/// What a bundle discloses of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// The value.
    Clear {
        /// What hides the commitment.
        salt: Salt,
        /// The first bytes of the commitment.
        check: [u8; OPENING_CHECK_BYTES],
        /// Canonical text.
        value: &'a str,
    },
    /// The commitment alone.
    Hidden(Hash),
    /// The commitment, and a statement that the value is destroyed.
    Erased(Hash, &'a str),
}

impl<'a> EventLine<'a> {
    /// Reads the line of an event, without its newline.
    ///
    /// # Errors
    ///
    /// [`LineError`] for any other text.
    pub fn parse(line: &'a str) -> Result<Self, LineError> {
        match Line::parse(line)? {
            Line::Event(event) => Ok(event),
            _ => Err(LineError {
                at: 0,
                expected: "the line of an event",
            }),
        }
    }

    /// The line, without its newline: what [`EventLine::parse`] reads.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = String::new();
        self.write(&mut line);
        line
    }

    /// What follows `{"e":`, up to the closing brace.
    pub(super) fn read(scan: &mut Scan<'a>) -> Result<Self, LineError> {
        let position = position(scan)?;
        scan.expect(",\"leaf\":")?;
        let leaf = scan.base64()?;
        scan.expect(",\"salt\":")?;
        let salt = Salt(scan.base64()?);
        scan.expect(",\"bytes\":")?;
        let bytes = scan.number()?;
        scan.expect(",\"public\":")?;
        let public = scan.take(bytes)?;
        scan.expect(",\"fields\":")?;
        Ok(Self {
            position,
            leaf,
            salt,
            public,
            fields: scan.list(FieldLine::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        put(out, format_args!("{{\"e\":{},\"leaf\":\"", self.position));
        STANDARD.encode_string(self.leaf, out);
        out.push_str("\",\"salt\":\"");
        STANDARD.encode_string(self.salt.as_bytes(), out);
        put(
            out,
            format_args!("\",\"bytes\":{},\"public\":", self.public.len()),
        );
        out.push_str(self.public);
        out.push_str(",\"fields\":");
        list(&self.fields, out, FieldLine::write);
        out.push('}');
    }
}

impl<'a> FieldLine<'a> {
    /// A field by its path, which is escaped as canonical text is.
    #[must_use]
    pub fn new(path: &crate::field::Path, shown: Shown<'a>) -> Self {
        let mut quoted = String::new();
        quote(path.as_str(), &mut quoted);
        let inner = quoted.get(1..quoted.len().saturating_sub(1));
        let raw = inner.unwrap_or_default().to_owned();
        Self {
            raw_path: Cow::Owned(raw),
            shown,
        }
    }

    /// The path by its meaning; none where the line is not JSON.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        serde_json::from_str(&format!("\"{}\"", self.raw_path)).ok()
    }

    pub(super) fn read(scan: &mut Scan<'a>) -> Result<Self, LineError> {
        scan.expect("[")?;
        let raw_path = Cow::Borrowed(scan.raw_string()?);
        scan.expect(",")?;
        let shown = if scan.rest().as_bytes().get(OPENING_CHARS + 1) == Some(&b'"') {
            let opening: [u8; OPENING_BYTES] = scan.base64()?;
            let (salt, check) = opening.split_first_chunk().unwrap_or((&[0; 16], &[]));
            let salt = Salt(*salt);
            let check = check.try_into().unwrap_or_default();
            scan.expect(",")?;
            let bytes = scan.number()?;
            scan.expect(",")?;
            let value = scan.take(bytes)?;
            Shown::Clear { salt, check, value }
        } else {
            let commitment = scan.hash()?;
            if scan.eat(",") {
                Shown::Erased(commitment, scan.value()?)
            } else {
                Shown::Hidden(commitment)
            }
        };
        scan.expect("]")?;
        Ok(Self { raw_path, shown })
    }

    fn write(&self, out: &mut String) {
        out.push_str("[\"");
        out.push_str(&self.raw_path);
        out.push_str("\",\"");
        match &self.shown {
            Shown::Clear { salt, check, value } => {
                let mut opening = salt.as_bytes().to_vec();
                opening.extend_from_slice(check);
                STANDARD.encode_string(opening, out);
                put(out, format_args!("\",{},{value}", value.len()));
            }
            Shown::Hidden(commitment) => {
                STANDARD.encode_string(commitment, out);
                out.push('"');
            }
            Shown::Erased(commitment, why) => {
                STANDARD.encode_string(commitment, out);
                out.push_str("\",");
                out.push_str(why);
            }
        }
        out.push(']');
    }
}
