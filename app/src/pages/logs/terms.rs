//! Query text that controls and values write: the same text that a person would type.

use model::query::Query;

/// The query with one more term; when it has the opposite term, that goes. A text that is not
/// yet a valid query is kept and the term is put behind it.
#[must_use]
pub fn add(query: &str, field: &str, value: &str, negated: bool) -> String {
    let (wanted, opposite) = (term(field, value, negated), term(field, value, !negated));
    let parsed = (
        Query::parse(query),
        Query::parse(&wanted),
        Query::parse(&opposite),
    );
    let (Ok(query), Ok(wanted), Ok(opposite)) = parsed else {
        return format!("{query} {wanted}").trim().to_owned();
    };
    let mut terms: Vec<_> = query
        .terms
        .into_iter()
        .filter(|term| !opposite.terms.contains(term))
        .collect();
    for term in wanted.terms {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    Query { terms }.to_string()
}

/// The query without this term.
#[must_use]
pub fn remove(query: &str, field: &str, value: &str) -> String {
    let (Ok(query), Ok(unwanted)) = (
        Query::parse(query),
        Query::parse(&term(field, value, false)),
    ) else {
        return query.to_owned();
    };
    let terms = query
        .terms
        .into_iter()
        .filter(|term| !unwanted.terms.contains(term))
        .collect();
    Query { terms }.to_string()
}

/// Whether the query has exactly this term.
#[must_use]
pub fn contains(query: &str, field: &str, value: &str) -> bool {
    let (Ok(query), Ok(wanted)) = (
        Query::parse(query),
        Query::parse(&term(field, value, false)),
    ) else {
        return false;
    };
    wanted.terms.iter().all(|term| query.terms.contains(term))
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

fn term(field: &str, value: &str, negated: bool) -> String {
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
