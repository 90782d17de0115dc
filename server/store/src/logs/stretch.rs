//! The next rows in order of time, and where they end, by one statement.
//!
//! The statement stops at the row that fills the page. Only when the page stays short does it
//! look for the stretch's last place: a row without an id, from which the walk goes on.

use model::event::Event;
use model::log_page::Cursor;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgExecutor, Row as _};

use super::filter::push_conditions;
use super::row::{COLUMNS, EventRow};
use super::selection::Selection;
use super::sql::Sql;
use crate::Result;

/// The columns of a row without an event: those of [`COLUMNS`] after `seq` and `occurred_at`.
const NOTHING: &str = ", null, null, null, null, null, null, null, null, null, null, null, null, \
     null, null, null, null, null, null, null, null, null, null, null, null, null, null";

/// What a walk over so many rows found.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// Matches in reading order.
    pub(crate) events: Vec<Event>,
    /// Where the walk goes on; none when the page is full or nothing is left.
    pub(crate) end: Option<Cursor>,
    /// Positions given out.
    pub(crate) head: i64,
}

/// Looks at the next `window` rows of `source` (` from … order by …`) for `limit` matches.
pub(crate) async fn read(
    executor: impl PgExecutor<'_>,
    selection: &Selection,
    source: Sql,
    window: usize,
    limit: usize,
) -> Result<Stretch> {
    let mut sql =
        Sql::new("select *, (select size from trail_head) as head from ((select * from (select ");
    sql.push(COLUMNS).append(source.clone());
    sql.push(" limit ").number(window).push(") w where true");
    push_conditions(&mut sql, selection);
    sql.push(" limit ").number(limit);
    sql.push(") union all (select last.seq, last.occurred_at")
        .push(NOTHING)
        .push(" from (select) one left join (select seq, occurred_at")
        .append(source);
    sql.push(" limit 1 offset ")
        .number(window.saturating_sub(1))
        .push(") last on true)) rows limit ")
        .number(limit);
    let rows = sql.bound().build().fetch_all(executor).await?;
    stretch(&rows, limit)
}

fn stretch(rows: &[PgRow], limit: usize) -> Result<Stretch> {
    let mut stretch = Stretch {
        events: Vec::with_capacity(limit.min(rows.len())),
        end: None,
        head: 0,
    };
    for row in rows {
        stretch.head = row.try_get("head")?;
        if row
            .try_get_raw("id")
            .is_ok_and(|id| !sqlx::ValueRef::is_null(&id))
        {
            stretch.events.push(EventRow::from_row(row)?.try_into()?);
        } else if let Some(seq) = row.try_get("seq")? {
            let occurred_at = row.try_get("occurred_at")?;
            stretch.end = Some(Cursor { occurred_at, seq });
        }
    }
    Ok(stretch)
}
