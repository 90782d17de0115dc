//! Reads a line from left to right: known bytes, numbers, strings, and values as they stand.
//!
//! Of values it finds the extent without judging all of their grammar: what a commitment does not
//! vouch for never gets further, and what it does vouch for was canonical when it was recorded.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LineError;
use crate::Hash;
use crate::canon::MAX_DEPTH;

/// Room for the longest bytes that a line has in base64, rounded up to groups of three.
const BUFFER: usize = 96;

pub(super) struct Scan<'a> {
    line: &'a str,
    /// Always on a character boundary.
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) const fn new(line: &'a str) -> Self {
        Self { line, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// What was read since `start`.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.line.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn fault(&self, expected: &'static str) -> LineError {
        LineError {
            at: self.at,
            expected,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    /// Takes these bytes if they come next.
    pub(super) fn eat(&mut self, literal: &str) -> bool {
        let found = self.rest().as_bytes().starts_with(literal.as_bytes());
        if found {
            self.at += literal.len();
        }
        found
    }

    pub(super) fn expect(&mut self, literal: &'static str) -> Result<(), LineError> {
        if self.eat(literal) {
            Ok(())
        } else {
            Err(self.fault(literal))
        }
    }

    pub(super) fn end(&self) -> Result<(), LineError> {
        if self.at == self.line.len() {
            Ok(())
        } else {
            Err(self.fault("the end of the line"))
        }
    }

    /// Plain digits without leading zeros.
    pub(super) fn number(&mut self) -> Result<u64, LineError> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.since(start);
        crate::checkpoint::decimal(digits)
            .filter(|_| !digits.is_empty())
            .ok_or(LineError {
                at: start,
                expected: "a whole number",
            })
    }

    /// A string as it stands, without its quotes.
    pub(super) fn raw_string(&mut self) -> Result<&'a str, LineError> {
        let start = self.at + 1;
        self.skip_string()?;
        Ok(self.line.get(start..self.at - 1).unwrap_or_default())
    }

    /// A string by its meaning.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, LineError> {
        let start = self.at;
        let raw = self.raw_string()?;
        if !raw.contains('\\') {
            return Ok(Cow::Borrowed(raw));
        }
        serde_json::from_str(self.since(start))
            .map(Cow::Owned)
            .map_err(|_| LineError {
                at: start,
                expected: "a string",
            })
    }

    /// A string that is base64 of `N` bytes, at most 90.
    pub(super) fn base64<const N: usize>(&mut self) -> Result<[u8; N], LineError> {
        let start = self.at;
        let fault = LineError {
            at: start,
            expected: "bytes in base64",
        };
        decode(self.raw_string()?).ok_or(fault)
    }

    pub(super) fn hash(&mut self) -> Result<Hash, LineError> {
        self.base64().map(Hash)
    }

    /// A string that is a hash in hexadecimal.
    pub(super) fn hex(&mut self) -> Result<Hash, LineError> {
        let fault = self.fault("a hash in hexadecimal");
        self.raw_string()?.parse().map_err(|_| fault)
    }

    /// A list whose elements `read` takes, commas between them.
    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, LineError>,
    ) -> Result<Vec<T>, LineError> {
        self.expect("[")?;
        let mut elements = Vec::new();
        if self.eat("]") {
            return Ok(elements);
        }
        loop {
            elements.push(read(self)?);
            if self.eat("]") {
                return Ok(elements);
            }
            self.expect(",")?;
        }
    }

    /// So many bytes as they stand. They are to be hashed, so nobody need find their end.
    pub(super) fn take(&mut self, bytes: u64) -> Result<&'a str, LineError> {
        let start = self.at;
        let taken = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| self.rest().get(..bytes));
        let taken = taken.ok_or(LineError {
            at: start,
            expected: "as many bytes as were announced",
        })?;
        self.at += taken.len();
        Ok(taken)
    }

    /// The text of a value as it stands.
    pub(super) fn value(&mut self) -> Result<&'a str, LineError> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.skip_string()?,
            Some(b'{' | b'[') => self.skip_container()?,
            _ => self.skip_word()?,
        }
        Ok(self.since(start))
    }

    fn skip_word(&mut self) -> Result<(), LineError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            Err(self.fault("a value"))
        }
    }

    fn skip_string(&mut self) -> Result<(), LineError> {
        self.expect("\"")?;
        loop {
            let rest = self.rest().as_bytes();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.fault("a string that ends"));
            };
            self.at += found + 1;
            if rest.get(found) == Some(&b'"') {
                return Ok(());
            }
            // Whatever is escaped begins with ASCII; anything else would split a character.
            match self.peek() {
                Some(escaped) if escaped.is_ascii() => self.at += 1,
                _ => return Err(self.fault("an escape")),
            }
        }
    }

    fn skip_container(&mut self) -> Result<(), LineError> {
        // One bit for each level: set within objects.
        let mut objects: u64 = 0;
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.skip_string()?;
                    continue;
                }
                Some(open @ (b'{' | b'[')) => {
                    if depth == MAX_DEPTH {
                        return Err(self.fault("less nesting"));
                    }
                    depth += 1;
                    objects = (objects << 1) | u64::from(open == b'{');
                }
                Some(close @ (b'}' | b']')) => {
                    if (objects & 1 == 1) != (close == b'}') {
                        return Err(self.fault("the bracket that was opened"));
                    }
                    depth -= 1;
                    objects >>= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(());
                    }
                }
                // Outside of strings all of JSON is ASCII.
                Some(byte) if byte.is_ascii_graphic() => (),
                _ => return Err(self.fault("a value that ends")),
            }
            self.at += 1;
        }
    }
}

/// The bytes of canonical base64, if there are `N`.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut buffer = [0; BUFFER];
    let length = STANDARD.decode_slice(text, &mut buffer).ok()?;
    buffer.get(..length)?.try_into().ok()
}
