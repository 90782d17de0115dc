//! Problem details, RFC 9457: how every endpoint of `/api/v1` says what went wrong.

use serde::{Deserialize, Serialize};

/// A problem as it stands in a response body of type `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A relative URI that names the kind of problem: `/docs/problems#invalid`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// The id under which the server's log keeps the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Each refused value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One refused value: where it stands and why it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Line of an NDJSON body or index of an array, counted from 1; absent for single values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// A JSON path such as `$.actor.ip`, or a form field's name.
    pub path: String,
    pub reason: String,
}

impl FieldError {
    /// A refused field without a line.
    #[must_use]
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            line: None,
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// What a reader of JSON or of a query string says (serde's words, the path before them),
    /// with the field's name taken out of it; `whole` names what was read when no field is named.
    #[must_use]
    pub fn from_reader(text: &str, whole: &str) -> Self {
        let text = text.split(" at line ").next().unwrap_or(text);
        let (path, reason) = match text.split_once(": ") {
            Some((path, reason)) if !path.contains(' ') => (path, reason),
            _ => ("", text),
        };
        let said = [
            ("missing field `", "is missing"),
            ("unknown field `", "is not known"),
            ("duplicate field `", "stands twice"),
        ];
        let named = said.iter().find_map(|(start, reason)| {
            let (name, _) = text.split_once(start)?.1.split_once('`')?;
            Some((name, *reason))
        });
        match (path, named) {
            ("", Some((name, reason))) => Self::new(name, reason),
            // Some readers say of an unknown field that it is where the fault lies, others its parent.
            (path, Some((name, reason))) if path == name || path.ends_with(&format!(".{name}")) => {
                Self::new(path, reason)
            }
            (path, Some((name, reason))) => Self::new(format!("{path}.{name}"), reason),
            ("", None) => Self::new(whole, reason),
            (path, None) => Self::new(path, reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldError;

    #[test]
    fn the_field_is_found_in_what_a_reader_says() {
        for (text, path, reason) in [
            ("missing field `offset`", "offset", "is missing"),
            ("unknown field `x`, expected `a`", "x", "is not known"),
            (
                "limit: invalid digit found in string",
                "limit",
                "invalid digit found in string",
            ),
            (
                "actor: missing field `id` at line 1 column 20",
                "actor.id",
                "is missing",
            ),
            (
                "form: unknown field `form`, expected `query` at line 1 column 8",
                "form",
                "is not known",
            ),
            (
                "provided string was not `true`",
                "query",
                "provided string was not `true`",
            ),
        ] {
            assert_eq!(
                FieldError::from_reader(text, "query"),
                FieldError::new(path, reason)
            );
        }
    }
}
