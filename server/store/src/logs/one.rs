//! One event, or what is left of it.

use chrono::{DateTime, Utc};
use model::event::{Event, OWN_SOURCE};
use model::query::{Predicate, Query, Term};
use uuid::Uuid;

use super::selection::Selection;
use crate::{Result, Store};

/// What stands at a position that has no content any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    pub seq: i64,
    pub received_at: DateTime<Utc>,
    /// The position of the `logs.deleted` event that tells why; none after a truncation.
    pub deleted_by: Option<i64>,
}

impl Store {
    /// Whether anything was recorded but by the product itself. Looks at the newest events first,
    /// then from the oldest on: one of both ends tells soon.
    pub async fn has_events_of_others(&self) -> Result<bool> {
        let newest: bool = sqlx::query_scalar(
            "select exists(select from (select source from logs order by seq desc limit 200) n where n.source <> $1)",
        )
        .bind(OWN_SOURCE)
        .fetch_one(&self.pool)
        .await?;
        if newest {
            return Ok(true);
        }
        Ok(
            sqlx::query_scalar("select exists(select from logs where source <> $1)")
                .bind(OWN_SOURCE)
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// The event of this id, if it is there.
    pub async fn event(
        &self,
        id: Uuid,
        restricted: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<Event>> {
        let query = Query {
            terms: vec![Term::only(Predicate::Id(vec![id]))],
        };
        let selection = Selection::new(query, restricted, now);
        let page = self
            .page(&selection, model::log_page::Place::First, 1)
            .await?;
        Ok(page.events.into_iter().next())
    }

    /// Where the event of this id stood, if its content is gone. None as well for an event that
    /// is there.
    pub async fn remains(&self, id: Uuid) -> Result<Option<Remains>> {
        let row: Option<(i64, DateTime<Utc>, Option<i64>)> = sqlx::query_as(
            "select p.seq, p.received_at, (
                 select by.seq from log_deleted_positions d
                 join log_positions by on by.id = d.deletion
                 where d.first_seq <= p.seq and d.last_seq >= p.seq and d.positions @> p.seq
                 limit 1)
             from log_positions p
             where p.id = $1 and not exists (select from logs l where l.seq = p.seq)",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(seq, received_at, deleted_by)| Remains {
            seq,
            received_at,
            deleted_by,
        }))
    }

    /// The events with positions from `seq` on, in order of position; at most `limit`.
    pub async fn events_from(&self, seq: i64, limit: i64) -> Result<Vec<Event>> {
        let mut sql = super::sql::Sql::new("select ");
        sql.push(super::row::COLUMNS)
            .push(" from logs where seq >= ")
            .int(seq);
        sql.push(" order by seq limit ").int(limit);
        let rows: Vec<super::row::EventRow> =
            sql.bound().build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(Event::try_from).collect()
    }

    /// How many positions have been given out.
    pub async fn head(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select size from trail_head")
            .fetch_one(&self.pool)
            .await?)
    }
}
