//! Makes typed predicates of what the lexer cut, and says what is wrong in words for whoever
//! typed it.

use std::ops::Range;
use std::str::FromStr;

use super::Query;
use super::error::ParseError;
use super::field::Field;
use super::lex::{Item, Lexer, Token};
use super::term::{IpRange, Pattern, Predicate, ResourcePattern, Term};
use super::time::Last;
use super::written_time;
use crate::event::UnknownValue;

/// The longest text that is read; an address with more is cut off by browsers and proxies.
pub const MAX_QUERY_BYTES: usize = 8_192;

pub(super) fn query(text: &str) -> Result<Query, ParseError> {
    if text.len() > MAX_QUERY_BYTES {
        let message = format!("The query is longer than {MAX_QUERY_BYTES} bytes");
        return Err(ParseError::new(0..text.len(), message));
    }
    let mut lexer = Lexer::new(text);
    let mut terms = Vec::new();
    while let Some(token) = lexer.token()? {
        terms.push(term(token)?);
    }
    Ok(Query { terms })
}

fn term(token: Token<'_>) -> Result<Term, ParseError> {
    let Token {
        negated,
        field,
        at,
        items,
    } = token;
    let predicate = match field {
        None => free_text(items, at)?,
        Some(name) => {
            let field = Field::named(name).ok_or_else(|| unknown_field(name, at.clone()))?;
            predicate(field, &items, at)?
        }
    };
    Ok(Term { negated, predicate })
}

fn free_text(items: Vec<Item>, at: Range<usize>) -> Result<Predicate, ParseError> {
    let text: String = items.into_iter().map(|item| item.text).collect();
    if text.is_empty() {
        return Err(ParseError::new(at, "There is nothing between the quotes"));
    }
    Ok(Predicate::Text(text))
}

fn unknown_field(name: &str, at: Range<usize>) -> ParseError {
    let error = ParseError::new(at, format!("There is no field `{name}`"));
    match Field::nearest(name) {
        Some(field) => error.hinting(format!(
            "Did you mean `{field}`, as in {}?",
            field.example()
        )),
        None => error.hinting("To search for the text itself, put it in quotes"),
    }
}

/// The predicate of a field with these values; `at` is blamed where no single value is.
pub(super) fn predicate(
    field: Field,
    items: &[Item],
    at: Range<usize>,
) -> Result<Predicate, ParseError> {
    let values = Values { field, items, at };
    values.check()?;
    Ok(match field {
        Field::Actor => Predicate::Actor(values.each(pattern)?),
        Field::Action => Predicate::Action(values.each(pattern)?),
        Field::Resource => Predicate::Resource(values.each(resource)?),
        Field::ActorType => Predicate::ActorType(values.each(word)?),
        Field::Status => Predicate::Status(values.each(word)?),
        Field::Category => Predicate::Category(values.each(word)?),
        Field::Classification => Predicate::Classification(values.each(word)?),
        Field::Tag => Predicate::Tag(values.each(text)?),
        Field::Team => Predicate::Team(values.each(text)?),
        Field::Source => Predicate::Source(values.each(text)?),
        Field::Request => Predicate::Request(values.each(text)?),
        Field::Session => Predicate::Session(values.each(text)?),
        Field::Ip => Predicate::Ip(values.each(ip)?),
        Field::Id => Predicate::Id(values.each(id)?),
        Field::Created => {
            Predicate::Created(values.one(|item| Ok(written_time::range(&item.text)?))?)
        }
        Field::Last => Predicate::Last(values.one(last)?),
    })
}

struct Values<'a> {
    field: Field,
    items: &'a [Item],
    at: Range<usize>,
}

