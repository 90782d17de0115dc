//! The normal text of a query: what is shown, shared and stored, and reads back as the same query.

use std::fmt::{Display, Formatter, Result};

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};

use super::Query;
use super::lex::field_name;
use super::term::{IpRange, Pattern, Predicate, ResourcePattern, Term};
use super::time::TimeRange;

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, term) in self.terms.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            term.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.negated {
            f.write_str("-")?;
        }
        match &self.predicate {
            Predicate::Text(text) if is_bare_text(text) => f.write_str(text),
            Predicate::Text(text) => f.write_str(&quoted(text)),
            predicate => {
                if let Some(field) = predicate.field() {
                    write!(f, "{field}:")?;
                }
                f.write_str(&written(predicate).join(","))
            }
        }
    }
}

/// The values as they stand in a query; those of free text are its only one.
pub(super) fn written(predicate: &Predicate) -> Vec<String> {
    fn each<T>(values: &[T], write: impl Fn(&T) -> String) -> Vec<String> {
        values.iter().map(write).collect()
    }
    match predicate {
        Predicate::Actor(values) | Predicate::Action(values) => each(values, pattern),
        Predicate::Resource(values) => each(values, |v| value(&resource(v))),
        Predicate::ActorType(values) => each(values, ToString::to_string),
        Predicate::Status(values) => each(values, ToString::to_string),
        Predicate::Category(values) => each(values, ToString::to_string),
        Predicate::Classification(values) => each(values, ToString::to_string),
        Predicate::Tag(values)
        | Predicate::Team(values)
        | Predicate::Source(values)
        | Predicate::Request(values)
        | Predicate::Session(values) => each(values, |v| value(v)),
        Predicate::Ip(values) => each(values, ToString::to_string),
        Predicate::Id(values) => each(values, ToString::to_string),
        Predicate::Created(range) => vec![range.to_string()],
        Predicate::Last(last) => vec![last.to_string()],
        Predicate::Text(text) => vec![value(text)],
    }
}

/// The values as plain text, without quotes: what a control shows as chosen.
pub(super) fn plain(predicate: &Predicate) -> Vec<String> {
    match predicate {
        Predicate::Actor(values) | Predicate::Action(values) => values
            .iter()
            .map(|pattern| match pattern {
                Pattern::Exact(text) => text.clone(),
                Pattern::Prefix(text) => format!("{text}*"),
            })
            .collect(),
        Predicate::Resource(values) => values.iter().map(resource).collect(),
        Predicate::Tag(values)
        | Predicate::Team(values)
        | Predicate::Source(values)
        | Predicate::Request(values)
        | Predicate::Session(values) => values.clone(),
        Predicate::Text(text) => vec![text.clone()],
        others => written(others),
    }
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Exact(text) => value(text),
        Pattern::Prefix(text) if text.is_empty() => "*".to_owned(),
        Pattern::Prefix(text) => format!("{}*", value(text)),
    }
}

fn resource(resource: &ResourcePattern) -> String {
    match resource {
        ResourcePattern::Type(kind) => kind.clone(),
        ResourcePattern::Both(kind, id) => format!("{kind}/{id}"),
        ResourcePattern::Id(id) => format!("/{id}"),
    }
}

/// A value behind a colon, in quotes where it needs them.
pub(super) fn value(text: &str) -> String {
    let needs = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '*');
    if text.is_empty() || text.contains(needs) {
        quoted(text)
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn is_bare_text(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"')
        && field_name(text).is_none()
}

impl Display for IpRange {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.is_single() {
            return self.network().fmt(f);
        }
        write!(f, "{}/{}", self.network(), self.prefix())
    }
}

impl Display for TimeRange {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let from = self.from().map(|from| {
            if is_midnight(from) {
                date(from)
            } else {
                time(from)
            }
        });
        let to = self.to().map(|to| {
            if is_midnight(to) {
                date(to - TimeDelta::days(1))
            } else {
                time(to)
            }
        });
        match (from, to) {
            (Some(from), Some(to)) if from == to => f.write_str(&from),
            (from, to) => write!(
                f,
                "{}..{}",
                from.unwrap_or_default(),
                to.unwrap_or_default()
            ),
        }
    }
}

fn is_midnight(at: DateTime<Utc>) -> bool {
    at.num_seconds_from_midnight() == 0 && at.nanosecond() == 0
}

fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

fn time(at: DateTime<Utc>) -> String {
    let precision = if at.nanosecond() == 0 {
        SecondsFormat::Secs
    } else {
        SecondsFormat::Micros
    };
    at.to_rfc3339_opts(precision, true)
}
