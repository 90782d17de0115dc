//! Query text that controls and values write: the same text that a person would type.

use model::query::{Query, Term};

/// The query with one more term; when it has the opposite term, that goes. A text that is not
/// yet a valid query is kept and the term is put behind it.
#[must_use]
pub fn add(query: &str, field: &str, value: &str, negated: bool) -> String {
    let text = text_of(field, value, negated);
    match (Query::parse(query), term(&text)) {
        (Ok(query), Some(term)) => query.with(term).to_string(),
        _ => format!("{query} {text}").trim().to_owned(),
    }
}

/// The query without this term.
#[must_use]
pub fn remove(query: &str, field: &str, value: &str) -> String {
    match (Query::parse(query), term(&text_of(field, value, false))) {
        (Ok(query), Some(term)) => query.without(&term).to_string(),
        _ => query.to_owned(),
    }
}

/// Whether the query has exactly this term.
#[must_use]
pub fn contains(query: &str, field: &str, value: &str) -> bool {
    let query = Query::parse(query).ok();
    let term = term(&text_of(field, value, false));
    query
        .zip(term)
        .is_some_and(|(query, term)| query.terms.contains(&term))
}

/// The query with its time range replaced; an empty range means all time.
#[must_use]
pub fn with_range(query: &str, range: &str) -> String {
    let words = query.split_whitespace().filter(|word| !is_range(word));
    let rest: Vec<&str> = words.collect();
    let rest = if query.contains('"') {
        without_range_quoted(query)
    } else {
        rest.join(" ")
    };
    format!("{rest} {range}").trim().to_owned()
}

fn is_range(word: &str) -> bool {
    word.starts_with("last:") || word.starts_with("created:")
}

/// As above for queries with quoted text, where spaces do not separate words.
fn without_range_quoted(query: &str) -> String {
    Query::parse(query).map_or_else(
        |_| query.to_owned(),
        |query| {
            let terms = query
                .terms
                .into_iter()
                .filter(|term| !is_range(&term.to_string()))
                .collect();
            Query { terms }.to_string()
        },
    )
}

/// The range part of a query, as written; absent for all time.
#[must_use]
pub fn range(query: &str) -> Option<String> {
    query
        .split_whitespace()
        .find(|word| is_range(word))
        .map(str::to_owned)
}

/// The one term that a text says.
fn term(text: &str) -> Option<Term> {
    Query::parse(text).ok()?.terms.into_iter().next()
}

fn text_of(field: &str, value: &str, negated: bool) -> String {
    let sign = if negated { "-" } else { "" };
    let plain = !value.is_empty()
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || "._-/@:+".contains(c));
    if plain {
        format!("{sign}{field}:{value}")
    } else {
        format!(
            "{sign}{field}:\"{}\"",
            value.replace('\\', "\\\\").replace('"', "\\\"")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_added_once_and_replaces_its_opposite() {
        let once = add("status:denied", "actor", "etl-1", false);
        assert_eq!(once, "status:denied actor:etl-1");
        assert_eq!(add(&once, "actor", "etl-1", false), once);
        assert_eq!(
            add(&once, "actor", "etl-1", true),
            "status:denied -actor:etl-1"
        );
        assert!(contains(&once, "actor", "etl-1"));
        assert_eq!(remove(&once, "actor", "etl-1"), "status:denied");
    }

    #[test]
    fn a_text_that_is_no_query_yet_is_kept() {
        assert_eq!(
            add("nonsense:", "actor", "etl-1", false),
            "nonsense: actor:etl-1"
        );
        assert_eq!(remove("nonsense:", "actor", "etl-1"), "nonsense:");
    }
}