impl Values<'_> {
    /// What holds for every field: values are there, and stars stand where they mean something.
    fn check(&self) -> Result<(), ParseError> {
        let field = self.field;
        let as_in = format!("As in {}", field.example());
        if self.items.is_empty() {
            return Err(
                ParseError::new(self.at.clone(), format!("`{field}` needs a value")).hinting(as_in),
            );
        }
        for item in self.items {
            let wrong = |message: String| ParseError::new(item.at.clone(), message);
            if item.text.is_empty() && !(item.star && field.takes_prefix()) {
                let at = self.at.start.min(item.at.start)..self.at.end.max(item.at.end);
                return Err(ParseError::new(at, format!("`{field}` needs a value")).hinting(as_in));
            }
            if item.star && !field.takes_prefix() {
                return Err(wrong(format!("`{field}` takes no `*`")).hinting(as_in));
            }
            if !item.quoted && item.text.contains('*') {
                return Err(
                    wrong("A `*` may only stand at the end of a value".to_owned())
                        .hinting("For the character itself, put the value in quotes"),
                );
            }
        }
        Ok(())
    }

    fn each<T>(&self, read: impl Fn(&Item) -> Result<T, Wrong>) -> Result<Vec<T>, ParseError> {
        self.items
            .iter()
            .map(|item| self.read(item, &read))
            .collect()
    }

    fn one<T>(&self, read: impl Fn(&Item) -> Result<T, Wrong>) -> Result<T, ParseError> {
        match self.items {
            [item] => self.read(item, &read),
            _ => Err(ParseError::new(
                self.at.clone(),
                format!("`{}` takes one value", self.field),
            )),
        }
    }

    fn read<T>(
        &self,
        item: &Item,
        read: impl Fn(&Item) -> Result<T, Wrong>,
    ) -> Result<T, ParseError> {
        read(item).map_err(|Wrong(why)| {
            ParseError::new(item.at.clone(), format!("`{}` {why}", self.field))
        })
    }
}

/// What is wrong with one value; completes "`field` …".
struct Wrong(String);

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one shape for the readers of every field"
)]
fn text(item: &Item) -> Result<String, Wrong> {
    Ok(item.text.clone())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one shape for the readers of every field"
)]
fn pattern(item: &Item) -> Result<Pattern, Wrong> {
    let text = item.text.clone();
    Ok(if item.star {
        Pattern::Prefix(text)
    } else {
        Pattern::Exact(text)
    })
}

fn word<T: FromStr<Err = UnknownValue>>(item: &Item) -> Result<T, Wrong> {
    let read = item.text.to_ascii_lowercase().parse();
    read.map_err(|e: UnknownValue| Wrong(format!("is one of {}", e.allowed.join(", "))))
}

fn resource(item: &Item) -> Result<ResourcePattern, Wrong> {
    Ok(match item.text.split_once('/') {
        None => ResourcePattern::Type(item.text.clone()),
        Some((_, "")) => return Err("needs an id behind the `/`, or no `/`".into()),
        Some(("", id)) => ResourcePattern::Id(id.to_owned()),
        Some((kind, id)) => ResourcePattern::Both(kind.to_owned(), id.to_owned()),
    })
}

fn ip(item: &Item) -> Result<IpRange, Wrong> {
    const WRONG: &str = "takes an address such as 10.1.2.3 or a network such as 10.0.0.0/8";
    let Some((address, prefix)) = item.text.split_once('/') else {
        return item
            .text
            .parse()
            .map(IpRange::single)
            .map_err(|_| WRONG.into());
    };
    let address = address.parse().map_err(|_| WRONG)?;
    let range = prefix
        .parse()
        .ok()
        .and_then(|prefix| IpRange::new(address, prefix));
    range.ok_or_else(|| WRONG.into())
}

fn id(item: &Item) -> Result<uuid::Uuid, Wrong> {
    item.text
        .parse()
        .map_err(|_| "takes an event's id, a UUID".into())
}

fn last(item: &Item) -> Result<Last, Wrong> {
    let wrong = "takes a length such as 15m, 24h, 7d or 4w, of ten years at most";
    Last::parse(&item.text).ok_or_else(|| wrong.into())
}
