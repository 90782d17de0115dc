//! Cuts a query's text into terms: the sign, the field's name, the values with their quotes
//! resolved. What a field's values mean is not its business.

use std::ops::Range;

use super::error::ParseError;
use super::field::Field;

/// One term as written.
pub(super) struct Token<'a> {
    pub(super) negated: bool,
    /// The name before the colon; none for free text, which has one item.
    pub(super) field: Option<&'a str>,
    /// The name, or the whole text.
    pub(super) at: Range<usize>,
    pub(super) items: Vec<Item>,
}

/// One value as written.
pub(super) struct Item {
    /// Without quotes and, where `star` is set, without the star.
    pub(super) text: String,
    /// Whether the text is to be taken as it stands.
    pub(super) quoted: bool,
    /// Whether it ends in a `*` outside quotes.
    pub(super) star: bool,
    pub(super) at: Range<usize>,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next term, or none at the end.
    pub(super) fn token(&mut self) -> Result<Option<Token<'a>>, ParseError> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let excluded = self
            .rest()
            .strip_prefix('-')
            .filter(|rest| !starts_blank(rest));
        let negated = excluded.is_some();
        self.at += usize::from(negated);
        let start = self.at;
        if let Some(name) = field_name(self.rest()) {
            self.at += name.len() + 1;
            let items = self.items()?;
            let at = start..start + name.len();
            return Ok(Some(Token {
                negated,
                field: Some(name),
                at,
                items,
            }));
        }
        let item = if self.rest().starts_with('"') {
            let text = self.quoted()?;
            self.end_of_value(false)?;
            Item {
                text,
                quoted: true,
                star: false,
                at: start..self.at,
            }
        } else {
            let text = self.bare(char::is_whitespace).to_owned();
            Item {
                text,
                quoted: false,
                star: false,
                at: start..self.at,
            }
        };
        Ok(Some(Token {
            negated,
            field: None,
            at: start..self.at,
            items: vec![item],
        }))
    }

    fn items(&mut self) -> Result<Vec<Item>, ParseError> {
        let mut items = Vec::new();
        loop {
            items.push(self.item()?);
            if !self.rest().starts_with(',') {
                return Ok(items);
            }
            self.at += 1;
        }
    }

    fn item(&mut self) -> Result<Item, ParseError> {
        let start = self.at;
        if self.rest().starts_with('"') {
            let text = self.quoted()?;
            let star = self.rest().starts_with('*');
            self.at += usize::from(star);
            self.end_of_value(true)?;
            return Ok(Item {
                text,
                quoted: true,
                star,
                at: start..self.at,
            });
        }
        let bare = self.bare(|c| c.is_whitespace() || c == ',');
        let (text, star) = bare
            .strip_suffix('*')
            .map_or((bare, false), |text| (text, true));
        Ok(Item {
            text: text.to_owned(),
            quoted: false,
            star,
            at: start..self.at,
        })
    }

    fn bare(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let text = rest
            .find(ends)
            .and_then(|end| rest.get(..end))
            .unwrap_or(rest);
        self.at += text.len();
        text
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((place, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + place + 1;
                    return Ok(text);
                }
                '\\' => {
                    let escaped = chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
                    text.push(escaped.map_or('\\', |(_, next)| next));
                }
                _ => text.push(c),
            }
        }
        Err(
            ParseError::new(start..self.text.len(), "A quote is not closed")
                .hinting("Add `\"` at the end; inside quotes write `\\\"`"),
        )
    }

    /// After a closing quote nothing may cling to the value.
    fn end_of_value(&self, comma: bool) -> Result<(), ParseError> {
        let rest = self.rest();
        if rest.is_empty() || starts_blank(rest) || (comma && rest.starts_with(',')) {
            return Ok(());
        }
        let end = self.at + rest.chars().next().map_or(0, char::len_utf8);
        Err(
            ParseError::new(self.at..end, "Something follows a closing quote directly")
                .hinting("Put a space behind the quote; inside quotes write `\\\"`"),
        )
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

fn starts_blank(text: &str) -> bool {
    text.chars().next().is_none_or(char::is_whitespace)
}

/// The name in `name:value`; none for what only looks alike, such as `https://…` and `ab::1`.
pub(super) fn field_name(text: &str) -> Option<&str> {
    let (name, value) = text.split_once(':')?;
    let worded = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    let alike = || value.starts_with("//") || value.starts_with(':');
    // Behind a field's name such a beginning is a value: `ip:::1`.
    (worded && (Field::named(name).is_some() || !alike())).then_some(name)
}
