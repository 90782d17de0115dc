//! What opens the leaf of one event.

use model::event::Event;
use model::integrity::{FieldOpening, Opening};
use sqlx::AssertSqlSafe;
use trail::field::Salt;
use trail::public::split;

use super::check::CommittedRow;
use super::seal::event_key;
use crate::logs::row::COLUMNS;
use crate::{Error, Result, Store};

impl Store {
    /// The event at a position with what opens its leaf; none where the content is gone, or
    /// where a row stands that was never sealed.
    pub async fn opening(&self, seq: i64) -> Result<Option<(Event, Opening)>> {
        let row: Option<CommittedRow> = sqlx::query_as(AssertSqlSafe(format!(
            "select {COLUMNS}, salt, field_key from logs where seq = $1"
        )))
        .bind(seq)
        .fetch_optional(&self.pool)
        .await?;
        row.map_or(Ok(None), open)
    }
}

/// Opens a row.
pub(super) fn open(row: CommittedRow) -> Result<Option<(Event, Opening)>> {
    let (event, Some((salt, key))) = row.parts()? else {
        return Ok(None);
    };
    let key = event_key(event.id, key)?;
    let parts = split(&event).map_err(Error::Part)?;
    let fields = parts
        .fields
        .into_iter()
        .map(|field| FieldOpening {
            path: field.path.as_str().to_owned(),
            salt: key.salt(&field.path).to_string(),
            value: field.value,
        })
        .collect();
    let opening = Opening {
        public: parts.text,
        salt: Salt(salt).to_string(),
        fields,
    };
    Ok(Some((event, opening)))
}
