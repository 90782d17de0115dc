//! Saved views: what the Logs page shows, under a name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::export::Column;

/// Characters of a name.
pub const NAME_CHARS: std::ops::RangeInclusive<usize> = 1..=80;

/// What a view shows and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewView {
    pub name: String,
    /// In the grammar of [`crate::query`]; its time range is one of its terms.
    pub query: String,
    /// In order; empty for the page's own choice.
    pub columns: Vec<Column>,
    /// Whether everybody who reads logs sees it.
    pub shared: bool,
}

impl NewView {
    /// As forms send it: columns as names separated by commas.
    #[must_use]
    pub fn from_form(name: String, query: String, columns: &str, shared: bool) -> Self {
        Self {
            name,
            query,
            columns: read_columns(columns),
            shared,
        }
    }
}

/// A saved view, as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub id: Uuid,
    #[serde(flatten)]
    pub content: NewView,
    /// The name of whoever made it; absent when they are gone.
    pub maker: Option<String>,
    /// Whether the reader made it.
    pub own: bool,
    /// Whether the reader may rename, change, share and delete it.
    pub may_change: bool,
    pub changed_at: DateTime<Utc>,
}

/// Reads columns as forms and addresses write them: names separated by commas. Unknown names
/// are left out.
#[must_use]
pub fn read_columns(text: &str) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for column in text.split(',').filter_map(|name| name.trim().parse().ok()) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// The opposite of [`read_columns`].
#[must_use]
pub fn write_columns(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_are_written_each_once() {
        let columns = [Column::Seq, Column::Action];
        assert_eq!(read_columns(&write_columns(&columns)), columns);
        assert_eq!(read_columns("seq, action,seq,none,"), columns);
        assert!(read_columns("").is_empty());
    }
}
