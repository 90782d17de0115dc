//! Which positions come next, and what stands there.

use sqlx::{AssertSqlSafe, PgConnection};

use super::Found;
use crate::Result;
use crate::logs::Selection;
use crate::logs::row::COLUMNS;
use crate::logs::source::source;
use crate::logs::sql::Sql;
use crate::trail::check::CommittedRow;
use crate::trail::head::position;

/// Positions that are read at once where all are shown: four tiles.
const STRETCH: u64 = 1_024;
/// Rows that are read at once where few are; each may lie in a tile of its own.
const FETCH: &str = "fetch forward 256 from bundle";
const FETCHED: usize = 256;

/// What is shown of a position.
#[derive(Debug)]
pub(super) enum Content {
    Row(Box<Found>),
    /// A row that does not read as an event.
    Unreadable,
    /// No row.
    Nothing,
}

/// Neighbouring positions; what is not shown of them is left out.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) from: u64,
    pub(super) to: u64,
    /// In the order of their positions.
    pub(super) shown: Vec<(u64, Content)>,
}

/// How far the positions have been read.
#[derive(Debug)]
pub(super) struct Walk {
    selection: Selection,
    size: u64,
    next: u64,
    /// Rows are looked at position by position, so that holes show.
    whole: bool,
}

impl Walk {
    pub(super) async fn begin(
        connection: &mut PgConnection,
        mut selection: Selection,
        size: u64,
    ) -> Result<Self> {
        let whole =
            selection.query.is_empty() && selection.ids.is_none() && selection.up_to_seq.is_none();
        if !whole {
            // What came after the snapshot's leaves has none.
            let last = position(size) - 1;
            selection.up_to_seq = Some(selection.up_to_seq.map_or(last, |to| to.min(last)));
            let mut sql = Sql::new("declare bundle no scroll cursor for select ");
            sql.push(COLUMNS)
                .push(", salt, field_key")
                .append(source(connection, &selection).await?)
                .push(" order by seq");
            let statement = sql.quoted(connection).await?;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *connection)
                .await?;
        }
        Ok(Self {
            selection,
            size,
            next: 0,
            whole,
        })
    }

    /// The next positions; none after the last.
    pub(super) async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Stretch>> {
        if self.next >= self.size {
            return Ok(None);
        }
        let from = self.next;
        let (to, shown) = if self.whole {
            self.all(connection).await?
        } else {
            self.found(connection).await?
        };
        self.next = to;
        Ok(Some(Stretch { from, to, shown }))
    }

    async fn all(&self, connection: &mut PgConnection) -> Result<(u64, Vec<(u64, Content)>)> {
        let to = self.size.min(self.next + STRETCH);
        let rows: Vec<CommittedRow> = sqlx::query_as(AssertSqlSafe(format!(
            "select {COLUMNS}, salt, field_key from logs where seq >= $1 and seq < $2 order by seq"
        )))
        .bind(position(self.next))
        .bind(position(to))
        .fetch_all(connection)
        .await?;
        let mut rows = rows.into_iter().map(content).peekable();
        let mut shown = Vec::new();
        for place in self.next..to {
            match rows.next_if(|(at, _)| *at == place) {
                Some((_, Content::Row(found))) if !self.selection.holds(&found.0) => (),
                Some((_, content)) => shown.push((place, content)),
                None => shown.push((place, Content::Nothing)),
            }
        }
        Ok((to, shown))
    }

    async fn found(&self, connection: &mut PgConnection) -> Result<(u64, Vec<(u64, Content)>)> {
        let rows: Vec<CommittedRow> = sqlx::query_as(FETCH).fetch_all(connection).await?;
        let full = rows.len() == FETCHED;
        let shown: Vec<(u64, Content)> = rows.into_iter().map(content).collect();
        let to = match shown.last() {
            Some((last, _)) if full => last + 1,
            _ => self.size,
        };
        Ok((to, shown))
    }
}

fn content(row: CommittedRow) -> (u64, Content) {
    let place = u64::try_from(row.seq()).unwrap_or(0);
    match row.parts() {
        Ok(found) => (place, Content::Row(Box::new(found))),
        Err(_) => (place, Content::Unreadable),
    }
}
