//! A strict reader of one JSON document (RFC 8259) in a single pass.
//!
//! `serde_json` keeps the last of two equal keys without a word, which would commit to something
//! else than what was sent; hence a reader of our own. It recovers from nothing.

use serde_json::{Map, Value};

use super::error::{Fault, Reason};
use super::{MAX_DEPTH, RESERVED_KEYS, number};

pub(super) fn document(text: &str) -> Result<Value, Fault> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_blanks();
    if reader.at < text.len() {
        return Err(reader.unexpected("the end of the document"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    /// Always on a character boundary.
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.object(deeper(depth)?).map(Value::Object),
            Some(b'[') => self.array(deeper(depth)?).map(Value::Array),
            Some(b'"') => self.string("a value").map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Map<String, Value>, Fault> {
        self.at += 1;
        let mut members = Map::new();
        self.skip_blanks();
        if self.eat(b'}') {
            return Ok(members);
        }
        loop {
            self.skip_blanks();
            let key = self.string("a key in quotes")?;
            if RESERVED_KEYS.contains(&key.as_str()) {
                return Err(Fault::from(Reason::ReservedKey).under_key(&key));
            }
            if members.contains_key(&key) {
                return Err(Fault::from(Reason::DuplicateKey).under_key(&key));
            }
            self.skip_blanks();
            if !self.eat(b':') {
                return Err(self.unexpected("`:`").under_key(&key));
            }
            let value = self.value(depth).map_err(|fault| fault.under_key(&key))?;
            members.insert(key, value);
            self.skip_blanks();
            if self.eat(b'}') {
                return Ok(members);
            }
            if !self.eat(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, Fault> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_blanks();
        if self.eat(b']') {
            return Ok(elements);
        }
        loop {
            let index = elements.len();
            elements.push(
                self.value(depth)
                    .map_err(|fault| fault.under_index(index))?,
            );
            self.skip_blanks();
            if self.eat(b']') {
                return Ok(elements);
            }
            if !self.eat(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn string(&mut self, expected: &'static str) -> Result<String, Fault> {
        if !self.eat(b'"') {
            return Err(self.unexpected(expected));
        }
        let mut out = String::new();
        loop {
            let start = self.at;
            while self
                .peek()
                .is_some_and(|b| b != b'"' && b != b'\\' && b >= 0x20)
            {
                self.at += 1;
            }
            out.push_str(self.since(start));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escaped()?);
                }
                Some(_) => return Err(self.unexpected("an escape for the control character")),
                None => return Err(self.unexpected("the closing `\"`")),
            }
        }
    }

    /// The character meant by what follows a backslash.
    fn escaped(&mut self) -> Result<char, Fault> {
        let c = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(quoted),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu`")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let unit = self.hex_unit()?;
        let code = match unit {
            0 => return Err(Reason::Nul.into()),
            0xd800..=0xdbff => {
                if !(self.eat(b'\\') && self.eat(b'u')) {
                    return Err(Reason::LoneSurrogate.into());
                }
                let low = self.hex_unit()?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return Err(Reason::LoneSurrogate.into());
                }
                0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            _ => unit,
        };
        // What is left outside `char` is a low half standing alone.
        char::from_u32(code).ok_or_else(|| Reason::LoneSurrogate.into())
    }

    fn hex_unit(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("four hexadecimal digits"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            self.digits()?;
        }
        let number = number::normal_form(self.since(start))?;
        number.parse().map(Value::Number).map_err(|_| {
            self.at = start;
            self.unexpected("a number")
        })
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.unexpected("a digit"));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, Fault> {
        if !self.rest().starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn unexpected(&self, expected: &'static str) -> Fault {
        let found = match self.rest().chars().next() {
            Some(c) => format!("`{}`", c.escape_debug()),
            None => "the end".to_owned(),
        };
        Reason::Syntax {
            expected,
            found,
            at: self.at,
        }
        .into()
    }
}

fn deeper(depth: usize) -> Result<usize, Fault> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(Reason::Depth.into())
    }
}
