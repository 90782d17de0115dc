//! Edits by controls: a click on a value, a choice in a select. Each gives a new query, whose text
//! goes back into the search box.

use super::Query;
use super::display::plain;
use super::error::ParseError;
use super::field::Field;
use super::lex::Item;
use super::parse::predicate;
use super::term::{Predicate, Term};

impl Query {
    /// The query with the term, once; its contrary goes, since both together match nothing.
    #[must_use]
    pub fn with(mut self, term: Term) -> Self {
        self.terms
            .retain(|t| t.predicate != term.predicate || t.negated == term.negated);
        if !self.terms.contains(&term) {
            self.terms.push(term);
        }
        self
    }

    /// The query without the term.
    #[must_use]
    pub fn without(mut self, term: &Term) -> Self {
        self.terms.retain(|t| t != term);
        self
    }

    /// The query with the term if it lacked it, else without.
    #[must_use]
    pub fn toggle(self, term: Term) -> Self {
        if self.terms.contains(&term) {
            self.without(&term)
        } else {
            self.with(term)
        }
    }

    /// The query with one term for the field, which any of the values meets, where the first of
    /// its terms stood; no values: without the field. Excluding terms stay. A value is plain
    /// text, as [`Query::values_of`] gives it: `user.*` is a beginning.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the field refuses a value; its place refers to nothing then.
    pub fn replace_field(mut self, field: Field, values: &[String]) -> Result<Self, ParseError> {
        let asks = |term: &Term| !term.negated && term.predicate.field() == Some(field);
        let place = self.terms.iter().position(asks).unwrap_or(self.terms.len());
        self.terms.retain(|term| !asks(term));
        if !values.is_empty() {
            let items: Vec<_> = values.iter().map(|value| starred(field, value)).collect();
            self.terms
                .insert(place, Term::only(predicate(field, &items, 0..0)?));
        }
        Ok(self)
    }

    /// The query without anything said about the field, excluding terms included.
    #[must_use]
    pub fn without_field(mut self, field: Field) -> Self {
        self.terms
            .retain(|term| term.predicate.field() != Some(field));
        self
    }

    /// The values that the field is asked for (not those excluded), as plain text.
    #[must_use]
    pub fn values_of(&self, field: Field) -> Vec<String> {
        self.terms
            .iter()
            .filter(|term| !term.negated && term.predicate.field() == Some(field))
            .flat_map(|term| plain(&term.predicate))
            .collect()
    }
}

impl Predicate {
    /// The field equals this very text, stars and all: what a click on a value asks for.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the field refuses the value; its place refers to nothing then.
    pub fn exactly(field: Field, value: &str) -> Result<Self, ParseError> {
        predicate(field, &[item(value, false)], 0..0)
    }
}

fn starred(field: Field, value: &str) -> Item {
    match value.strip_suffix('*') {
        Some(text) if field.takes_prefix() => item(text, true),
        _ => item(value, false),
    }
}

fn item(text: &str, star: bool) -> Item {
    Item {
        text: text.to_owned(),
        quoted: true,
        star,
        at: 0..0,
    }
}
