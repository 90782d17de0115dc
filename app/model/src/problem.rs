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
}
