//! Positions without content, and what took it: deletions of the product, and TRUNCATE.
//!
//! A hole counts as explained only when the event that tells of it stands in the trail.

use chrono::{DateTime, Utc};
use model::integrity::{Hole, HoleCause};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Result, Store};

/// Positions of a stretch that may be without content, as ranges whose end is not included.
#[derive(Debug, Default)]
pub(crate) struct Emptied(Vec<(i64, i64)>);

impl Emptied {
    pub(crate) fn contains(&self, place: i64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= place);
        self.0
            .get(..after)
            .unwrap_or_default()
            .last()
            .is_some_and(|(_, end)| place < *end)
    }
}

/// What a recorded TRUNCATE took: of the parent everything before it, of a partition its stretch.
const TRUNCATED: &str = "select case when t.relation = 'logs' then 0
            else substring(t.relation from '^logs_([0-9]+)$')::bigint << 20 end as first,
        case when t.relation = 'logs' then t.seq
            else least(t.seq, (substring(t.relation from '^logs_([0-9]+)$')::bigint + 1) << 20) end as after,
        t.event_id, t.at, t.role, t.seq
     from log_truncations t join log_positions p on p.id = t.event_id and p.seq = t.seq";

/// The explained holes of a stretch.
pub(crate) async fn emptied(connection: &mut PgConnection, from: i64, to: i64) -> Result<Emptied> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "with holes as (
             select d.positions from log_deleted_positions d
             join log_positions p on p.id = d.deletion
             join logs l on l.seq = p.seq and l.id = p.id
                 and l.action = 'logs.deleted' and l.source = 'auditorium'
             where d.last_seq >= $1 and d.first_seq < $2
             union all
             select int8multirange(int8range(first, after)) from ({TRUNCATED}) t where first < after
             union all
             select int8multirange(int8range(r.first, r.after)) from trail_recoveries r
             join log_positions p on p.id = r.event_id where r.first < $2 and r.after > $1
         ), clipped as (
             select range_agg(r) as positions
             from holes, unnest(holes.positions * int8multirange(int8range($1, $2))) r
         )
         select lower(r), upper(r) from clipped, unnest(clipped.positions) r order by 1"
    )))
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?;
    Ok(Emptied(rows))
}

/// An explained hole: its first position, the one after its last, and the event that tells of it.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Provenance {
    pub(super) first: i64,
    pub(super) after: i64,
    /// `deleted`, `truncated` or `lost`.
    pub(super) cause: String,
    pub(super) event_id: Uuid,
    /// Where the event stands.
    pub(super) seq: i64,
}

/// The explained holes of a stretch, each with what explains it.
pub(super) async fn provenance(
    connection: &mut PgConnection,
    from: i64,
    to: i64,
) -> Result<Vec<Provenance>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "with holes as (
             select d.positions, 'deleted' as cause, d.deletion as event_id, p.seq
             from log_deleted_positions d
             join log_positions p on p.id = d.deletion
             join logs l on l.seq = p.seq and l.id = p.id
                 and l.action = 'logs.deleted' and l.source = 'auditorium'
             where d.last_seq >= $1 and d.first_seq < $2
             union all
             select int8multirange(int8range(first, after)), 'truncated', event_id, seq
             from ({TRUNCATED}) t where first < after
             union all
             select int8multirange(int8range(r.first, r.after)), 'lost', r.event_id, p.seq
             from trail_recoveries r join log_positions p on p.id = r.event_id
             where r.first < $2 and r.after > $1
         )
         select lower(r) as first, upper(r) as after, cause, event_id, seq
         from holes, unnest(holes.positions * int8multirange(int8range($1, $2))) r order by 1"
    )))
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?)
}

#[derive(sqlx::FromRow)]
struct DeletionRow {
    id: Uuid,
    deleted_at: DateTime<Utc>,
    actor_id: String,
    reason: String,
    deleted: i64,
    first: i64,
    last: i64,
}

#[derive(sqlx::FromRow)]
struct TruncationRow {
    first: i64,
    after: i64,
    event_id: Uuid,
    at: DateTime<Utc>,
    role: String,
}

impl Store {
    /// The newest holes with what took their content; at most `limit` of each cause.
    pub async fn holes(&self, limit: i64) -> Result<Vec<Hole>> {
        let deletions: Vec<DeletionRow> = sqlx::query_as(
            "select d.id, d.deleted_at, d.actor_id, d.reason, d.deleted,
                    min(p.first_seq) as first, max(p.last_seq) as last
             from log_deletions d join log_deleted_positions p on p.deletion = d.id
             group by d.id order by d.deleted_at desc limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let truncations: Vec<TruncationRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{TRUNCATED} order by t.at desc limit $1"
        )))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(deletions
            .into_iter()
            .map(Hole::from)
            .chain(truncations.into_iter().map(Hole::from))
            .chain(self.losses(limit).await?)
            .collect())
    }
}

impl From<DeletionRow> for Hole {
    fn from(row: DeletionRow) -> Self {
        Self {
            cause: HoleCause::Deletion {
                event: row.id,
                at: row.deleted_at,
                actor: row.actor_id,
                approver: None,
                reason: row.reason,
            },
            first: row.first,
            last: row.last,
            count: row.deleted,
        }
    }
}

impl From<TruncationRow> for Hole {
    fn from(row: TruncationRow) -> Self {
        Self {
            first: row.first,
            last: row.after - 1,
            count: row.after - row.first,
            cause: HoleCause::Truncation {
                event: row.event_id,
                at: row.at,
                role: row.role,
            },
        }
    }
}
