//! The state of the Logs page, all of it in its address.
//!
//! `/logs?q=TEXT&after=CURSOR&columns=a,b&live=1&view=ID&top=actor`. Links, the back button,
//! exports and the server's rendering therefore agree.

use leptos_router::params::ParamsMap;
use model::export::Column;
use model::log_page::{LogRequest, Place};
use model::query::Field;
use model::values::COUNTED;
use uuid::Uuid;

use crate::paths::encode;

/// Columns of the table when the reader chose none.
pub const DEFAULT_COLUMNS: &[Column] = &[
    Column::OccurredAt,
    Column::ActorName,
    Column::Action,
    Column::ResourceType,
    Column::ActorIp,
    Column::Status,
];

/// What the address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogsState {
    pub query: String,
    pub place: Place,
    /// Empty when the reader chose none.
    pub columns: Vec<Column>,
    pub live: bool,
    /// The saved view that this began with; query and columns may differ from it by now.
    pub view: Option<Uuid>,
    /// The field whose most frequent values are shown.
    pub top: Option<Field>,
}

impl LogsState {
    /// Reads the address. What cannot be read is left out: an old link still opens.
    #[must_use]
    pub fn from_params(params: &ParamsMap) -> Self {
        let cursor = |name: &str| params.get(name).and_then(|text| text.parse().ok());
        let place = match (cursor("after"), cursor("before")) {
            (Some(after), _) => Place::After(after),
            (None, Some(before)) => Place::Before(before),
            (None, None) => Place::First,
        };
        let columns = params
            .get("columns")
            .map(|names| {
                names
                    .split(',')
                    .filter_map(|name| name.parse().ok())
                    .collect()
            })
            .unwrap_or_default();
        let mut query = params.get("q").unwrap_or_default().trim().to_owned();
        // The custom range's form sends days; they become the term that a person would type.
        let day = |name: &str| params.get(name).filter(|day| is_day(day));
        match (day("from"), day("to")) {
            (None, None) => {}
            (from, to) => {
                let range = format!(
                    "created:{}..{}",
                    from.unwrap_or_default(),
                    to.unwrap_or_default()
                );
                query = crate::pages::logs::terms::with_range(&query, &range);
            }
        }
        Self {
            query,
            place,
            columns,
            live: params.get("live").as_deref() == Some("1"),
            view: params.get("view").and_then(|id| id.parse().ok()),
            top: params
                .get("top")
                .and_then(|name| name.parse().ok())
                .filter(|field| COUNTED.contains(field)),
        }
    }

    /// The columns to show, in order.
    #[must_use]
    pub fn shown_columns(&self) -> &[Column] {
        if self.columns.is_empty() {
            DEFAULT_COLUMNS
        } else {
            &self.columns
        }
    }

    /// What the server is asked for.
    #[must_use]
    pub fn request(&self) -> LogRequest {
        LogRequest {
            query: self.query.clone(),
            place: self.place,
            limit: 0,
        }
    }

    /// Whether it shows the newest of all events.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.query.is_empty() && self.place == Place::First
    }

    /// The same state with another query, from its first page.
    #[must_use]
    pub fn with_query(&self, query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            place: Place::First,
            ..self.clone()
        }
    }

    /// The same state with one more term; the opposite of the same term goes.
    #[must_use]
    pub fn adding(&self, field: &str, value: &str, negated: bool) -> Self {
        self.with_query(crate::pages::logs::terms::add(
            &self.query,
            field,
            value,
            negated,
        ))
    }

    /// The same state at another place.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        Self {
            place,
            ..self.clone()
        }
    }

    /// The same state with a column shown or not.
    #[must_use]
    pub fn toggling_column(&self, column: Column) -> Self {
        let mut columns = self.shown_columns().to_vec();
        match columns.iter().position(|shown| *shown == column) {
            Some(index) if columns.len() > 1 => {
                columns.remove(index);
            }
            Some(_) => {}
            None => columns.push(column),
        }
        Self {
            columns,
            ..self.clone()
        }
    }

    /// The same state with a column moved one place to the left.
    #[must_use]
    pub fn moving_column_left(&self, column: Column) -> Self {
        let mut columns = self.shown_columns().to_vec();
        if let Some(index) = columns.iter().position(|shown| *shown == column)
            && index > 0
        {
            columns.swap(index - 1, index);
        }
        Self {
            columns,
            ..self.clone()
        }
    }

    /// The part of the address after the path; empty for the plain page.
    #[must_use]
    pub fn search(&self) -> String {
        let mut pairs = Vec::new();
        if !self.query.is_empty() {
            pairs.push(format!("q={}", encode(&self.query)));
        }
        match self.place {
            Place::First => {}
            Place::After(cursor) => pairs.push(format!("after={cursor}")),
            Place::Before(cursor) => pairs.push(format!("before={cursor}")),
        }
        if !self.columns.is_empty() {
            let names: Vec<&str> = self.columns.iter().map(|column| column.as_str()).collect();
            pairs.push(format!("columns={}", names.join(",")));
        }
        if self.live {
            pairs.push("live=1".to_owned());
        }
        if let Some(view) = self.view {
            pairs.push(format!("view={view}"));
        }
        if let Some(top) = self.top {
            pairs.push(format!("top={top}"));
        }
        if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        }
    }

    /// The address of the page.
    #[must_use]
    pub fn href(&self) -> String {
        format!("{}{}", crate::paths::LOGS, self.search())
    }
}

/// Whether a text reads `2026-10-31`.
fn is_day(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(search: &str) -> LogsState {
        let mut params = ParamsMap::new();
        for pair in search.trim_start_matches('?').split('&') {
            if let Some((key, value)) = pair.split_once('=') {
                params.insert(
                    key.to_owned(),
                    value.replace("%3A", ":").replace("%20", " "),
                );
            }
        }
        LogsState::from_params(&params)
    }

    #[test]
    fn the_address_keeps_the_state() {
        let state = LogsState {
            query: "status:denied last:7d".to_owned(),
            place: Place::After("1700000000000000.42".parse().unwrap()),
            columns: vec![Column::Seq, Column::Action],
            live: true,
            view: Some(Uuid::from_u128(7)),
            top: Some(Field::Team),
        };
        assert_eq!(read(&state.search()), state);
        assert_eq!(LogsState::default().search(), "");
    }

    #[test]
    fn an_unreadable_address_opens_the_plain_page() {
        assert_eq!(read("?after=nonsense&columns=none,,"), LogsState::default());
    }

    #[test]
    fn the_last_column_cannot_be_hidden() {
        let state = LogsState {
            columns: vec![Column::Seq],
            ..LogsState::default()
        };
        assert_eq!(state.toggling_column(Column::Seq), state);
    }
}
