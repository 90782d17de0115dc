//! What is wrong with a query's text, in words for whoever typed it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseError {
    /// The bytes of the text that are meant.
    pub at: Range<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What would be right, where that can be said.
    pub hint: Option<String>,
}

impl ParseError {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, ". {hint}"))
    }
}

impl std::error::Error for ParseError {}
