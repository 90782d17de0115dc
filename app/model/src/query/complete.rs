//! Completion: what the cursor in a search box stands in, and what could stand there. Values that
//! only the server knows (actors, teams) are asked for elsewhere, with what this says.

use std::ops::Range;

use super::display::value;
use super::field::Field;
use super::lex::field_name;

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that an accepted suggestion replaces.
    pub replace: Range<usize>,
    pub kind: CompletionKind,
    /// What is typed so far, left of the cursor, without an opening quote.
    pub prefix: String,
}

/// Whether a field's name or one of its values is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    Field,
    Value(Field),
}

/// Something that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The field's name or the plain value, as [`Completion::accept`] takes it.
    pub text: String,
    /// A line of explanation; empty for values.
    pub help: &'static str,
}

impl Completion {
    /// What fits without asking the server.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let prefix = self.prefix.to_ascii_lowercase();
        let fits = |text: &str| text.starts_with(&prefix);
        match self.kind {
            CompletionKind::Field => Field::ALL
                .iter()
                .filter(|field| fits(field.as_str()))
                .map(|field| Suggestion {
                    text: field.to_string(),
                    help: field.help(),
                })
                .collect(),
            CompletionKind::Value(field) => field
                .values()
                .into_iter()
                .filter(|text| fits(text))
                .map(|text| Suggestion {
                    text: text.to_owned(),
                    help: "",
                })
                .collect(),
        }
    }

    /// The text with the suggestion put in, and the byte at which the cursor goes on: behind the
    /// colon of a field, behind the space after a value.
    #[must_use]
    pub fn accept(&self, text: &str, suggestion: &str) -> (String, usize) {
        let before = text.get(..self.replace.start).unwrap_or(text);
        let after = text.get(self.replace.end..).unwrap_or_default();
        let (put, after) = match self.kind {
            CompletionKind::Field => (format!("{suggestion}:"), after.trim_start_matches(':')),
            CompletionKind::Value(_) if after.starts_with(',') => (value(suggestion), after),
            CompletionKind::Value(_) => (format!("{} ", value(suggestion)), after.trim_start()),
        };
        (format!("{before}{put}{after}"), before.len() + put.len())
    }
}

/// What the cursor, a byte offset, stands in; none inside free text in quotes.
#[must_use]
pub fn complete(text: &str, cursor: usize) -> Option<Completion> {
    let left = text.get(..cursor)?;
    let mut start = last_start(left, char::is_whitespace);
    if text.get(start..cursor)?.starts_with('-') {
        start += 1;
    }
    let typed = text.get(start..cursor)?;
    if typed.starts_with('"') {
        return None;
    }
    let Some(name) = field_name(typed) else {
        let ends = |c: char| c.is_whitespace() || c == ':';
        let prefix = typed.to_owned();
        return Some(Completion {
            replace: start..end(text, cursor, ends),
            kind: CompletionKind::Field,
            prefix,
        });
    };
    let field = Field::named(name)?;
    let values = start + name.len() + 1;
    let item = values + last_start(text.get(values..cursor)?, |c| c == ',');
    let typed = text.get(item..cursor)?;
    let quoted = typed.strip_prefix('"');
    let ends = |c: char| {
        c == ','
            || if quoted.is_some() {
                c == '"'
            } else {
                c.is_whitespace()
            }
    };
    let mut replace = item..end(text, cursor, ends);
    // An open quote ends with the text, so that nothing behind it is swallowed by accident.
    if quoted.is_some() {
        match text.get(replace.end..) {
            Some(rest) if rest.starts_with('"') => replace.end += 1,
            _ => replace.end = cursor,
        }
    }
    let prefix = quoted.unwrap_or(typed).trim_end_matches('"').to_owned();
    Some(Completion {
        replace,
        kind: CompletionKind::Value(field),
        prefix,
    })
}

/// The byte offset of an offset in UTF-16 units, as browsers count a cursor's place.
#[must_use]
pub fn byte_offset(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (place, c) in text.char_indices() {
        if units >= utf16 {
            return place;
        }
        units += c.len_utf16();
    }
    text.len()
}

/// The offset in UTF-16 units of a byte offset: where a browser puts the cursor.
#[must_use]
pub fn utf16_offset(text: &str, byte: usize) -> usize {
    let left = text.get(..byte).unwrap_or(text);
    left.encode_utf16().count()
}

/// Where the last part of `text` begins, parts being divided outside quotes.
fn last_start(text: &str, divides: impl Fn(char) -> bool) -> usize {
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    let mut before = None;
    for (place, c) in text.char_indices() {
        // A quote opens at the beginning of a part or a value; elsewhere it is a character.
        let opens = place == start || matches!(before, Some(':' | ',' | '-'));
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if quoted || opens => quoted = !quoted,
            _ if !quoted && divides(c) => start = place + c.len_utf8(),
            _ => {}
        }
        before = Some(c);
    }
    start
}

fn end(text: &str, cursor: usize, ends: impl Fn(char) -> bool) -> usize {
    let right = text.get(cursor..).unwrap_or_default();
    cursor + right.find(ends).unwrap_or(right.len())
}
